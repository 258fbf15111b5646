"""Pieces of a row's JSON text: constants, SQL whose value is text, and what is read later."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.database.sql import Sql
from schema.engine.plan.json_sql import concat
from schema.engine.plan.run import Source
from schema.engine.plan.selection_tree import Branch


@dataclass(frozen=True, slots=True)
class Later:
    """Read for all rows together, after them, by their key (None: once, for the whole answer)."""

    source: Source
    key: Sql | None


@dataclass(frozen=True, slots=True)
class Inner:
    """A row that another points at, when something of it is read later; `absent` stands there when `key` is null."""

    key: Sql
    absent: str
    pieces: "list[Piece]"


Piece = str | Sql | Later | Inner


def is_pure(pieces: Sequence[Piece]) -> bool:
    """Whether PostgreSQL can write all of it."""
    return all(isinstance(piece, str | Sql) for piece in pieces)


def pure(pieces: Sequence[Piece]) -> Sql:
    return concat(piece for piece in pieces if isinstance(piece, str | Sql))


def named(branches: Sequence[Branch], values: Sequence[Sequence[Piece]]) -> list[Piece]:
    """An object of these fields."""
    pieces: list[Piece] = []
    for n, (branch, value) in enumerate(zip(branches, values, strict=True)):
        pieces += [f'{"," if n else "{"}"{branch.key}":', *value]
    return [*pieces, "}"] if branches else ["{}"]
