"""The storage of `scim2_server`, over the product's users and the provider's groups: a transaction for each change."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

from scim2_models import (
    NotFoundException,
    PatchOp,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
)
from scim2_server.conditions import Conditions
from scim2_server.handler import AsyncScimHandler
from scim2_server.storage import AsyncScimStorage, SearchPage

from app.database import Transaction, database, joined, transaction
from app.database.sql import TRUE
from app.events import wake
from app.identity.users import forget
from app.members import store
from app.members.store import acting_by
from app.provisioning import groups, people
from app.provisioning.description import as_uuid, group_of, user_of, version_of
from app.provisioning.reading import MOST_LOOKED_AT, Reader, enough, narrowed

MEANS = "scim"

UserChange = Callable[[Transaction, UUID, Any, str | None], Awaitable[None]]
"""Of the user with the id, by the resource, if they are of that version."""


@asynccontextmanager
async def _turn() -> AsyncIterator[Transaction]:
    async with transaction() as tx:
        await store.take_turn(tx)
        with joined(tx), acting_by(MEANS):
            yield tx
    wake()


class MembersStorage(AsyncScimStorage):
    async def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        id = as_uuid(resource_id)
        reader = Reader(database())
        if id is not None and resource_type.name == "User":
            row = await reader.user(id)
            if row is not None:
                return user_of(row)
        elif id is not None and (row := await reader.group(id)) is not None:
            members = None if _leaves_out_members(response_parameters) else (await reader.members([id])).get(id, [])
            return group_of(row, members)
        raise _absent(resource_type)

    async def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ARG002 # of a cursor, which we don't offer
    ) -> SearchPage:
        """Resource types one after the other; an attribute that a type lacks fits none of its resources."""
        pages = [
            await self._of_type(one.name or "", search_request, alone=len(resource_types) == 1)
            for one in resource_types
        ]
        if len(pages) == 1:
            return pages[0]
        start, count = search_request.start_index_0 or 0, search_request.count
        found = [resource for page in pages for resource in page.resources]
        return SearchPage(len(found), found[start : None if count is None else start + count])

    async def _of_type(self, kind: str, asked: SearchRequest[Any], *, alone: bool) -> SearchPage:
        """`alone`: a page of it; else all of them, which are not yet a page."""
        start, count = (asked.start_index_0 or 0, asked.count) if alone else (0, None)
        reader, wanted = Reader(database()), asked.filter
        if wanted is None and alone:
            page = f"LIMIT {count} OFFSET {start}" if count is not None else f"OFFSET {start}"
            total = await reader.count(kind, TRUE)
            return SearchPage(total, await self._read(reader, kind, TRUE, page, asked) if count != 0 else [])
        narrow = narrowed(kind, wanted.ast) if wanted is not None else None
        rows = enough(await self._read(reader, kind, narrow or TRUE, f"LIMIT {MOST_LOOKED_AT + 1}", asked))
        found = [resource for resource in rows if wanted is None or wanted.match(resource)]
        return SearchPage(len(found), found[start : None if count is None else start + count])

    async def _read(self, reader: Reader, kind: str, condition: Any, page: str, asked: SearchRequest[Any]) -> list[Any]:
        if kind == "User":
            return [user_of(row) for row in await reader.users(condition, page)]
        rows = await reader.groups(condition, page)
        if _leaves_out_members(asked) and "members" not in str(asked.filter or "").lower():
            return [group_of(row, None) for row in rows]
        members = await reader.members(row["id"] for row in rows)
        return [group_of(row, members.get(row["id"], [])) for row in rows]

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        async with _turn() as tx:
            made = people.create if resource_type.name == "User" else groups.create
            id = await made(tx, resource)
        return await self.get(resource_type, str(id))

    async def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """Of a group; users are changed by `follow_user`."""
        id = _id(resource_type, resource.id)
        async with _turn() as tx:
            await groups.update(tx, id, resource, expected_version)
        return await self.get(resource_type, str(id))

    async def follow_user(
        self, resource_type: ResourceType, resource: Resource[Any], version: str | None, change: UserChange
    ) -> Resource[Any]:
        """The user as they are after `change`, of `resource`."""
        id = _id(resource_type, resource.id)
        async with _turn() as tx:
            await change(tx, id, resource, version)
        forget(id)
        return await self.get(resource_type, str(id))

    async def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:
        id = _id(resource_type, resource_id)
        async with _turn() as tx:
            end = people.remove if resource_type.name == "User" else groups.remove
            await end(tx, id, expected_version)
        forget(id)


class MembersHandler(AsyncScimHandler):
    """Hands on each change of a user, also one that changes nothing of what is here: what the provider said last is
    what it is held against the next time."""

    storage: MembersStorage

    async def replace_resource(
        self,
        resource_type: ResourceType,
        current: Resource[Any],
        replacement: Resource[Any],
        conditions: Conditions,
    ) -> Resource[Any]:
        if resource_type.name != "User":
            return await super().replace_resource(resource_type, current, replacement, conditions)
        self.service.apply_replacement(current, replacement, conditions)
        return await self.storage.follow_user(resource_type, replacement, version_of(current), people.replace)

    async def patch_resource(
        self, resource_type: ResourceType, resource_id: str, patch_op: "PatchOp[Any]", conditions: Conditions
    ) -> Resource[Any]:
        if resource_type.name != "User":
            return await super().patch_resource(resource_type, resource_id, patch_op, conditions)
        current = await self.storage.get(resource_type, resource_id)
        version = version_of(current)
        named = {str(operation.path or "").lower().rpartition(":")[2] for operation in patch_op.operations or ()}
        patched = self.service.apply_patch(current, patch_op, conditions) or current
        change = partial(people.update, says_active="active" in named)
        return await self.storage.follow_user(resource_type, patched, version, change)


def _id(resource_type: ResourceType, text: str | None) -> UUID:
    id = as_uuid(text)
    if id is None:
        raise _absent(resource_type)
    return id


def _absent(resource_type: ResourceType) -> NotFoundException:
    return NotFoundException(detail=f"There is no such {(resource_type.name or 'resource').lower()}.")


def _leaves_out_members(asked: ResponseParameters[Any] | None) -> bool:
    """For a group with thousands of them, which providers don't want to see at each look."""
    if asked is None:
        return False
    if any(str(path).lower().rpartition(":")[2] == "members" for path in asked.excluded_attributes or ()):
        return True
    wanted = [str(path).lower().rpartition(":")[2] for path in asked.attributes or ()]
    return bool(wanted) and not any(path.startswith("members") for path in wanted)
