"""Moments that come to lie in the past by a change: a move that is entered days after it was made, a close date that is
drawn nearer. The looks at the time have passed them, so the change itself begins their runs."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from app.automation import facts as known
from app.automation import store
from app.automation.beginning import Moment, begin, concerns, run_soon
from app.automation.definition import Stored
from app.automation.language import Facts
from app.automation.moments import moment_key
from app.database import Transaction
from app.events.log import LoggedEvent
from app.vocabulary import EventType

_MOVES = frozenset({EventType.OPPORTUNITY_CREATED, EventType.OPPORTUNITY_STAGE_CHANGED})
_DATED = frozenset({EventType.OPPORTUNITY_CREATED, EventType.OPPORTUNITY_UPDATED})
_DEAL = "SELECT entered_stage_at, expected_close_date FROM opportunity WHERE id = $1 AND status = 'OPEN'"


async def begin_late(tx: Transaction, event: LoggedEvent, deal_id: UUID, depth: int) -> None:
    """`depth`: of the event."""
    dated = event.type in _DATED and (
        event.type is EventType.OPPORTUNITY_CREATED or "expectedCloseDate" in event.payload.get("fields", ())
    )
    if not dated and event.type not in _MOVES:
        return
    automations = [one for one in await store.timed(tx) if one.is_active(event.at)]
    row = await tx.fetchrow(_DEAL, deal_id) if automations else None
    if row is None:
        return
    now = datetime.now(UTC)
    for automation in automations:
        key = _closes(automation, row["expected_close_date"], deal_id) if dated else None
        if event.type in _MOVES:
            key = key or _entered(automation, row["entered_stage_at"], deal_id)
        if key is not None:
            await _begin(tx, automation.id, Moment(key, now, deal_id, depth=depth))


def _closes(automation: Stored, close: date | None, deal_id: UUID) -> str | None:
    """Where the day of its moment has been looked through already."""
    days, trigger = automation.trigger.days_before_close, automation.trigger
    if days is None or close is None or automation.looked_until is None:
        return None
    looked = automation.looked_until.astimezone(trigger.zone).date()
    return moment_key("close", deal_id, close) if close - timedelta(days=days) <= looked else None


def _entered(automation: Stored, entered: datetime, deal_id: UUID) -> str | None:
    days = automation.trigger.days_in_stage
    if days is None or automation.looked_until is None or entered + timedelta(days=days) > automation.looked_until:
        return None
    return moment_key("stage", deal_id, entered)


async def _begin(tx: Transaction, automation_id: UUID, moment: Moment) -> None:
    """Looks at the time hold the automation first, too: so neither waits for a moment that the other has begun."""
    automation, deal_id = await store.by_id(tx, automation_id, lock=True), moment.opportunity_id
    row = (await known.deals(tx, [deal_id])).get(deal_id) if deal_id is not None else None
    if automation is None or not automation.enabled or row is None:
        return
    if concerns(automation, Facts(known.of_deal(row, moment.at, automation.trigger.zone))):
        await begin(tx, automation, moment, moment.at)
        await run_soon(tx)
