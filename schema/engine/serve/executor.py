"""graphql-core's executor for what can't be planned, completing long lists in slices and leaving no cycle of itself."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from weakref import WeakMethod

from graphql.type.definition import GraphQLResolveInfoHelpers
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.breath import breath

LONG = 20
"""Items of a list that is completed without a look at the time."""


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Completes long lists in slices; goes, with its document and errors, when it has been used."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.async_helpers = GraphQLResolveInfoHelpers(
            gather=_of_living(WeakMethod(self.gather_async_work)), track=_of_living(WeakMethod(self.track_async_work))
        )

    def complete_list_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        if isinstance(result, list | tuple) and len(result) > LONG:
            result = _in_slices(result)
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)


def _of_living(method: WeakMethod[Callable[..., Any]]) -> Callable[..., Any]:
    """The method, for those who are called while its executor runs."""

    def call(*given: Any) -> Any:
        found = method()
        assert found is not None
        return found(*given)

    return call


async def _in_slices(items: Sequence[Any]) -> AsyncIterator[Any]:
    slices = breath()
    for item in items:
        await slices.take()
        yield item
