"""Settles which moment is meant by times that the clock showed twice, by the order of a deal's rows in the file.

Exports write the rows of a history in the order of time, or all backwards. Where the rest of the file shows which, a
time between its neighbours often has one moment left: after 02:50 comes the second 02:10. Where two are left, the row
can't be taken, and its deal waits.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

import asyncpg

from app.imports.plan import Export, Twice

# `later`, `earlier`: rows that surely come later, or earlier, than the row of the same deal before them.
_DIRECTION = """
SELECT count(*) FILTER (WHERE at > before) AS later, count(*) FILTER (WHERE COALESCE(late, at) < before_at) AS earlier
FROM (
    SELECT at, late, lag(COALESCE(late, at)) OVER w AS before, lag(at) OVER w AS before_at
    FROM import_move WINDOW w AS (PARTITION BY deal ORDER BY line)
) AS moves
"""
_ROWS = "SELECT deal, line, at, late FROM import_move WHERE deal = ANY($1::int[]) ORDER BY deal, line"
_LATE = "UPDATE import_move SET at = late WHERE line = ANY($1::int[])"


async def settle(connection: asyncpg.Connection, export: Export) -> None:
    """Sets `import_move.at`. Rows that stay undecided are rejected, and break their deals' histories."""
    if not export.twice:
        return
    direction = await connection.fetchrow(_DIRECTION)
    forwards = bool(direction["later"]) and not direction["earlier"]
    backwards = bool(direction["earlier"]) and not direction["later"]
    chosen: dict[int, datetime] = {}
    rows = await connection.fetch(_ROWS, sorted({twice.deal for twice in export.twice}))
    if forwards or backwards:
        for _, of_deal in groupby(rows, key=lambda row: row["deal"]):
            in_file = list(of_deal)
            ordered = in_file if forwards else in_file[::-1]
            candidates = [(r["at"],) if r["late"] is None else (r["at"], r["late"]) for r in ordered]
            moments = only_order(candidates)
            chosen |= {row["line"]: at for row, at in zip(ordered, moments, strict=True) if at is not None}
    await connection.execute(_LATE, [twice.line for twice in export.twice if chosen.get(twice.line) == twice.late])
    for twice in export.twice:
        if twice.line not in chosen:
            _reject(export, twice)


def only_order(candidates: Sequence[tuple[datetime, ...]]) -> Sequence[datetime | None]:
    """The moment of each row, if they follow each other in time in one way only; None where a row has two left, and for
    all where there is no way."""
    stamps = [tuple(at.timestamp() for at in row) for row in candidates]
    earliest = _least(stamps)
    latest = [-at for at in reversed(_least([tuple(-at for at in reversed(row)) for row in reversed(stamps)]))]
    if len(earliest) != len(stamps) or len(latest) != len(stamps):
        return [None] * len(stamps)
    return [
        row[times.index(early)] if early == late else None
        for row, times, early, late in zip(candidates, stamps, earliest, latest, strict=True)
    ]


def _least(rows: Sequence[tuple[float, ...]]) -> list[float]:
    """Of each row the least that isn't before the one chosen in front of it; it ends where there is none."""
    found: list[float] = []
    for row in rows:
        fitting = [one for one in row if not found or one >= found[-1]]
        if not fitting:
            break
        found.append(fitting[0])
    return found


def _reject(export: Export, twice: Twice) -> None:
    export.rejects.add(twice.file, twice.line, twice.column, twice.text, "is one of two moments, since the clock was "
                       "set back, and the rows around it don't tell which")  # fmt: skip
    export.broken.setdefault(twice.deal, twice.line)
