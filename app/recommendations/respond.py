"""Responses to an action: accepted, dismissed, snoozed, or completed.

Completing an action that stands for a criterion, an activity or a task marks it, one that asks a question records the
answer, and one that stands for a move makes it, in the same transaction; if that is refused, the action stays as it
was. What an action asks to be recorded has to be there: nobody's word stands for an answer or a date that the deal
doesn't have.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.database import Transaction, database
from app.database.rls import as_viewer, seen
from app.database.sql import Slot, Statement, all_of, sql
from app.deals.account_locks import hold_customer
from app.deals.advance import Advanced, advance
from app.deals.editing import READ_ONLY, Changed, within
from app.deals.ends_of_tasks import complete_own_task
from app.deals.fields import text_problem
from app.deals.filling_in import FillIn, amount_missing, answer_missing, close_date_missing, filling_in
from app.deals.marks import complete_activity, mark_criterion
from app.deals.settling import settle
from app.deals.store import deal
from app.deals.update import update
from app.events import append
from app.events.facts import action_answered
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.nouns.participation import edits
from app.outcomes import Refused, UserError, outdated, refused
from app.recommendations.accepted_tasks import follow_answer
from app.recommendations.facts import gather
from app.recommendations.serve import advice, keep, renew
from app.recommendations.store import lock
from app.vocabulary import (
    ActionResponse,
    ActionStatus,
    CriterionCheck,
    EnrichmentState,
    ErrorCode,
    OpportunityStatus,
    Permission,
)
from catalogues import Text
from guidance.actions import ActionKind
from guidance.rules.amounts import repair_amount
from guidance.sleeping import wakes

LONGEST_REASON = 2_000
MOST_DAYS = 366
"""For which an action may be put off."""
MOVES = frozenset({ActionKind.ADVANCE_STAGE, ActionKind.CLOSE_LOST})
BECOMES = {
    ActionResponse.ACCEPT: ActionStatus.ACCEPTED,
    ActionResponse.DISMISS: ActionStatus.DISMISSED,
    ActionResponse.COMPLETE: ActionStatus.COMPLETED,
    ActionResponse.SNOOZE: ActionStatus.SNOOZED,
}
ID = Slot("action_id")

_ANSWER = """
WITH said AS (
  SELECT $1::uuid AS id, $2::text AS status, $3::text AS response, $4::timestamptz AS at, $5::uuid AS by,
    $6::text AS reason, $7::date AS until
), answered AS (
  UPDATE next_best_action n SET status = said.status, response = said.response, responded_at = said.at,
    responded_by_id = said.by, reason = said.reason, snoozed_until = said.until,
    shown_at = coalesce(n.shown_at, said.at),
    accepted_at = CASE WHEN said.response = 'ACCEPT' THEN said.at ELSE n.accepted_at END,
    ended_at = CASE WHEN said.response = 'ACCEPT' THEN NULL ELSE said.at END
  FROM said WHERE n.id = said.id RETURNING n.opportunity_id
)
UPDATE recommendation r SET fresh_until = CASE WHEN said.response = 'ACCEPT' THEN r.fresh_until ELSE said.at END
FROM answered, said WHERE r.opportunity_id = answered.opportunity_id RETURNING r.opportunity_id, r.enrichment
"""


@dataclass(frozen=True, slots=True)
class Responded:
    """`transition_id` when the deal moved because of it."""

    action_id: UUID
    opportunity_id: UUID
    transition_id: UUID | None = None


async def respond(
    viewer: Viewer,
    action_id: UUID,
    response: ActionResponse,
    *,
    reason: str | None = None,
    until: date | None = None,
    at: datetime | None = None,
) -> Responded | Refused:
    """Saying again what was said already changes nothing, but for another day. `until`: to which SNOOZE puts it off."""
    when, db = at or datetime.now(UTC), database()
    if problem := _problem(response, reason) or _day_problem(response, until, when.astimezone(UTC).date()):
        return problem
    known = await _action(db, viewer, action_id)
    if known is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such action.", "actionId")
    if not viewer.may(Permission.EDIT_OPPORTUNITY):
        return refused(ErrorCode.FORBIDDEN, "Your role may not respond to actions of this deal.")
    walled = seen() is not None
    if walled and _is_outdated(known):
        with as_viewer(None):  # what the rules rest on was learned from all partners
            await renew(db, [known["opportunity_id"]], when)
    async with within(None) as tx:
        if response is ActionResponse.COMPLETE and known["criterion_id"] is not None:
            await hold_customer(tx, known["opportunity_id"], known["criterion_id"])
        await lock(tx, [known["opportunity_id"]])
        if not walled:  # in this very transaction: a second connection of the same pool may never come
            await _bring_up_to_date(tx, viewer, action_id, when)
        found = await _action(tx, viewer, action_id)
        if found is None:
            return refused(ErrorCode.NOT_FOUND, "There is no such action.", "actionId")
        if not found["edits"]:
            return refused(ErrorCode.FORBIDDEN, READ_ONLY, "actionId")
        if (ActionStatus(found["status"]), found["snoozed_until"]) == (BECOMES[response], until):
            return Responded(action_id, found["opportunity_id"])
        if settled := _settled(found, response, when):
            return settled
        done = await _do(tx, viewer, found, reason, when) if response is ActionResponse.COMPLETE else None
        if isinstance(done, Refused):
            return done
        await _write(tx, viewer, action_id, response, reason, until, when)
        await follow_answer(tx, viewer, found["opportunity_id"], action_id, BECOMES[response], when)
        return Responded(action_id, found["opportunity_id"], done)


def _problem(response: ActionResponse, reason: str | None) -> Refused | None:
    if response is ActionResponse.DISMISS and not (reason or "").strip():
        return refused(ErrorCode.INVALID, "A reason is required to dismiss an action.", "reason")
    return text_problem(reason, LONGEST_REASON, "reason")


def _day_problem(response: ActionResponse, until: date | None, today: date) -> Refused | None:
    if response is not ActionResponse.SNOOZE:
        if until is None:
            return None
        return refused(ErrorCode.INVALID, "Only SNOOZE puts an action off until a day.", "until")
    if until is None:
        return refused(ErrorCode.INVALID, "Say until which day you put it off.", "until")
    if not today <= until <= today + timedelta(days=MOST_DAYS):
        latest = (today + timedelta(days=MOST_DAYS)).isoformat()
        message = f"Put it off to today or a day after it, {latest} at the latest; days are of UTC."
        return refused(ErrorCode.INVALID, message, "until")
    return None


async def _bring_up_to_date(tx: Transaction, viewer: Viewer, action_id: UUID, at: datetime) -> None:
    """So that nobody answers advice which a change of the deal has made void."""
    known = await _action(tx, viewer, action_id)
    if known and _is_outdated(known):
        gathered = await gather(tx, [known["opportunity_id"]], at)
        await keep(tx, gathered, {id: advice(one, at) for id, one in gathered.items()}, at)


def _is_outdated(known: Any) -> bool:
    return known["status"] in (ActionStatus.PROPOSED, ActionStatus.ACCEPTED) and not known["current"]


@lru_cache(maxsize=8)
def _statement(scope: VisibilityScope) -> Statement:
    return sql(
        "SELECT n.id, n.opportunity_id, n.kind, n.status, n.criterion_id, n.activity_id, n.target_stage_id,"
        " n.task_id, n.question_key, n.ended_at, n.snoozed_until, n.responded_at,"
        " o.status AS deal_status, {} AS edits, r.opportunity_version = o.version AS current"
        " FROM next_best_action n JOIN opportunity o ON o.id = n.opportunity_id"
        " LEFT JOIN recommendation r ON r.opportunity_id = o.id WHERE {}",
        edits(scope, sql("o")),
        all_of([sql("n.id = {}", ID), visible(scope, "next_best_action", "n")]),
    ).statement()


async def _action(db: Reader, viewer: Viewer, id: UUID) -> Any:
    statement = _statement(scope_of(viewer))
    return await db.fetchrow(statement.text, *statement.arguments({**slots_of(viewer), ID.name: id}))


def _settled(found: Any, response: ActionResponse, at: datetime) -> Refused | None:
    """Why there is nothing left to answer; None when there is. What sleeps may be put off to another day."""
    again = "read the deal's recommendations again."
    match ActionStatus(found["status"]):
        case ActionStatus.EXPIRED if found["deal_status"] != OpportunityStatus.OPEN:
            return outdated(found["id"], "The deal is closed, and its advice has expired.", "actionId")
        case ActionStatus.EXPIRED:
            return outdated(found["id"], f"The deal has moved on, and this applies no more; {again}", "actionId")
        case ActionStatus.DISMISSED:
            return outdated(found["id"], f"This was dismissed already; {again}", "actionId")
        case ActionStatus.COMPLETED:
            return outdated(found["id"], f"This was completed already; {again}", "actionId")
        case ActionStatus.SNOOZED if response is not ActionResponse.SNOOZE or _awake(found, at):
            message = f"This was put off and is proposed again on {found['snoozed_until']}; {again}"
            return outdated(found["id"], message, "actionId")
    return None


def _awake(found: Any, at: datetime) -> bool:
    return wakes(found["snoozed_until"], found["responded_at"]) <= at


async def _do(tx: Transaction, viewer: Viewer, found: Any, reason: str | None, at: datetime) -> UUID | Refused | None:
    """What the action stands for; the id of the transition, when the deal moved."""
    id = found["opportunity_id"]
    outcome: Changed | Advanced | Refused | None = None
    if found["criterion_id"]:
        outcome = await _mark(tx, viewer, id, found["criterion_id"], reason, at)
    elif found["activity_id"]:
        outcome = await complete_activity(viewer, id, found["activity_id"], note=reason, at=at, tx=tx)
    elif found["task_id"]:
        outcome = await _tick_off(tx, viewer, id, found["task_id"], at)
    elif found["question_key"]:
        outcome = await _record(tx, viewer, id, found["question_key"], reason, at)
    elif ActionKind(found["kind"]) is ActionKind.FIX_CLOSE_DATE:
        outcome = await _dated(tx, viewer, id, at)
    elif ActionKind(found["kind"]) is ActionKind.FIX_AMOUNT:
        outcome = await _valued(tx, viewer, id, at)
    elif ActionKind(found["kind"]) in MOVES and found["target_stage_id"]:
        stored = await deal(tx, viewer, id, lock=True)
        assert stored is not None
        key = stored.play.stage(found["target_stage_id"]).key
        outcome = await advance(viewer, id, key, reason=reason, at=at, tx=tx)
    if isinstance(outcome, Refused):
        return _at_the_action(outcome)
    return outcome.transition_id if outcome else None


async def _record(
    tx: Transaction, viewer: Viewer, id: UUID, question: str, answer: str | None, at: datetime
) -> Changed | Refused:
    if (answer or "").strip():
        return await update(viewer, id, {"qualification": [(question, answer)]}, at=at, tx=tx)
    stored = await deal(tx, viewer, id, lock=True)
    assert stored is not None
    known = stored.answers.get(question)
    if known is not None and known.answer.strip():
        return Changed(id)
    asked = next((one for one in stored.play.spoken(viewer.language).questions if one.key == question), None)
    label = Text(asked.label, asked.language) if asked else Text(question, stored.play.language)
    return answer_missing(label, viewer.language)


async def _tick_off(tx: Transaction, viewer: Viewer, id: UUID, task_id: UUID, at: datetime) -> Changed | Refused:
    stored = await deal(tx, viewer, id, lock=True)
    assert stored is not None
    return await complete_own_task(tx, viewer, task_id, at) or Changed(id)


async def _dated(tx: Transaction, viewer: Viewer, id: UUID, at: datetime) -> Changed | Refused:
    stored = await deal(tx, viewer, id, lock=True)
    assert stored is not None
    close = stored.close_date()
    if close is not None and close >= at.date():
        return Changed(id)
    return close_date_missing(close, viewer.language)


async def _valued(tx: Transaction, viewer: Viewer, id: UUID, at: datetime) -> Changed | Refused:
    """As the rules see it, to whom a placeholder is no amount."""
    one = (await gather(tx, [id], at))[id]
    if any(True for _ in repair_amount(one.facts, at)):
        return amount_missing(one.facts.deal.amount, viewer.language)
    return Changed(id)


async def _mark(
    tx: Transaction, viewer: Viewer, id: UUID, criterion_id: UUID, evidence: str | None, at: datetime
) -> Changed | Refused:
    stored = await deal(tx, viewer, id, lock=True)
    assert stored is not None
    criterion = stored.play.criteria.get(criterion_id)
    if criterion is None or criterion.check is CriterionCheck.MANUAL:
        return await mark_criterion(viewer, id, criterion_id, True, evidence=evidence, at=at, tx=tx)
    await settle((stored,), at)
    if criterion_id in stored.met(at):
        return Changed(stored.id)
    return filling_in(stored, stored.play.spoken(viewer.language).criteria[criterion_id], viewer.language, at)


def _at_the_action(refusal: Refused) -> Refused:
    """Paths lead into another mutation's input; here there are only the action and the reason. What is filled in
    elsewhere says where."""
    if isinstance(refusal, FillIn):
        return refusal
    return Refused(
        tuple(
            UserError(error.code, error.message, ("reason",) if error.path == ("reason",) else ("actionId",))
            for error in refusal.errors
        )
    )


async def _write(
    tx: Transaction,
    viewer: Viewer,
    id: UUID,
    response: ActionResponse,
    reason: str | None,
    until: date | None,
    at: datetime,
) -> None:
    """A final answer also lets the rules think again when they are asked next."""
    row = await tx.fetchrow(_ANSWER, id, BECOMES[response].value, response.value, at, viewer.user_id, reason, until)
    assert row is not None
    event = action_answered(
        row["opportunity_id"],
        action_id=id,
        response=response,
        enrichment=EnrichmentState(row["enrichment"]),
        actor_id=viewer.user_id,
    )
    await append(tx, event)
