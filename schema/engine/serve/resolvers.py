"""Resolvers that load everything below them at once: the engine's meeting point with graphql-core."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import strawberry
from graphql import GraphQLObjectType

from schema.engine.declare import READ, Read, Requester
from schema.engine.read.selection import DEFINITION, Document, Selected
from schema.engine.serve.object_loader import Loader

Info = strawberry.Info[Any, None]
"""Its context is an `OperationContext`."""


def _loader(info: Info) -> Loader:
    raw = info._raw_info
    return Loader(
        Requester(info.context.viewer, info.context.now()), Document(raw.schema, raw.fragments, raw.variable_values)
    )


def selected_by(info: Info) -> Selected:
    """The field that a resolver is called for."""
    raw = info._raw_info
    graphql = raw.parent_type.fields[raw.field_name]
    return Selected(str(raw.path.key), raw.field_name, tuple(raw.field_nodes), graphql, graphql.extensions[DEFINITION])


async def fill(info: Info, value: Any) -> Any:
    """Load what is selected of a value object that a resolver is about to return; gives it back."""
    loader, selected = _loader(info), selected_by(info)
    await loader.fill([value], loader.document.below(selected))
    return value


async def load_keys(info: Info, type_: GraphQLObjectType, entity: Any, keys: Sequence[Any]) -> dict[Any, Any]:
    """Rows by key, for a field whose type is known only now (`node`)."""
    loader, selected = _loader(info), selected_by(info)
    return await loader.by_keys(entity, loader.document.below(selected, type_), keys)


def root(read: Read, description: str) -> Callable[[Callable[..., Any]], Any]:
    """Declare a root field by a function: its signature gives the arguments and the type, its body is never run."""

    def declare(signature: Callable[..., Any]) -> Any:
        @wraps(signature)
        async def resolve(self: Any, info: Info, **arguments: Any) -> Any:  # noqa: ARG001
            return await _loader(info).root(selected_by(info), arguments)

        return strawberry.field(description=description, metadata={READ: read}, resolver=resolve)

    return declare
