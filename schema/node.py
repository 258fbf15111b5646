"""The `Node` interface, and reading by global id."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from schema.context import Info
from schema.engine.declare import READ, Anything, Entity, Identifier, entity_by_prefix
from schema.engine.ids import split
from schema.engine.serve.resolvers import load_keys
from schema.errors import ClientError
from schema.pagination import MAX_PAGE

IdArgument = Annotated[strawberry.ID, strawberry.argument(description="The global id.")]


@strawberry.interface(description="An object with a global id, by which it can be fetched again.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="The global id, unique over all types. Opaque: pass it back as received.",
        metadata={READ: Identifier()},
    )


Keyed = tuple[Entity, Any]


def _one(arguments: Mapping[str, Any]) -> list[Keyed | None]:
    return [_read(arguments["id"])]


def _several(arguments: Mapping[str, Any]) -> list[Keyed | None]:
    ids = arguments["ids"]
    if len(ids) > MAX_PAGE:
        raise ClientError(f"At most {MAX_PAGE} ids at a time.", argument=("ids",))
    return [_read(text) for text in ids]


@strawberry.type
class NodeQuery:
    @strawberry.field(
        description="An object by its global id; null if it doesn't exist, the viewer can't see it, or it is no id.",
        metadata={READ: Anything(_one, many=False)},
    )
    async def node(self, info: Info, id: IdArgument) -> Node | None:
        (found,) = await _nodes(info, _one({"id": id}))
        return found  # type: ignore[no-any-return]

    @strawberry.field(
        description=(
            f"Up to {MAX_PAGE} objects by their global ids, in the same order; null for each that doesn't exist, "
            "that the viewer can't see, or that is no id."
        ),
        metadata={READ: Anything(_several, many=True)},
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Global ids of any types.")],
    ) -> list[Node | None]:
        return await _nodes(info, _several({"ids": ids}))


async def _nodes(info: Info, keyed: Sequence[Keyed | None]) -> list[Any]:
    found: dict[object, Any] = {}
    for entity in dict.fromkeys(one[0] for one in keyed if one):
        keys = [one[1] for one in keyed if one and one[0] is entity]
        graphql = info._raw_info.schema.type_map[entity.origin.__name__]
        loaded = await load_keys(info, graphql, entity, keys)  # type: ignore[arg-type]
        found.update({(entity, key): made for key, made in loaded.items()})
    return [found.get(one) if one else None for one in keyed]


def _read(text: str) -> Keyed | None:
    """None: it is no id of anything here."""
    parts = split(text)
    entity = entity_by_prefix(parts[0]) if parts else None
    return (entity, parts[1]) if parts and entity else None
