"""Users and groups as SCIM finds them: those that a filter's equalities lead to, or page by page."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import asyncpg
from scim2_models import TooManyException
from scim2_models.path import Comparison, LogicalExpr, ValuePath
from scim2_models.path.expressions import CompareOperator, FilterNode, LogicalOperator

from app.database.sql import Sql, all_of, sql
from app.members.addresses import address_key
from app.provisioning.description import as_uuid

MOST_LOOKED_AT = 20_000
"""Users or groups that a filter without an equality is held against, one by one."""

_USERS = """
SELECT u.id, u.name, u.email, u.subject, u.active, u.created_at, p.user_name, p.external_id,
  p.placed OR u.active AS placed, p.waiting,
  p.attributes::text AS attributes, p.updated_at, (
    SELECT coalesce(json_agg(json_build_object('id', g.id, 'name', g.display_name) ORDER BY g.name_key, g.id), '[]')
    FROM provisioned_member m JOIN provisioned_group g ON g.id = m.group_id WHERE m.user_id = u.id)::text AS groups
FROM user_account u LEFT JOIN provisioned_user p ON p.id = u.id
WHERE NOT u.api_client AND (p.removed_at IS NULL OR u.active) AND {}
"""
_GROUPS = "SELECT g.* FROM provisioned_group g WHERE {}"
_MEMBERS = """
SELECT m.group_id, u.id, u.name FROM provisioned_member m JOIN user_account u ON u.id = m.user_id
WHERE m.group_id = ANY ($1::uuid[]) ORDER BY m.group_id, u.name, u.id
"""


class Reader:
    """Reads through a `Database` or a `Transaction`."""

    def __init__(self, db: Any) -> None:
        self._db = db

    async def user(self, id: UUID, *, lock: bool = False) -> asyncpg.Record | None:
        rows = await self._rows(_USERS, sql("u.id = {}::uuid", id), "FOR UPDATE OF u" if lock else "")
        return rows[0] if rows else None

    async def users(self, condition: Sql, page: str = "") -> list[asyncpg.Record]:
        return await self._rows(_USERS, condition, f"ORDER BY u.created_at, u.id {page}")

    async def groups(self, condition: Sql, page: str = "") -> list[asyncpg.Record]:
        return await self._rows(_GROUPS, condition, f"ORDER BY g.created_at, g.id {page}")

    async def group(self, id: UUID, *, lock: bool = False) -> asyncpg.Record | None:
        rows = await self._rows(_GROUPS, sql("g.id = {}::uuid", id), "FOR UPDATE" if lock else "")
        return rows[0] if rows else None

    async def members(self, ids: Iterable[UUID]) -> dict[UUID, list[asyncpg.Record]]:
        found: dict[UUID, list[asyncpg.Record]] = {}
        for row in await self._db.fetch(_MEMBERS, list(ids)):
            found.setdefault(row["group_id"], []).append(row)
        return found

    async def count(self, kind: str, condition: Sql) -> int:
        text = {"User": _USERS, "Group": _GROUPS}[kind]
        return int((await self._rows(f"SELECT count(*) AS n FROM ({text}) x", condition, ""))[0]["n"])  # noqa: S608

    async def _rows(self, text: str, condition: Sql, tail: str) -> list[asyncpg.Record]:
        statement = sql(f"{text} {tail}", condition).statement()
        rows: list[asyncpg.Record] = await self._db.fetch(statement.text, *statement.arguments({}))
        return rows


def narrowed(kind: str, node: FilterNode | None) -> Sql | None:
    """A condition that holds for all that fit the filter, by an index; None: no part of it leads to few."""
    found = [condition for part in _equalities(node) if (condition := _condition(kind, *part)) is not None]
    return all_of(found) if found else None


def enough(rows: list[asyncpg.Record]) -> list[asyncpg.Record]:
    if len(rows) > MOST_LOOKED_AT:
        raise TooManyException(detail="Too many to look through; filter by an equality, as of userName or externalId.")
    return rows


def _equalities(node: FilterNode | None) -> Iterator[tuple[str, str]]:
    """Attributes in small letters, and the texts that they have to be equal to."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        for term in node.terms:
            yield from _equalities(term)
    elif isinstance(node, Comparison) and node.op == CompareOperator.eq and isinstance(node.value, str):
        path = node.attr_path
        yield (f"{path.attr}.{path.sub_attr}" if path.sub_attr else path.attr).lower(), node.value
    elif isinstance(node, ValuePath):
        for name, value in _equalities(node.val_filter):
            yield f"{str(node.attr_path.attr).lower()}.{name}", value


def _condition(kind: str, attribute: str, value: str) -> Sql | None:
    key = address_key(value)
    if kind == "Group":
        conditions = {
            "displayname": sql("g.name_key = {}::text", key),
            "externalid": sql("g.external_id = {}::text", value),
            "id": sql("g.id = {}::uuid", as_uuid(value)),
        }
        member = sql("g.id IN (SELECT m.group_id FROM provisioned_member m WHERE m.user_id = {}::uuid)", as_uuid(value))
        return (conditions | dict.fromkeys(("members", "members.value"), member)).get(attribute)
    address = sql(
        "(u.email_key = {}::text OR lower(u.email) = lower({}::text) OR EXISTS (SELECT FROM jsonb_array_elements("
        "CASE jsonb_typeof(p.attributes->'emails') WHEN 'array' THEN p.attributes->'emails' ELSE '[]' END) e"
        " WHERE lower(e->>'value') = lower({}::text)))",
        key,
        value,
        value,
    )
    return {
        "username": sql(
            "CASE WHEN p.id IS NULL THEN lower(coalesce(u.email, u.subject, u.id::text)) = lower({}::text)"
            " ELSE p.user_name_key = {}::text END",
            value,
            key,
        ),
        "externalid": sql("p.external_id = {}::text", value),
        "id": sql("u.id = {}::uuid", as_uuid(value)),
        "emails": address,
        "emails.value": address,
    }.get(attribute)
