"""The pipeline's ledger compared with the facts that it is made of, deal by deal, beside running servers."""

from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

from app.analytics.ledger import Posting, postings
from app.analytics.posting import LOCK, post_all, post_changes, posting_of
from app.analytics.timeline import facts_of
from app.database import Database, Transaction
from app.database.rls import as_viewer
from app.events.log import Reader

DEALS_AT_ONCE = 2_000
TABLE, SUMS = "pipeline_posting", "pipeline_total"

_NEXT = "SELECT o.id FROM opportunity o WHERE $1::uuid IS NULL OR o.id > $1 ORDER BY o.id LIMIT $2"
_POSTED = "SELECT * FROM pipeline_posting WHERE opportunity_id = ANY ($1::uuid[]) ORDER BY id"
_STALE = "SELECT s.opportunity_id AS id FROM pipeline_stale s WHERE s.opportunity_id = ANY ($1::uuid[])"
_SUMS = """
SELECT monthly, begins, playbook_key, flow, currency, sum(amount) AS amount FROM (
  SELECT s.monthly, (CASE WHEN s.monthly THEN date_trunc('month', p.at AT TIME ZONE 'UTC') ELSE p.at AT TIME ZONE 'UTC'
    END)::date AS begins, p.playbook_key, p.flow, p.currency, p.amount
  FROM pipeline_posting p CROSS JOIN (VALUES (TRUE), (FALSE)) s (monthly)
  WHERE p.currency IS NOT NULL AND (NOT p.paired OR p.other_playbook_key <> p.playbook_key)
  UNION ALL SELECT monthly, begins, playbook_key, flow, currency, -amount FROM pipeline_total) both_sides
GROUP BY 1, 2, 3, 4, 5 HAVING sum(amount) <> 0
"""
_MEND = f"""
INSERT INTO pipeline_total AS t (monthly, begins, playbook_key, flow, currency, amount) {_SUMS}
ON CONFLICT (monthly, begins, playbook_key, flow, currency) DO UPDATE SET amount = t.amount + excluded.amount
"""


async def differing(db: Database) -> Mapping[str, Sequence[str]]:
    """By table: deals whose postings aren't those of their facts, and sums that aren't those of the postings."""
    await post_changes(db)
    deals = [str(id) async for ids in _pages(db) for id in await _wrong(db, ids)]
    with as_viewer(None):
        sums = [" ".join(str(part) for part in row) for row in await db.fetch(_SUMS)]
    return {TABLE: deals, SUMS: sums}


async def rebuild(db: Database) -> int:
    """Make all of it anew from the facts; how many deals were posted. Figures are right all the while, as far as they
    were before."""
    number = await post_all(db)
    async with db.transaction() as tx:
        await tx.fetch(LOCK)
        await tx.execute(_MEND)
    return number


async def _pages(db: Reader) -> AsyncIterator[list[UUID]]:
    last: UUID | None = None
    while ids := [row["id"] for row in await db.fetch(_NEXT, last, DEALS_AT_ONCE)]:
        yield ids
        last = ids[-1]


async def _wrong(db: Database, ids: Sequence[UUID]) -> list[UUID]:
    """Nobody posts meanwhile; what changes meanwhile has been noted, and isn't wrong."""
    async with db.transaction() as tx:
        await tx.fetch(LOCK)
        different = [id for id, same in (await _compared(tx, ids)).items() if not same]
        noted = {row["id"] for row in await tx.fetch(_STALE, different)} if different else set()
    return [id for id in different if id not in noted]


async def _compared(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, bool]:
    facts = await facts_of(tx, ids)
    posted: dict[UUID, list[Posting]] = {}
    for row in await tx.fetch(_POSTED, list(ids)):
        posted.setdefault(row["opportunity_id"], []).append(posting_of(row))
    return {id: postings(found.states()) == posted.get(id, []) for id, found in facts.items()}
