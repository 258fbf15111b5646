"""Listings that many nouns share."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.database.sql import Sql, sql
from schema.engine.declare import First, Key, Listing, ListingArguments
from schema.engine.ids import decode
from schema.engine.scans import Look, Scan
from schema.engine.sql.frame import Bindings, Frame


def by_key(frame: Frame, _: Bindings) -> Sequence[Key]:
    """In the order in which they were made."""
    return [Key(frame.column("id"), "uuid")]


def by_name(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column("name"), "text"), Key(frame.column("id"), "uuid")]


def by_position(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column("position"), "integer"), Key(frame.column("id"), "uuid")]


def by_id(prefix: str) -> First:
    """The one row that the argument `id` names."""

    def ask(arguments: Mapping[str, Any]) -> ListingArguments:
        return ListingArguments({"id": decode(arguments["id"], prefix, "id")})

    def where(frame: Frame, given: Bindings) -> Sequence[Sql]:
        return [sql("{} = {}", frame.column("id"), given.value("id"))]

    return First(Listing(f"{prefix}-by-id", by_key, where=where, bind=ask, scan=Scan("", {"id": Look.FEW})))
