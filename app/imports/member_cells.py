"""Readers of the cells that partners and users have: words of the domain, lists, truth values; and which organisation
a cell means."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import UUID

import asyncpg

from app.deals.names import tidy, word_key
from app.imports.faults import FieldFault
from app.imports.fields import Cell, Reader, one_line

_YES = frozenset({"true", "1", "yes", "y", "active", "enabled", "ja", "sí", "si", "oui", "wahr"})
_NO = frozenset({"false", "0", "no", "n", "inactive", "disabled", "deactivated", "nein", "non", "falsch"})


def word_reader(at: Cell, words: type[StrEnum], meant: Mapping[str, str]) -> Reader:
    """`meant`: the mapping's corrections."""
    known = {word_key(word.value): word for word in words}

    def read(row: Sequence[str]) -> StrEnum | None:
        text = one_line(at.text(row))
        if not text:
            return None
        found = known.get(word_key(meant.get(text, text)))
        if found is None:
            raise FieldFault(f"is none of {', '.join(words)}; `values` in the mapping can say which it means")
        return found

    return read


def list_reader(at: Cell) -> Reader:
    """Of several with semicolons between them, as multi-select fields are exported; else with commas."""

    def read(row: Sequence[str]) -> list[str] | None:
        text = one_line(at.text(row))
        return [tidy(part) for part in re.split(";" if ";" in text else ",", text) if part.strip()] or None

    return read


def truth_reader(at: Cell) -> Reader:
    def read(row: Sequence[str]) -> bool | None:
        text = one_line(at.text(row)).casefold()
        if not text:
            return None
        if text in _YES or text in _NO:
            return text in _YES
        raise FieldFault("is neither yes nor no, as in true and false")

    return read


class Organizations:
    """The partners that there are, by how an export may call them: their key, their id in its system, their name."""

    def __init__(self, system: str, rows: Sequence[asyncpg.Record]) -> None:
        self._system = system
        self._by: dict[tuple[str, str], UUID | None] = {}
        for row in rows:
            self.add(row["id"], row["key"], row["external_id"], row["name"])

    def add(self, id: UUID, key: str, external_id: str | None, name: str) -> None:
        self._by[("key", key)] = id
        if external_id is not None:
            self._by[("external id", external_id)] = id
        named = ("name", name.casefold())
        self._by[named] = None if self._by.get(named, id) != id else id  # of two with one name, neither is meant

    def called(self, text: str) -> UUID | None:
        for entry in (("key", text.lower()), ("external id", f"{self._system}:{text}"), ("name", text.casefold())):
            if (id := self._by.get(entry)) is not None:
                return id
        return None


async def organizations(connection: asyncpg.Connection, system: str) -> Organizations:
    rows = await connection.fetch("SELECT id, key, external_id, name FROM organization WHERE kind = 'PARTNER'")
    return Organizations(system, rows)
