"""Logs that are partitioned by month, and the making of their parts.

Parts stand in a schema of their own, on which no role of ours has rights: rows are read and written through the log
itself, with its grants, policies and triggers. The first part holds whatever is older than the others. What
`log_partition` says of each (`app.models.partitions`) lets readers of the event log leave out parts in which nothing
new appears.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

SCHEMA = "stagepath_parts"
LOGS = ("event", "audit_entry")
AHEAD = 3
"""Months for which there are parts, beside the running one. The job that makes them runs daily."""

_BOUNDS = "SELECT begins_at, ends_at FROM log_partition WHERE parent = $1 ORDER BY begins_at"
# Those for each row come with the part by themselves; those for whole statements don't.
_STATEMENT_TRIGGERS = """
SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger
WHERE tgrelid = $1::regclass AND NOT tgisinternal AND tgtype & 1 = 0
"""


@dataclass(frozen=True, slots=True)
class Month:
    """`begins` included, `ends` excluded; both in UTC."""

    begins: datetime
    ends: datetime

    def part_of(self, log: str) -> str:
        return f"{log}_{self.begins:%Y_%m}"


def month_of(at: datetime) -> Month:
    begins = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Month(begins, after(begins, 1))


def after(month: datetime, months: int) -> datetime:
    """The first of another month. `months` may be negative."""
    index = month.year * 12 + month.month - 1 + months
    return month.replace(year=index // 12, month=index % 12 + 1)


def months(first: datetime, last: datetime) -> Iterator[Month]:
    """Those that begin from `first` on, `last` included."""
    while first <= last:
        yield Month(first, after(first, 1))
        first = after(first, 1)


async def clock(connection: asyncpg.Connection) -> datetime:
    """The database's, by which rows are written."""
    now: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return now


async def make_ahead(connection: asyncpg.Connection, log: str, now: datetime) -> list[str]:
    """Make the parts that are missing, up to `AHEAD` months from now; their names. In a transaction; nobody waits."""
    known = await connection.fetch(_BOUNDS, log)
    missing = list(months(known[-1]["ends_at"], after(month_of(now).begins, AHEAD)))
    for month in missing:
        await make(connection, log, month.part_of(log), month.begins, month.ends)
    return [month.part_of(log) for month in missing]


async def make(
    connection: asyncpg.Connection,
    log: str,
    name: str,
    begins: datetime | None,
    ends: datetime,
    rows: str | None = None,
) -> None:
    """An empty part, or one of `rows`: a query of the log's columns. `begins`: None for the first part of all."""
    await connection.execute(f"CREATE TABLE {SCHEMA}.{name} (LIKE {log} INCLUDING DEFAULTS)")
    await connection.execute(f"ALTER TABLE {SCHEMA}.{name} ENABLE ROW LEVEL SECURITY")
    if rows is not None:
        await connection.execute(f"INSERT INTO {SCHEMA}.{name} {rows}")
    await attach(connection, log, name, begins, ends)
    await guard(connection, log, name)


async def attach(connection: asyncpg.Connection, log: str, name: str, begins: datetime | None, ends: datetime) -> None:
    lower = "MINVALUE" if begins is None else f"'{begins.isoformat()}'"
    bounds = f"FROM ({lower}) TO ('{ends.isoformat()}')"
    await connection.execute(f"ALTER TABLE {log} ATTACH PARTITION {SCHEMA}.{name} FOR VALUES {bounds}")
    await connection.execute(
        "INSERT INTO log_partition (name, parent, begins_at, ends_at)"
        " VALUES ($1, $2, coalesce($3::timestamptz, '-infinity'), $4)",
        *(name, log, begins, ends),
    )


async def guard(connection: asyncpg.Connection, log: str, name: str) -> None:
    """Have the log's triggers stand before the part as well, for whoever owns it and changes it directly."""
    for row in await connection.fetch(_STATEMENT_TRIGGERS, log):
        definition = row["definition"].replace(f" ON public.{log} ", f" ON {SCHEMA}.{name} ")
        await connection.execute(definition)
