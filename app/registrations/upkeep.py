"""All that time does to registrations, by a job every few minutes: reviews that are overdue, protection that ends.

Each registration is looked at in a transaction of its own; what was announced or escalated is kept with it, so that
nothing is said twice, however many workers look.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from app.database import Database, Transaction, database
from app.database.failures import is_unreachable
from app.deals.fields import change
from app.deals.stalling import days_in_stage
from app.events import NewEvent, append, facts, wake
from app.identity.system_viewer import SYSTEM_VIEWER
from app.jobs import jobs
from app.registrations import rules
from app.registrations.conditions import holds
from app.registrations.eligibility import facts as facts_for_conditions
from app.registrations.recording import Taken, record
from app.registrations.stored import StoredRegistration, locked
from app.vocabulary import EventType, OpportunityStatus, RegistrationStatus, RegistrationStepKind

log = structlog.get_logger(__name__)

LOOK = "look_after_registrations"
AT_ONCE = 200
NO_PROGRESS = "The deal did not move on as the policy asks."
_DUE = f"""
SELECT r.id FROM deal_registration r JOIN registration_policy p ON p.id = r.policy_id
LEFT JOIN opportunity o ON o.id = r.opportunity_id
WHERE r.id > $2 AND (
  r.status IN ('SUBMITTED', 'IN_REVIEW')
    AND (r.review_due_at IS NULL OR r.review_due_at < $1 AND r.escalated_at IS NULL)
  OR r.status = 'APPROVED' AND coalesce(o.status, 'OPEN') <> 'WON' AND (
    r.protected_until <= $1
    OR coalesce(o.status, 'OPEN') = 'OPEN' AND (p.progress IS NOT NULL
      OR EXISTS (SELECT FROM unnest(p.remind_days_before) d
        WHERE r.protected_until <= $1 + make_interval(days => d) AND NOT d = ANY (r.reminded)))))
ORDER BY r.id LIMIT {AT_ONCE}
"""  # noqa: S608 (constants)
_DEAL = """
SELECT o.status, s.key AS stage, o.entered_stage_at,
  ARRAY(SELECT DISTINCT x.key FROM stage_transition t JOIN stage x ON x.id = t.to_stage_id
    WHERE t.opportunity_id = o.id) AS reached
FROM opportunity o JOIN stage s ON s.id = o.stage_id WHERE o.id = $1
"""
NOTHING = UUID(int=0)


async def look_after(source: Database, at: datetime) -> int:
    """How many registrations were looked at."""
    seen, last = 0, NOTHING
    while rows := await source.fetch(_DUE, at, last):
        for row in rows:
            last = row["id"]
            seen += 1
            await _one(source, last, at)
        if len(rows) < AT_ONCE:
            break
    return seen


async def _one(source: Database, id: UUID, at: datetime) -> None:
    """One that can't be looked after doesn't keep the others waiting; it is logged, and tried again."""
    try:
        async with source.transaction() as tx:
            found = await locked(tx, SYSTEM_VIEWER, id, None)
            if isinstance(found, StoredRegistration):
                await _look(tx, found, at)
        wake()
    except Exception as failure:
        if is_unreachable(failure):
            raise
        log.exception("registrations.upkeep_failed", registration=str(id))


async def _look(tx: Transaction, found: StoredRegistration, at: datetime) -> None:
    if found.status in rules.UNDECIDED:
        await _review(tx, found, at)
    elif found.status is RegistrationStatus.APPROVED and found.protected_until is not None:
        await _protection(tx, found, found.protected_until, at)


async def _review(tx: Transaction, found: StoredRegistration, at: datetime) -> None:
    due = found.row["review_due_at"]
    if due is None:  # it came back to review by a change of its deal
        began = found.row["updated_at"]
        due = found.policy.due(began, found.row["region"])
        await change(tx, "deal_registration", found.id, {"review_due_at": due})
    if due >= at or found.row["escalated_at"] is not None:
        return
    await change(tx, "deal_registration", found.id, {"escalated_at": at})
    await append(tx, _event(EventType.REGISTRATION_REVIEW_OVERDUE, found))


async def _protection(tx: Transaction, found: StoredRegistration, until: datetime, at: datetime) -> None:
    deal = await tx.fetchrow(_DEAL, found.opportunity_id) if found.opportunity_id else None
    status = OpportunityStatus(deal["status"]) if deal else OpportunityStatus.OPEN
    if status is OpportunityStatus.WON:
        return
    if until <= at:
        await _expire(tx, found, None, at)
        return
    if found.policy.progress is not None and deal is not None and status is OpportunityStatus.OPEN:
        moved = {
            "stage": deal["stage"],
            "status": deal["status"],
            "daysInStage": days_in_stage(deal["entered_stage_at"], at),
            "reached": list(deal["reached"]),
        }
        if not holds(found.policy.progress, facts_for_conditions(found, at, moved)):
            await _expire(tx, found, NO_PROGRESS, at)
            return
    if status is OpportunityStatus.OPEN:
        await _remind(tx, found, until, at)


async def _expire(tx: Transaction, found: StoredRegistration, reason: str | None, at: datetime) -> None:
    status = rules.decide(found.state(), RegistrationStepKind.EXPIRE, rules.Actor(is_system=True))
    assert isinstance(status, RegistrationStatus), "it is approved"
    values = {"protected_until": at} if reason else {}
    taken = Taken(
        RegistrationStepKind.EXPIRE, status, values={**values, "reason": reason}, reason=reason, automatic=True
    )
    await record(tx, None, found, taken, at)


async def _remind(tx: Transaction, found: StoredRegistration, until: datetime, at: datetime) -> None:
    """Of several announcements that are due at once, as after a standstill, the last is made."""
    said = set(found.row["reminded"])
    due = [days for days in found.policy.remind_days_before if until - at <= timedelta(days=days)]
    if not set(due) - said:
        return
    await change(tx, "deal_registration", found.id, {"reminded": sorted({*said, *due})})
    left = max(0, -((at - until) // timedelta(days=1)))
    await append(tx, _event(EventType.REGISTRATION_EXPIRING, found, daysLeft=left))


def _event(type_: EventType, found: StoredRegistration, **more: object) -> NewEvent:
    return facts.registration_step(
        type_, found.id, status=found.status, partner_id=found.partner_id, actor_id=None, **more
    )


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name=LOOK, queueing_lock=LOOK, lock=LOOK)
async def every_few_minutes(timestamp: int) -> None:  # noqa: ARG001 # it may have waited
    await look_after(database(), datetime.now(UTC))
