"""The lag of each consumer behind the log, and the events it has yet to deal with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from app.events.log import Reader
from app.events.parts import floor

MOST_COUNTED = 10_000

_LAGS = f"""
SELECT c.name, c.seq, c.moved_at, w.events, coalesce(d.delayed, 0) AS delayed, coalesce(d.aside, 0) AS aside,
  greatest(extract(epoch FROM clock_timestamp() - least(w.at, d.at)), 0)::float AS seconds
FROM consumer_cursor c
CROSS JOIN LATERAL (SELECT {floor("c.xid")} AS at) f
CROSS JOIN LATERAL (
  SELECT count(*) AS events, min(n.at) AS at FROM (
    SELECT e.at FROM event e WHERE (e.xid, e.seq) > (c.xid, c.seq) AND e.at >= f.at
    ORDER BY e.xid, e.seq LIMIT {MOST_COUNTED}) n) w
LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE f.put_aside_at IS NULL) AS delayed,
    count(*) FILTER (WHERE f.put_aside_at IS NOT NULL) AS aside, min(e.at) FILTER (WHERE f.put_aside_at IS NULL) AS at
  FROM delayed_event f LEFT JOIN event e ON e.seq = f.seq WHERE f.consumer = c.name) d ON TRUE
ORDER BY c.name
"""  # noqa: S608
_DELAYED = """
SELECT d.consumer, d.seq, d.attempts, d.reason, d.due_at, d.put_aside_at, e.type, d.order_key
FROM delayed_event d LEFT JOIN event e ON e.seq = d.seq ORDER BY d.consumer, d.xid, d.seq LIMIT $1
"""


@dataclass(frozen=True, slots=True)
class Lag:
    """`seconds`: the age of the oldest event that is yet to be handled, those put aside left out. `events`: after the
    cursor, of any type, up to `MOST_COUNTED`. `delayed`: behind it. `aside`: put aside."""

    name: str
    seq: int
    moved_at: datetime
    events: int
    delayed: int
    aside: int
    seconds: float


async def lags(db: Reader) -> list[Lag]:
    return [
        Lag(
            name=row["name"],
            seq=row["seq"],
            moved_at=row["moved_at"],
            events=row["events"],
            delayed=row["delayed"],
            aside=row["aside"],
            seconds=row["seconds"] or 0.0,
        )
        for row in await db.fetch(_LAGS)
    ]


async def delayed_events(db: Reader, limit: int) -> Sequence[asyncpg.Record]:
    """Of all consumers, in the order of the log."""
    return await db.fetch(_DELAYED, limit)
