"""Moving a deal to another stage: read, decide, write in one statement."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import asyncpg

from app.database import Transaction, database, transaction
from app.deals import messages, rules
from app.deals.close_reasons import close_reasons
from app.deals.confirming import actor_of, standing_of
from app.deals.editing import READ_ONLY
from app.deals.former_marks import ask_anew, asked_anew
from app.deals.former_times import time_problem
from app.deals.moves import record
from app.deals.settling import settle
from app.deals.store import StoredDeal, deal
from app.events import wake
from app.events.log import Reader
from app.idempotency import Claim, first_answer, insertion, is_repeated
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, UserError, refused
from app.vocabulary import ConfirmedBy, ErrorCode, Permission, TransitionKind

LONGEST_REASON = 2_000
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Advanced:
    opportunity_id: UUID
    transition_id: UUID


@dataclass(frozen=True, slots=True)
class Blocked(Refused):
    """Not this way, for a deal that the viewer sees; `blockers` is all of the stages' rules that stands in the way,
    `permissions` what the viewer may do about it."""

    opportunity_id: UUID
    blockers: tuple[rules.Blocker, ...]
    permissions: frozenset[Permission] = frozenset()


async def advance(
    viewer: Viewer,
    opportunity_id: UUID,
    to_stage_key: str,
    *,
    expected_version: int | None = None,
    reason: str | None = None,
    close_reason_key: str | None = None,
    override: bool = False,
    moved_at: datetime | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
    claim: Claim | None = None,
) -> Advanced | Refused:
    """Move the deal, if its playbook and the viewer's rights allow it. `moved_at`: when it really moved, if not now;
    what blocks it is what blocks it now. `close_reason_key`: of the playbook's close reasons, whose words are the
    `reason` where none is given.

    Without an expected version, a deal that somebody else moved meanwhile is read and decided on again; the fifth time
    in a row is a `CONFLICT`. With a `claim` (and no `tx`), a move that was made before is answered as it was then; only
    what isn't a new move pays a statement to find out.
    """
    asked = _Asked(
        viewer, opportunity_id, to_stage_key, expected_version, reason, close_reason_key, override, moved_at, at, claim
    )
    answer = await _advance(asked, tx)
    if claim is None or isinstance(answer, Advanced):
        return answer
    before: Advanced | Refused | None = await first_answer(database(), claim)
    return before or answer


@dataclass(frozen=True, slots=True)
class _Asked:
    viewer: Viewer
    opportunity_id: UUID
    to_stage_key: str
    expected_version: int | None
    reason: str | None
    close_reason_key: str | None
    override: bool
    moved_at: datetime | None
    at: datetime | None
    claim: Claim | None


async def _advance(asked: _Asked, tx: Transaction | None) -> Advanced | Refused:
    for _ in range(ATTEMPTS):
        try:
            answer = await _attempt(asked, tx)
        except asyncpg.UniqueViolationError as error:
            if not is_repeated(error):
                raise
            return refused(ErrorCode.CONFLICT, "This change was made before.", "clientMutationId")
        if answer is not None:
            if tx is None and isinstance(answer, Advanced):
                wake()
            return answer
        if asked.expected_version is not None:
            break
    message = "The deal changed meanwhile; read it again and retry."
    return _unmoved(asked.opportunity_id, ErrorCode.CONFLICT, message, "expectedVersion")


async def _attempt(asked: _Asked, tx: Transaction | None) -> Advanced | Refused | None:
    """None when somebody else was faster."""
    viewer, db = asked.viewer, tx or database()
    found = await deal(db, viewer, asked.opportunity_id, lock=tx is not None)
    if found is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such deal.", "opportunityId")
    if not found.may_edit:
        return _unmoved(found.id, ErrorCode.FORBIDDEN, READ_ONLY, "opportunityId")
    # Never before the move that brought it there, however far another server's clock is ahead.
    when = asked.at or max(datetime.now(UTC), found.entered_stage_at)
    if asked.expected_version not in (None, found.version):
        stage = found.play.spoken(viewer.language).stage(found.stage.id)
        message = messages.moved_on(found.version, stage.text, viewer.language)
        return _unmoved(found.id, ErrorCode.CONFLICT, message, "expectedVersion")
    target, faults = _target(asked, found), _faults(asked)
    if asked.moved_at is not None:
        faults.note(await _past_problem(db, asked, found, asked.moved_at, when))
    words = asked.reason
    if asked.close_reason_key is not None and not isinstance(target, Refused):
        label = await _close_reason(db, found, target, asked.close_reason_key)
        faults.note(label)
        words = words or (None if isinstance(label, Refused) else label)
    if isinstance(target, Refused) or faults:
        faults.note(target)
        return Blocked(faults.refused().errors, found.id, ())
    await settle((found,), when)
    moved_at = asked.moved_at or when
    decision = rules.decide(
        found.as_deal(when),
        found.play.spoken(viewer.language).stages,
        target,
        actor_of(viewer),
        reason=words,
        override=asked.override,
        at=moved_at,
        entered_stage_at=found.entered_stage_at,
        close_reason_key=asked.close_reason_key,
    )
    if isinstance(decision, rules.Refusal):
        error = UserError(decision.code, decision.message, decision.path)
        return Blocked((error,), found.id, decision.blockers, viewer.permissions)
    # Who marks a criterion counts up the deal's version, so none is added meanwhile.
    ended = asked_anew(found, target, viewer) if decision.kind is TransitionKind.BACK else ()
    if ended and tx is None:
        async with transaction() as own:  # more than one statement
            return await _attempt(asked, own)
    made = Advanced(found.id, new_id())
    kept = [partial(insertion, asked.claim, made)] if asked.claim else []
    moved = await record(
        db, found, decision, viewer.user_id, moved_at, transition_id=made.transition_id, now=when, alongside=kept
    )
    if moved and tx is not None and ended:
        await ask_anew(tx, found, ended, moved, viewer, when)
    return made if moved else None


async def _close_reason(db: Reader, found: StoredDeal, target: rules.Stage, key: str) -> str | Refused:
    """Its words."""
    playbook = found.row["playbook_id"]
    known = (await close_reasons(db, [playbook])).get(playbook, [])
    fitting = {one["key"]: one["label"] for one in known if one["outcome"] == target.kind.value}
    if key in fitting:
        return fitting[key]
    listed = ", ".join(sorted(fitting)) or "none"
    message = f"Close reasons of the playbook for the stage “{target.key}” are: {listed}."
    return refused(ErrorCode.INVALID, message, "closeReasonKey")


def _target(asked: _Asked, found: StoredDeal) -> rules.Stage | Refused:
    target = found.play.spoken(asked.viewer.language).stage_by_key(asked.to_stage_key)
    if target is None:
        known = ", ".join(stage.key for stage in found.play.stages)
        message = f"The playbook has no stage “{asked.to_stage_key[:80]}”; it has {known}."
        return refused(ErrorCode.INVALID, message, "toStageKey")
    return target


def _faults(asked: _Asked) -> Faults:
    """Of the form, whatever the rules say of the move."""
    faults, reason = Faults(), asked.reason
    if reason is not None and (len(reason) > LONGEST_REASON or "\0" in reason):
        message = f"A reason is text of at most {LONGEST_REASON} characters."
        faults.note(refused(ErrorCode.INVALID, message, "reason"))
    return faults


async def _past_problem(
    db: Reader, asked: _Asked, found: StoredDeal, moved_at: datetime, now: datetime
) -> Refused | None:
    """Why the deal can't have moved then."""
    if standing_of(asked.viewer) is not ConfirmedBy.VENDOR:
        message = "When a deal really moved is for the vendor to say: leave `at` out, or ask your channel manager."
        return refused(ErrorCode.FORBIDDEN, message, "at")
    if moved_at > now:
        return refused(ErrorCode.INVALID, "A deal can't have moved in the future: leave `at` out.", "at")
    if moved_at < found.entered_stage_at:
        since = found.entered_stage_at.isoformat(timespec="seconds")
        message = f"The deal came to its stage at {since} and can't have left it before."
        return refused(ErrorCode.INVALID, message, "at")
    return await time_problem(db, found.id, moved_at, "at")


def _unmoved(opportunity_id: UUID, code: ErrorCode, message: str, *path: str) -> Blocked:
    return Blocked((UserError(code, message, path),), opportunity_id, ())
