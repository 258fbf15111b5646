"""Assembly of each row's JSON in Python, by one generated function, where PostgreSQL alone can't write it."""

from collections.abc import Callable, Sequence
from typing import Any

from app.breath import breath
from app.database.sql import Sql
from schema.engine.plan.fallback import Cause, FallBack
from schema.engine.plan.json_sql import OTHERWISE, WRONG
from schema.engine.plan.pieces import Inner, Later, Piece, is_pure, pure
from schema.engine.plan.run import Run, Source
from schema.engine.sql.frame import Builder

MANY = 100
"""Rows that are written without a look at the time."""


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
