"""Assembly of each row's JSON in Python, by one generated function, where PostgreSQL alone can't write it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import asyncpg
from graphql.execution.values import VariableValues

from app.breath import breath
from app.database import database
from app.database.sql import Sql, Statement
from app.identity.scopes import slots_of
from schema.context import Context
from schema.engine.declare import Asker
from schema.engine.fallback import Cause, FallBack
from schema.engine.frame import NOW, Builder, slots_of_asked
from schema.engine.outline import Ask
from schema.engine.shapes import Inner, Later, Piece, is_pure, place_of, pure
from schema.engine.written import OTHERWISE, WRONG

__all__ = ["Assembler", "Run", "Slots", "Source", "Texts", "sound"]

MANY = 100
"""Rows that are written without a look at the time."""

Texts = Mapping[Any, str]
"""JSON texts by key; under the key None where there is but one."""


class Slots(dict[str, object]):
    """Values for statements. Those of the viewer are looked up once a statement takes one."""

    __slots__ = ("_asker",)

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def __missing__(self, name: str) -> object:
        self.update({**slots_of(self._asker.viewer), NOW.name: self._asker.at})
        if name not in self:
            raise LookupError(f"nothing was given for {name}")
        return self[name]


class Run:
    """One execution of a plan. `context` is what resolvers get, `given` the value object that is answered with."""

    __slots__ = ("asker", "asks", "context", "given", "slots", "variables")

    def __init__(self, context: Context, asks: Sequence[Ask], given: Any, variables: VariableValues) -> None:
        self.variables = variables
        self.asker = Asker(context.viewer, context.at or context.now())
        self.asks = asks
        self.context = context
        self.given = given
        self.slots = Slots(self.asker)
        for n, ask in enumerate(asks):
            if ask.asked is not None and ask.asked.values:
                self.slots.update(slots_of_asked(place_of(n), ask.asked))
            if ask.page is not None:
                self.slots.update(ask.page.slots(place_of(n)))

    async def fetch(self, statement: Statement, **more: object) -> list[asyncpg.Record]:
        self.slots.update(more)
        return await database().fetch(statement.text, *statement.arguments(self.slots))


class Source(Protocol):
    """Reads a field of many rows at once."""

    async def texts(self, run: Run, keys: Sequence[Any]) -> Texts: ...


class Assembler:
    """Selects what pieces need from a statement, and makes each row's text of what it gave."""

    def __init__(self, builder: Builder, pieces: Sequence[Piece]) -> None:
        self._builder = builder
        self._laters: list[tuple[Source, int | None]] = []
        expression = self._expression(pieces)
        names = ", ".join(["row", *(f"m{n}" for n in range(len(self._laters)))])
        # Composed of column numbers and of string literals as `repr` writes them.
        self._write: Callable[..., str] = eval(f"lambda {names}: {expression}")  # noqa: S307

    async def write(self, run: Run, rows: Sequence[Any]) -> list[str]:
        """Raises `FallBack`."""
        found = []
        for source, key in self._laters:
            keys = [None] if key is None else [k for k in dict.fromkeys(row[key] for row in rows) if k is not None]
            found.append(await source.texts(run, keys) if keys else {})
        write = self._write
        try:
            if len(rows) <= MANY:
                return [write(row, *found) for row in rows]
            written: list[str] = []
            for begin in range(0, len(rows), MANY):
                await breath().take()
                written += [write(row, *found) for row in rows[begin : begin + MANY]]
            return written
        except KeyError as missing:  # a batch left out a key
            raise FallBack from missing

    def _expression(self, pieces: Sequence[Piece]) -> str:
        terms: list[str] = []
        run: list[Piece] = []
        for piece in pieces:
            if isinstance(piece, str | Sql):
                run.append(piece)
                continue
            terms += self._written(run)
            run = []
            terms.append(self._later(piece) if isinstance(piece, Later) else self._inner(piece))
        terms += self._written(run)
        return f"({' + '.join(terms)})"

    def _written(self, run: Sequence[Piece]) -> list[str]:
        if not run:
            return []
        if all(isinstance(piece, str) for piece in run):
            return [repr("".join(piece for piece in run if isinstance(piece, str)))]
        assert is_pure(run)
        return [f"row[{self._builder.select(pure(run))}]"]

    def _later(self, piece: Later) -> str:
        self._laters.append((piece.source, None if piece.key is None else self._builder.select(piece.key)))
        n, key = len(self._laters) - 1, self._laters[-1][1]
        return f"m{n}[{None if key is None else f'row[{key}]'}]"

    def _inner(self, piece: Inner) -> str:
        key = self._builder.select(piece.key)
        return f"({piece.absent!r} if row[{key}] is None else {self._expression(piece.pieces)})"


def sound(text: str) -> str:
    """Raises `FallBack` when there is a mark in it."""
    if WRONG in text:
        raise FallBack(Cause.NUMBER if text.count(WRONG) == text.count(OTHERWISE) else Cause.MISFIT)
    return text
