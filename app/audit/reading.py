"""The audit log as a list, oldest first, page by page."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.database import Database

PAGE = 1_000

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


async def entries(db: Database, wanted: EntryFilter) -> AsyncIterator[asyncpg.Record]:
    after = 0
    while page := await db.fetch(_READ, after, wanted.since, wanted.actor_id, wanted.action, wanted.subject, PAGE):
        for row in page:
            yield row
        after = page[-1]["seq"]
