"""graphql-core's executor, for what no plan holds. It would complete ten thousand rows in one go."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.breath import breath

LONG = 20
"""Items of a list that is completed without a look at the time."""


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Completes long lists in slices."""

    def complete_list_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        if isinstance(result, list | tuple) and len(result) > LONG:
            result = _in_slices(result)
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)


async def _in_slices(items: Sequence[Any]) -> AsyncIterator[Any]:
    slices = breath()
    for item in items:
        await slices.take()
        yield item
