"""Logs with parts of past months, and readers whose statements are looked into."""

import re
from datetime import UTC, datetime
from typing import Any

import asyncpg

from app.database import Database
from app.database.partitions import SCHEMA, after, make, month_of

NOW = datetime.now(UTC)
MONTH = month_of(NOW).begins


def month(ago: int) -> datetime:
    """The middle of a month."""
    return after(MONTH, -ago).replace(day=15)


async def with_past(connection: asyncpg.Connection, log: str, months: int) -> None:
    """So many months get parts of their own, as if they had been made in time; the log is empty."""
    first: str = await connection.fetchval("SELECT name FROM log_partition WHERE parent = $1 ORDER BY begins_at", log)
    begins = after(MONTH, -months)
    async with connection.transaction():
        await connection.execute(f"ALTER TABLE {log} DETACH PARTITION {SCHEMA}.{first}")
        await connection.execute(f"DROP TABLE {SCHEMA}.{first}")
        await connection.execute("DELETE FROM log_partition WHERE parent = $1 AND begins_at <= $2", log, MONTH)
        await make(connection, log, f"{log}_past", None, begins)
        last = await connection.fetchval(
            "SELECT min(begins_at) FROM log_partition WHERE parent = $1 AND begins_at > $2", log, begins
        )
        while begins < last:
            await make(connection, log, f"{log}_{begins:%Y_%m}", begins, after(begins, 1))
            begins = after(begins, 1)


async def happen(db: Database, at: datetime, type_: str = "CONTENT_CHANGED") -> int:
    """An event that is written with this time; its number."""
    [row] = await db.fetch(
        "INSERT INTO event (type, at, subject_type, subject_id) VALUES ($1, $2, 'content', gen_random_uuid())"
        " RETURNING seq",
        *(type_, at),
    )
    seq: int = row["seq"]
    return seq


async def numbers(db: Database) -> list[int]:
    return [row["seq"] for row in await db.fetch("SELECT seq FROM event ORDER BY xid, seq")]


class Explaining:
    """Reads for the log's functions, and notes how many parts of the event log each statement has looked into."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.looked_into: list[int] = []

    async def fetch(self, text: str, /, *parameters: object) -> list[asyncpg.Record]:
        await self._explain(text, parameters)
        rows: list[asyncpg.Record] = await self.connection.fetch(text, *parameters)
        return rows

    async def fetchrow(self, text: str, /, *parameters: object) -> Any:
        await self._explain(text, parameters)
        return await self.connection.fetchrow(text, *parameters)

    async def _explain(self, text: str, parameters: tuple[object, ...]) -> None:
        plan = await self.connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {text}", *parameters)
        lines = [row[0] for row in plan]
        scans = [line for line in lines if re.search(r"Scan.* on event_\w+ ", line) and "never executed" not in line]
        self.looked_into.append(len(scans))
