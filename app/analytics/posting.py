"""Keeping the pipeline's ledger: postings of deals that changed are made anew, and the sums of days and months follow.

Triggers note which deals changed, in the transaction of the change. A job posts what was noted, once a minute, one at a
time. Whoever asks for figures has a little of it posted first, so that they are behind only after much has changed at
once, or while somebody else is at it: nobody who reads waits for that.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from app.analytics.ledger import ZERO, Place, Posting, postings, removal
from app.analytics.timeline import facts_of
from app.database import Database, Transaction, database
from app.database.rls import as_viewer
from app.jobs import jobs
from app.vocabulary import PipelineFlow

log = structlog.get_logger(__name__)

AT_ONCE = 1_000
"""Changes that one transaction takes."""

BATCHES_OF_READERS = 2
"""That are posted before figures are read."""

LOCK = "SELECT pg_advisory_xact_lock(4711, 18)"
_TRY = "SELECT pg_try_advisory_xact_lock(4711, 18) AS free"
_STALE = "SELECT EXISTS (SELECT FROM pipeline_stale) AS stale"
# All notes of deals at once: an import makes many of each, and each deal is posted once for all of them.
_NOTED = """
SELECT s.id, s.opportunity_id FROM pipeline_stale s WHERE s.opportunity_id IN (
  SELECT n.opportunity_id FROM pipeline_stale n ORDER BY n.id LIMIT $1)
"""
_DONE = "DELETE FROM pipeline_stale WHERE id = ANY ($1::bigint[])"
_FORMER = """
DELETE FROM pipeline_posting WHERE opportunity_id = ANY ($1::uuid[])
RETURNING id, opportunity_id, at, flow, currency, amount, partner_id, owner_id, playbook_key, close_date, paired,
  other_partner_id, other_owner_id, other_playbook_key, other_close_date
"""
_POST = """
INSERT INTO pipeline_posting (opportunity_id, at, flow, currency, amount, partner_id, owner_id, playbook_key,
  close_date, paired, other_partner_id, other_owner_id, other_playbook_key, other_close_date)
SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::numeric[], $6::uuid[], $7::uuid[],
  $8::text[], $9::date[], $10::boolean[], $11::uuid[], $12::uuid[], $13::text[], $14::date[])
"""
_ADD = """
INSERT INTO pipeline_total AS t (monthly, begins, playbook_key, flow, currency, amount)
SELECT * FROM unnest($1::boolean[], $2::date[], $3::text[], $4::text[], $5::text[], $6::numeric[])
ON CONFLICT (monthly, begins, playbook_key, flow, currency) DO UPDATE SET amount = t.amount + excluded.amount
"""
_ALL = "INSERT INTO pipeline_stale (opportunity_id) SELECT id FROM opportunity"

Totals = dict[tuple[bool, date, str, str, str], Decimal]


async def post_changes(db: Database) -> int:
    """Bring the ledger up to what has been committed; how many deals were posted anew. One statement where nothing has
    changed."""
    number = 0
    with as_viewer(None):
        row = await db.fetchrow(_STALE)
        while row is not None and row["stale"]:
            async with db.transaction() as tx:
                await tx.fetch(LOCK)
                posted = await _post_noted(tx)
            number += posted
            if posted < AT_ONCE:
                break
    return number


async def post_some(db: Database) -> None:
    """What readers do of it: a little, and nothing while somebody else is at it. The job does the rest."""
    with as_viewer(None):
        for _ in range(BATCHES_OF_READERS):
            row = await db.fetchrow(_STALE)
            if row is None or not row["stale"]:
                return
            async with db.transaction() as tx:
                tried = await tx.fetchrow(_TRY)
                if tried is None or not tried["free"] or await _post_noted(tx) < AT_ONCE:
                    return


async def post_all(db: Database) -> int:
    """Post all deals anew from the facts; how many there were. Figures stay right all the while."""
    async with db.transaction() as tx:
        await tx.execute(_ALL)
    return await post_changes(db)


async def _post_noted(tx: Transaction) -> int:
    noted = await tx.fetch(_NOTED, AT_ONCE)
    if not noted:
        return 0
    ids = list(dict.fromkeys(row["opportunity_id"] for row in noted))
    await _post(tx, ids)
    # Only what was noted before the facts were read: what changed since is noted again.
    await tx.execute(_DONE, [row["id"] for row in noted])
    return len(noted)


async def _post(tx: Transaction, ids: Sequence[UUID]) -> None:
    facts = await facts_of(tx, ids)
    former: dict[UUID, list[tuple[int, Posting]]] = {}
    for row in await tx.fetch(_FORMER, list(ids)):
        former.setdefault(row["opportunity_id"], []).append((row["id"], posting_of(row)))
    totals: Totals = {}
    made: list[tuple[UUID, Posting]] = []
    for id in ids:
        before = [one for _, one in sorted(former.get(id, ()))]
        if id in facts:
            after = postings(facts[id].states())
        else:  # it is gone: what it was stays, and what was left of it goes
            after = [*before, *removal(datetime.now(UTC), before)] if before else []
        _count(totals, before, -1)
        _count(totals, after, 1)
        made += ((id, one) for one in after)
    if made:
        await tx.execute(_POST, *_columns(_row(id, one) for id, one in made))
    changed = {key: amount for key, amount in totals.items() if amount}
    if changed:
        await tx.execute(_ADD, *_columns((*key, amount) for key, amount in sorted(changed.items())))


def _count(totals: Totals, all_of_deal: Iterable[Posting], sign: int) -> None:
    for one in all_of_deal:
        if one.currency is None or (one.other is not None and one.other.playbook_key == one.place.playbook_key):
            continue
        day = one.at.astimezone(UTC).date()
        for monthly, begins in ((False, day), (True, day.replace(day=1))):
            key = monthly, begins, one.place.playbook_key, one.flow.value, one.currency
            totals[key] = totals.get(key, ZERO) + sign * one.amount


def _row(id: UUID, one: Posting) -> tuple[object, ...]:
    other = one.other or Place(None, None, "", None)
    paired = one.other is not None
    key = other.playbook_key if paired else None
    said = (other.partner_id, other.owner_id, key, other.close_date)
    return (id, one.at, one.flow.value, one.currency, one.amount, *one.place, paired, *said)


def posting_of(row: asyncpg.Record) -> Posting:
    place = Place(row["partner_id"], row["owner_id"], row["playbook_key"], row["close_date"])
    parts = (row["other_partner_id"], row["other_owner_id"], row["other_playbook_key"], row["other_close_date"])
    other = Place(*parts) if row["paired"] else None
    return Posting(row["at"], PipelineFlow(row["flow"]), row["currency"], row["amount"], place, other)


def _columns(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


@jobs.periodic(cron="* * * * *")
@jobs.task(name="post_pipeline_changes", queueing_lock="post_pipeline_changes")
async def post_every_minute(timestamp: int) -> None:  # noqa: ARG001 # every periodic task is given its time
    number = await post_changes(database())
    if number:
        log.info("posted changes of the pipeline", deals=number)
