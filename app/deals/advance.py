"""Moving a deal to another stage: read, decide, write in one statement."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import asyncpg

from app.database import Transaction, database, transaction
from app.deals import messages, rules
from app.deals.former_marks import ask_anew
from app.deals.moves import record
from app.deals.settling import settle
from app.deals.store import actor_of, deal
from app.events import wake
from app.idempotency import Claim, first_answer, insertion, is_repeated
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Refused, UserError, refused
from app.vocabulary import ErrorCode, TransitionKind

LONGEST_REASON = 2_000
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Advanced:
    opportunity_id: UUID
    transition_id: UUID


@dataclass(frozen=True, slots=True)
class Blocked(Refused):
    """Not this way, for a deal that the viewer sees; `blockers` is all of the stages' rules that stands in the way."""

    opportunity_id: UUID
    blockers: tuple[rules.Blocker, ...]


async def advance(
    viewer: Viewer,
    opportunity_id: UUID,
    to_stage_key: str,
    *,
    expected_version: int | None = None,
    reason: str | None = None,
    override: bool = False,
    at: datetime | None = None,
    tx: Transaction | None = None,
    claim: Claim | None = None,
) -> Advanced | Refused:
    """Move the deal, if its playbook and the viewer's rights allow it.

    Without an expected version, a deal that somebody else moved meanwhile is read and decided on again; the fifth time
    in a row is a `CONFLICT`. With a `claim` (and no `tx`), a move that was made before is answered as it was then; only
    what isn't a new move pays a statement to find out.
    """
    answer = await _advance(viewer, opportunity_id, to_stage_key, expected_version, reason, override, at, tx, claim)
    if claim is None or isinstance(answer, Advanced):
        return answer
    before: Advanced | Refused | None = await first_answer(database(), claim)
    return before or answer


async def _advance(
    viewer: Viewer,
    opportunity_id: UUID,
    to_stage_key: str,
    expected_version: int | None,
    reason: str | None,
    override: bool,
    at: datetime | None,
    tx: Transaction | None,
    claim: Claim | None,
) -> Advanced | Refused:
    if reason is not None and (len(reason) > LONGEST_REASON or "\0" in reason):
        return refused(ErrorCode.INVALID, f"A reason is text of at most {LONGEST_REASON} characters.", "reason")
    for _ in range(ATTEMPTS):
        try:
            answer = await _attempt(
                viewer, opportunity_id, to_stage_key, expected_version, reason, override, at, tx, claim
            )
        except asyncpg.UniqueViolationError as error:
            if not is_repeated(error):
                raise
            return refused(ErrorCode.CONFLICT, "This change was made before.", "clientMutationId")
        if answer is not None:
            if tx is None and isinstance(answer, Advanced):
                wake()
            return answer
        if expected_version is not None:
            break
    return refused(ErrorCode.CONFLICT, "The deal changed meanwhile; read it again and retry.", "expectedVersion")


async def _attempt(
    viewer: Viewer,
    opportunity_id: UUID,
    to_stage_key: str,
    expected_version: int | None,
    reason: str | None,
    override: bool,
    at: datetime | None,
    tx: Transaction | None,
    claim: Claim | None,
) -> Advanced | Refused | None:
    """None when somebody else was faster."""
    db = tx or database()
    found = await deal(db, viewer, opportunity_id, lock=tx is not None)
    if found is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such deal.", "opportunityId")
    play = found.play.spoken(viewer.language)
    if expected_version is not None and expected_version != found.version:
        message = messages.moved_on(found.version, play.stage(found.stage.id).text, viewer.language)
        return _unmoved(found.id, ErrorCode.CONFLICT, message, "expectedVersion")
    target = play.stage_by_key(to_stage_key)
    if target is None:
        known = ", ".join(stage.key for stage in found.play.stages)
        message = f"The playbook has no stage “{to_stage_key[:80]}”; it has {known}."
        return _unmoved(found.id, ErrorCode.INVALID, message, "toStageKey")
    when = at or datetime.now(UTC)
    await settle((found,), when)
    decision = rules.decide(
        found.as_deal(when),
        play.stages,
        target,
        actor_of(viewer),
        reason=reason,
        override=override,
        at=when,
        entered_stage_at=found.entered_stage_at,
    )
    if isinstance(decision, rules.Move) and decision.kind is TransitionKind.BACK and tx is None:
        async with transaction() as own:  # it ends marks as well: more than one statement
            return await _attempt(
                viewer, opportunity_id, to_stage_key, expected_version, reason, override, at, own, claim
            )
    if isinstance(decision, rules.Refusal):
        error = UserError(decision.code, decision.message, decision.path)
        return Blocked((error,), opportunity_id, decision.blockers)
    made = Advanced(opportunity_id, new_id())
    kept = [partial(insertion, claim, made)] if claim else []
    moved = await record(db, found, decision, viewer.user_id, when, transition_id=made.transition_id, alongside=kept)
    if moved and tx is not None and decision.kind is TransitionKind.BACK:
        await ask_anew(tx, found, decision.to_stage, moved, viewer, when)
    return made if moved else None


def _unmoved(opportunity_id: UUID, code: ErrorCode, message: str, *path: str) -> Blocked:
    return Blocked((UserError(code, message, path),), opportunity_id, ())
