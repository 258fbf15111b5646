"""Listings that many nouns share."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.database.sql import Sql, sql
from schema.engine.declare import Asked, First, Key, Listing
from schema.engine.frame import Frame, Given
from schema.engine.ids import decode
from schema.engine.scans import Look, Scan


def by_key(frame: Frame, _: Given) -> Sequence[Key]:
    """In the order in which they were made."""
    return [Key(frame.column("id"), "uuid")]


def by_name(frame: Frame, _: Given) -> Sequence[Key]:
    return [Key(frame.column("name"), "text"), Key(frame.column("id"), "uuid")]


def by_position(frame: Frame, _: Given) -> Sequence[Key]:
    return [Key(frame.column("position"), "integer"), Key(frame.column("id"), "uuid")]


def by_id(prefix: str) -> First:
    """The one row that the argument `id` names."""

    def ask(arguments: Mapping[str, Any]) -> Asked:
        return Asked({"id": decode(arguments["id"], prefix, "id")})

    def where(frame: Frame, given: Given) -> Sequence[Sql]:
        return [sql("{} = {}", frame.column("id"), given.value("id"))]

    return First(Listing(f"{prefix}-by-id", by_key, where=where, ask=ask, scan=Scan("", {"id": Look.FEW})))
