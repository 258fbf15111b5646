"""Predictions that follow their deals: asked again after each event of a deal, and once a day."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

from app.consumers.consumer import Consumer
from app.database import Database, Transaction, database
from app.events.log import LoggedEvent
from app.jobs import defer_missing, jobs
from app.prediction import source, store
from app.prediction.deal import days
from app.prediction.heard import end_advice
from app.prediction.operating import SCORE
from app.prediction.provisional import provided
from app.prediction.scoring import Scored, scored
from app.vocabulary import EventType

FOLLOW = "follow_predictions"
WITHIN = timedelta(seconds=1)
BEFORE = timedelta(minutes=10)
"""A deal's change may be as much older than its event."""
BATCH = 100
REST = 1.0
"""The pause after a batch, as a multiple of what it took."""

OF_DEALS = frozenset(
    {
        EventType.OPPORTUNITY_CREATED,
        EventType.OPPORTUNITY_UPDATED,
        EventType.OPPORTUNITY_STAGE_CHANGED,
        EventType.OPPORTUNITY_LEFT,
        EventType.OPPORTUNITY_CAME,
        EventType.CRITERION_MARKED,
        EventType.ACTIVITY_COMPLETED,
    }
)
_DEALS = """
SELECT o.id FROM opportunity o LEFT JOIN prediction d ON d.id = o.id {}
WHERE o.status = 'OPEN' AND {} AND o.id > $2
"""
_CHANGED = _DEALS.format("", "o.updated_at > $1 AND (d.id IS NULL OR d.opportunity_version <> o.version)")
_OLD = _DEALS.format("", "(d.id IS NULL OR d.as_of < $1)")
_ON_PLAYBOOK = _DEALS.format("JOIN playbook p ON p.id = o.playbook_id", "p.key = $1")
_NEXT = " ORDER BY o.id LIMIT $3"
_ASKED = """
SELECT o.id, o.partner_id, p.key AS playbook, s.name AS stage FROM opportunity o
JOIN playbook p ON p.id = o.playbook_id JOIN stage s ON s.id = o.stage_id
WHERE o.id = ANY ($1::uuid[]) AND o.status = 'OPEN'
"""


async def predict(db: Database, ids: Sequence[UUID], at: datetime) -> int:
    """Ask the models about these deals and store what they say; of how many."""
    rows = await db.fetch(_ASKED, list(ids))
    by_playbook: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_playbook.setdefault(row["playbook"], []).append(row)
    given = [one for key, of in by_playbook.items() for one in await _of_playbook(db, key, of, at)]
    if given:
        async with db.transaction() as tx:
            changed = await store.write(tx, given, at)
        await end_advice(db, changed)
    return len(given)


async def _of_playbook(
    db: Database, playbook: str, rows: Sequence[Mapping[str, Any]], at: datetime
) -> list[tuple[UUID, UUID, str | None, Scored]]:
    shape = await source.shape_of(db, playbook)
    deals = await source.of_deals(db, [row["id"] for row in rows])
    models = await provided(db, playbook, {_partner(row) for row in rows}, shape, at)
    found = []
    for row in rows:
        deal, id = deals.get(row["id"]), models.for_deal(_partner(row))
        if deal is None or id is None or deal.entries[0].at > days(at):
            continue
        model = await store.model_of(db, id)
        found.append((row["id"], id, _partner(row), scored(model, deal, days(at), row["stage"])))
    return found


def _partner(row: Mapping[str, Any]) -> str | None:
    return None if row["partner_id"] is None else str(row["partner_id"])


async def predict_all(db: Database, statement: str, asked: object, at: datetime, *, rest: bool = True) -> int:
    seen, last = 0, UUID(int=0)
    while True:
        ids = [row["id"] for row in await db.fetch(statement + _NEXT, asked, last, BATCH)]
        if not ids:
            return seen
        began = perf_counter()
        seen += await predict(db, ids, at)
        if rest:
            await asyncio.sleep(REST * (perf_counter() - began))
        last = ids[-1]


async def follow_changes(db: Database, since: datetime, at: datetime) -> int:
    """Of all open deals that changed since."""
    return await predict_all(db, _CHANGED, since - BEFORE, at)


async def predict_daily(db: Database, at: datetime) -> int:
    """Of all open deals whose prediction is of an earlier day (UTC), or missing."""
    return await predict_all(db, _OLD, at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0), at)


async def predict_playbook(db: Database, playbook_key: str, at: datetime, *, rest: bool = True) -> int:
    return await predict_all(db, _ON_PLAYBOOK, playbook_key, at, rest=rest)


async def _follow(tx: Transaction, event: LoggedEvent) -> None:
    await defer_missing(tx, FOLLOW, {FOLLOW: {"since": event.at.isoformat()}}, after=WITHIN)


PREDICTIONS = Consumer("predictions", OF_DEALS, _follow)


@jobs.task(name=FOLLOW)
async def follow_later(since: str) -> None:
    await follow_changes(database(), datetime.fromisoformat(since), datetime.now(UTC))


@jobs.task(name=SCORE)
async def score_playbook(playbook_key: str) -> None:
    await predict_playbook(database(), playbook_key, datetime.now(UTC))


@jobs.periodic(cron="7 4 * * *")
@jobs.task(name="predict_daily", queueing_lock="predict_daily", lock="predict_daily")
async def every_day(timestamp: int) -> None:
    await predict_daily(database(), datetime.fromtimestamp(timestamp, UTC))
