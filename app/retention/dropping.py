"""The dropping of parts that are older than a log is kept.

They are dropped whole, the oldest first, and none that is still of use: for an event that a consumer has yet to handle,
or an entry of the audit log that isn't sealed. The chain of the audit log is cut where its oldest remaining entry
stands: the link before it is kept as its head, from which the chain is verified on (`app.audit.chain`). Sealed in
another order than they were written, a few entries of a dropped part may belong behind that cut; these stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from app.audit import Entry, add
from app.database.partitions import SCHEMA, after, make, month_of
from app.events.closing import close
from app.retention.parts import PATIENCE

_OLD = "SELECT name, ends_at FROM log_partition WHERE parent = $1 AND ends_at <= $2 ORDER BY begins_at"
_BEHIND = """
SELECT c.name FROM consumer_cursor c
WHERE EXISTS (SELECT FROM {part} e WHERE (e.xid, e.seq) > (c.xid, c.seq))
   OR EXISTS (SELECT FROM delayed_event d JOIN {part} e ON e.seq = d.seq WHERE d.consumer = c.name)
ORDER BY c.name
"""
_UNSEALED = """
SELECT EXISTS (SELECT FROM {part} e WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_seq = e.seq))
"""
# Whatever is sealed from now on comes behind.
_CUT = """
SELECT number, hash FROM audit_seal WHERE number < coalesce(
  (SELECT min(s.number) FROM audit_seal s JOIN audit_entry e ON e.seq = s.entry_seq WHERE e.at >= $1),
  9223372036854775807)
ORDER BY number DESC LIMIT 1
"""
_BEYOND = (
    "SELECT * FROM {part} e WHERE EXISTS (SELECT FROM audit_seal s WHERE s.entry_seq = e.seq AND s.number > {cut})"
)
_HEAD = "UPDATE log_partition SET head_number = $2, head_hash = $3 WHERE name = $1"
_NONE = "SELECT * FROM {part} WHERE FALSE"


@dataclass(frozen=True, slots=True)
class Held:
    """A part that has to stay for now, and why."""

    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """`until`: all before it is gone."""

    parts: Sequence[str]
    until: datetime


async def drop_events(connection: asyncpg.Connection, months: int, now: datetime) -> list[Dropped | Held]:
    """Those older than so many whole months. `connection`: as the owner of the tables. Raises
    `asyncpg.LockNotAvailableError` when the log was in use all the time."""
    free: list[asyncpg.Record] = []
    held: list[Dropped | Held] = []
    for part in await _old(connection, "event", months, now):
        behind = [row["name"] for row in await connection.fetch(_BEHIND.format(part=_table(part)))]
        if behind:
            held.append(Held(part["name"], f"consumers have yet to handle events in it: {', '.join(behind)}"))
            break
        free.append(part)
    if not await _hold_any(connection, free, "TRUE"):
        return held
    async with connection.transaction():
        await connection.execute(PATIENCE)
        name = await _replace(connection, "event", free, _NONE)
        await close(connection, name)
        await _record(connection, "event", free[-1]["ends_at"], {})
    return [Dropped([part["name"] for part in free], free[-1]["ends_at"]), *held]


async def drop_entries(connection: asyncpg.Connection, months: int, now: datetime) -> list[Dropped | Held]:
    """As `drop_events`, of the audit log. Seal it first."""
    old = await _old(connection, "audit_entry", months, now)
    for part in old:
        if await connection.fetchval(_UNSEALED.format(part=_table(part))):
            return [Held(part["name"], "entries in it aren't sealed yet")]
    cut = await connection.fetchrow(_CUT, old[-1]["ends_at"]) if old else None
    if cut is None:
        return []
    until, head = old[-1]["ends_at"], f"{cut['number']}:{cut['hash'].hex()}"
    if not await _hold_any(
        connection, old, f"seq IN (SELECT entry_seq FROM audit_seal WHERE number <= {cut['number']})"
    ):
        return []
    async with connection.transaction():
        await connection.execute(PATIENCE)
        name = await _replace(connection, "audit_entry", old, _BEYOND.replace("{cut}", str(cut["number"])))
        await connection.execute(_HEAD, name, cut["number"], cut["hash"])
        await _record(connection, "audit_entry", until, {"head": head})
    return [Dropped([part["name"] for part in old], until)]


async def _old(connection: asyncpg.Connection, log: str, months: int, now: datetime) -> list[asyncpg.Record]:
    return list(await connection.fetch(_OLD, log, after(month_of(now).begins, -months)))


async def _hold_any(connection: asyncpg.Connection, parts: Sequence[asyncpg.Record], condition: str) -> bool:
    """Whether there is anything to drop; the first part of a log stays as it is when it is empty."""
    if len(parts) > 1:
        return True
    return any(
        [await connection.fetchval(f"SELECT EXISTS (SELECT FROM {_table(part)} WHERE {condition})") for part in parts]
    )


async def _replace(connection: asyncpg.Connection, log: str, parts: Sequence[asyncpg.Record], kept: str) -> str:
    """Put a new first part in the place of these, with those of their rows that `kept` selects; its name."""
    until: datetime = parts[-1]["ends_at"]
    name = f"{log}_until_{until:%Y_%m}"
    if any(part["name"] == name for part in parts):
        name += "_again"
    for part in parts:
        await connection.execute(f"ALTER TABLE {log} DETACH PARTITION {_table(part)}")
    rows = " UNION ALL ".join(kept.format(part=_table(part)) for part in parts)
    await connection.execute("DELETE FROM log_partition WHERE name = ANY ($1)", [part["name"] for part in parts])
    await make(connection, log, name, None, until, rows)
    for part in parts:
        await connection.execute(f"DROP TABLE {_table(part)}")
    return name


async def _record(connection: asyncpg.Connection, log: str, until: datetime, more: dict[str, object]) -> None:
    detail = {"log": log, "until": until.date().isoformat(), **more}
    await add(connection, Entry("LOG_DROPPED", detail=detail))


def _table(part: asyncpg.Record) -> str:
    return f"{SCHEMA}.{part['name']}"
