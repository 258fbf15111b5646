"""The audit log as a list: all of it, oldest first, or a page, newest first."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.database import Database
from app.database.sql import Sql, all_of, sql

PAGE = 1_000
MOST_COUNTED = 10_000

_READ = """
SELECT e.seq, e.at, e.actor_id, u.name AS actor, e.action, e.mutation, e.request_id, e.subject,
  e.detail::text AS detail, s.number, encode(s.hash, 'hex') AS hash
FROM audit_entry e LEFT JOIN audit_seal s ON s.entry_seq = e.seq LEFT JOIN user_account u ON u.id = e.actor_id
WHERE e.seq > $1 AND ($2::timestamptz IS NULL OR e.at >= $2) AND ($3::uuid IS NULL OR e.actor_id = $3)
  AND ($4::text IS NULL OR e.action = $4) AND ($5::text IS NULL OR e.subject = $5)
ORDER BY e.seq LIMIT $6
"""


@dataclass(frozen=True, slots=True)
class EntryFilter:
    since: datetime | None = None
    actor_id: UUID | None = None
    action: str | None = None
    subject: str | None = None
    until: datetime | None = None
    actions: Sequence[str] | None = None

    def conditions(self) -> list[Sql]:
        """On the entry `e`."""
        given = (
            ("e.at >= {}::timestamptz", self.since),
            ("e.at < {}::timestamptz", self.until),
            ("e.actor_id = {}::uuid", self.actor_id),
            ("e.action = {}::text", self.action),
            ("e.action = ANY ({}::text[])", self.actions),
            ("e.subject = {}::text", self.subject),
        )
        return [sql(condition, value) for condition, value in given if value is not None]


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """`number`, `hash`: of its link in the chain; None until it is sealed. `detail`: as JSON."""

    seq: int
    at: datetime
    actor_id: UUID | None
    action: str
    mutation: str | None
    request_id: str | None
    subject: str | None
    detail: str
    number: int | None
    hash: str | None


async def entries(db: Database, wanted: EntryFilter) -> AsyncIterator[asyncpg.Record]:
    after = 0
    while page := await db.fetch(_READ, after, wanted.since, wanted.actor_id, wanted.action, wanted.subject, PAGE):
        for row in page:
            yield row
        after = page[-1]["seq"]


async def page(
    db: Database,
    wanted: EntryFilter,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int,
    backwards: bool = False,
) -> Sequence[LoggedEntry]:
    """At most `limit`, newest first: the first older than the entry `after`, or the last newer than `before`."""
    conditions = wanted.conditions()
    if after is not None:
        conditions.append(sql("e.seq < {}::bigint", after))
    if before is not None:
        conditions.append(sql("e.seq > {}::bigint", before))
    statement = sql(
        "SELECT e.seq, e.at, e.actor_id, e.action, e.mutation, e.request_id, e.subject, e.detail::text AS detail,"  # noqa: S608 # constants
        " s.number, encode(s.hash, 'hex') AS hash"
        " FROM audit_entry e LEFT JOIN audit_seal s ON s.entry_seq = e.seq WHERE {}"
        f" ORDER BY e.seq {'ASC' if backwards else 'DESC'} LIMIT {{}}",
        all_of(conditions),
        limit,
    ).statement()
    rows = await db.fetch(statement.text, *statement.arguments({}))
    return [LoggedEntry(**dict(row)) for row in (reversed(rows) if backwards else rows)]


async def counted(db: Database, wanted: EntryFilter) -> int:
    """How many there are; counting stops at `MOST_COUNTED`."""
    statement = sql(
        "SELECT count(*) AS n FROM (SELECT FROM audit_entry e WHERE {} LIMIT {}) counted",
        all_of(wanted.conditions()),
        MOST_COUNTED,
    ).statement()
    (row,) = await db.fetch(statement.text, *statement.arguments({}))
    n: int = row["n"]
    return n
