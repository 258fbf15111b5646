"""The stage machine: which moves a deal may make, what blocks them, and what a move amounts to.

Everything here decides from plain data; the time is an argument and nothing is read or written.

| kind    | from → to                          | reason | what may block it                                         |
|---------|------------------------------------|--------|-----------------------------------------------------------|
| FORWARD | open → the next open stage         | no     | exit criteria and activities here, entry criteria there   |
| SKIP    | open → a later open stage          | yes    | the same, and the exit criteria of every skipped stage    |
| BACK    | open → an earlier open stage       | yes    | nothing                                                   |
| WON     | open → won                         | no     | as SKIP, over all remaining stages; not in the last stage |
| LOST    | open → lost                        | yes    | nothing                                                   |
| REOPEN  | closed → open                      | yes    | the right to reopen                                       |

Only required criteria and required activities block. An override lifts those, and the rule that a deal is won from
the last open stage; it lifts nothing else, and needs a reason.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.deals import messages
from app.vocabulary import (
    BlockerCode,
    ConfirmedBy,
    CriterionCheck,
    ErrorCode,
    OpportunityStatus,
    StageKind,
    TransitionKind,
)
from catalogues import Text

NEEDS_REASON = frozenset({TransitionKind.SKIP, TransitionKind.BACK, TransitionKind.LOST, TransitionKind.REOPEN})
LIFTED_BY_OVERRIDE = frozenset(
    {
        BlockerCode.EXIT_CRITERION_UNMET,
        BlockerCode.ENTRY_CRITERION_UNMET,
        BlockerCode.ACTIVITY_OPEN,
        BlockerCode.NOT_LAST_OPEN_STAGE,
    }
)
_RANKS = {who: rank for rank, who in enumerate(ConfirmedBy)}
NATURE = {
    StageKind.OPEN: TransitionKind.FORWARD,
    StageKind.WON: TransitionKind.WON,
    StageKind.LOST: TransitionKind.LOST,
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """`locks`: fields that those who couldn't confirm it may not change while it is confirmed, in the API's words."""

    id: UUID
    key: str
    description: str
    required: bool = True
    check: CriterionCheck = CriterionCheck.MANUAL
    expression: str | None = None
    language: str = "en"
    confirmed_by: ConfirmedBy = ConfirmedBy.ANYONE_ON_DEAL
    locks: tuple[str, ...] = ()

    @property
    def text(self) -> Text:
        return Text(self.description, self.language)


@dataclass(frozen=True, slots=True)
class Activity:
    id: UUID
    key: str
    name: str
    required: bool = False
    language: str = "en"
    confirmed_by: ConfirmedBy = ConfirmedBy.ANYONE_ON_DEAL

    @property
    def text(self) -> Text:
        return Text(self.name, self.language)


@dataclass(frozen=True, slots=True)
class Stage:
    id: UUID
    key: str
    name: str
    kind: StageKind
    position: int
    auto_advance: bool = False
    entry: tuple[Criterion, ...] = ()
    exit: tuple[Criterion, ...] = ()
    activities: tuple[Activity, ...] = ()
    language: str = "en"
    """That its name is in, as with criteria and activities."""

    @property
    def text(self) -> Text:
        return Text(self.name, self.language)


@dataclass(frozen=True, slots=True)
class Deal:
    """`met`: ids of the criteria that hold, marked or computed. `done`: ids of activities completed or skipped."""

    status: OpportunityStatus
    stage_id: UUID
    met: Container[UUID] = frozenset()
    done: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    may_advance: bool
    may_override: bool
    may_reopen: bool
    language: str = "en"
    """That messages are for, as a BCP 47 tag."""
    standing: ConfirmedBy = ConfirmedBy.ANYONE_ON_DEAL


@dataclass(frozen=True, slots=True)
class Blocker:
    """`condition`: of the criterion, where the deal's own fields decide. `awaits`: who has to confirm it, where that is
    not for the actor to do."""

    code: BlockerCode
    message: str
    criterion_id: UUID | None = None
    activity_id: UUID | None = None
    condition: str | None = None
    awaits: ConfirmedBy | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a move to `stage` would be. `allowed`: it succeeds without an override, given a reason if one is required.

    `kind` is the stage's own nature where there is no move: for the stage the deal is in, and between closed stages.
    `overridable`: something blocks it, and this actor may lift all of it by an override.
    """

    stage: Stage
    kind: TransitionKind
    allowed: bool
    blockers: tuple[Blocker, ...]
    requires_reason: bool
    overridable: bool


@dataclass(frozen=True, slots=True)
class Move:
    """A move decided on, with the deal's new state. `overridden` only when an override lifted something."""

    kind: TransitionKind
    from_stage: Stage
    to_stage: Stage
    reason: str | None
    overridden: bool
    status: OpportunityStatus
    closed_at: datetime | None
    close_reason: str | None
    seconds_in_previous_stage: int
    close_reason_key: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    code: ErrorCode
    blockers: tuple[Blocker, ...]
    message: str
    path: tuple[str, ...]


def may_confirm(standing: ConfirmedBy, needed: ConfirmedBy) -> bool:
    return _RANKS[standing] >= _RANKS[needed]


def in_order(stages: Sequence[Stage]) -> list[Stage]:
    """Open stages by position, then the closed ones by position."""
    return sorted(stages, key=lambda stage: (stage.kind is not StageKind.OPEN, stage.position))


def kind_of(deal: Deal, current: Stage, target: Stage, stages: Sequence[Stage]) -> TransitionKind | None:
    """None where there is no move: to the stage the deal is in, and from one closed stage to another."""
    if target.id == current.id:
        return None
    if deal.status is not OpportunityStatus.OPEN:
        return TransitionKind.REOPEN if target.kind is StageKind.OPEN else None
    if target.kind is not StageKind.OPEN:
        return NATURE[target.kind]
    order = [stage.id for stage in in_order(stages)]
    distance = order.index(target.id) - order.index(current.id)
    if distance < 0:
        return TransitionKind.BACK
    return TransitionKind.FORWARD if distance == 1 else TransitionKind.SKIP


def transitions(
    deal: Deal, stages: Sequence[Stage], actor: Actor, targets: Sequence[Stage] | None = None
) -> list[Allowed]:
    """Every stage of the playbook in order, or only `targets`, each with all that blocks the move to it at once."""
    ordered = in_order(stages)
    current = _stage(ordered, deal.stage_id)
    return [_allowed(deal, current, target, ordered, actor) for target in (ordered if targets is None else targets)]


def decide(
    deal: Deal,
    stages: Sequence[Stage],
    target: Stage,
    actor: Actor,
    *,
    reason: str | None,
    override: bool,
    at: datetime,
    entered_stage_at: datetime,
    close_reason_key: str | None = None,
) -> Move | Refusal:
    """The move to `target`, or why not. A missing permission outweighs other blockers, and any blocker outweighs a
    missing reason. `stages` hold both the deal's stage and `target`."""
    ordered = in_order(stages)
    current = _stage(ordered, deal.stage_id)
    kind = kind_of(deal, current, target, ordered)
    found = tuple(_blockers(deal, current, target, ordered, actor))
    lifts = override and actor.may_override
    remaining = tuple(blocker for blocker in found if not (lifts and blocker.code in LIFTED_BY_OVERRIDE))
    if override and not actor.may_override:
        denied = _permission(messages.may_not_override(actor.language))
        return Refusal(ErrorCode.FORBIDDEN, (denied, *remaining), denied.message, ("override",))
    if kind is None or remaining:
        return _refusal(remaining, target, actor.language)
    reason = (reason or "").strip() or None
    overridden = len(remaining) < len(found)
    if reason is None and kind in NEEDS_REASON:
        return Refusal(ErrorCode.INVALID, (), messages.reason_needed(kind, target.text, actor.language), ("reason",))
    if reason is None and overridden:
        message = messages.override_needs_reason(target.text, actor.language)
        return Refusal(ErrorCode.INVALID, (), message, ("reason",))
    closes = target.kind is not StageKind.OPEN
    return Move(
        kind=kind,
        from_stage=current,
        to_stage=target,
        reason=reason,
        overridden=overridden,
        status=OpportunityStatus(target.kind.value),
        closed_at=at if closes else None,
        close_reason=reason if closes else None,
        seconds_in_previous_stage=max(0, int((at - entered_stage_at).total_seconds())),
        close_reason_key=close_reason_key if closes else None,
    )


def auto_advance(deal: Deal, stages: Sequence[Stage]) -> Stage | None:
    """The stage that nothing keeps the deal from entering by itself: the next open one, if the current stage is flagged
    for it and has at least one required exit criterion, and nothing blocks the move. Never a closed stage. Whether a
    change makes it do so: `app.deals.automatic`."""
    ordered = in_order(stages)
    current = _stage(ordered, deal.stage_id)
    if not current.auto_advance or not any(criterion.required for criterion in current.exit):
        return None
    anyone = Actor(may_advance=True, may_override=False, may_reopen=False)
    for target in ordered:
        if kind_of(deal, current, target, ordered) is TransitionKind.FORWARD:
            return None if any(_blockers(deal, current, target, ordered, anyone)) else target
    return None


def asked_anew(stages: Sequence[Stage], target: Stage) -> Iterator[Criterion]:
    """What people are asked once more of a deal that is sent back to `target`: the manual criteria for leaving it, and
    those of every stage after it. `target` may be in another language than `stages`."""
    ordered = in_order(stages)
    start = [stage.id for stage in ordered].index(target.id)
    for stage in ordered[start:]:
        for criterion in (*(() if stage.id == target.id else stage.entry), *stage.exit):
            if criterion.check is CriterionCheck.MANUAL:
                yield criterion


def _stage(stages: Sequence[Stage], id: UUID) -> Stage:
    return {stage.id: stage for stage in stages}[id]


def _allowed(deal: Deal, current: Stage, target: Stage, ordered: Sequence[Stage], actor: Actor) -> Allowed:
    kind = kind_of(deal, current, target, ordered)
    blockers = tuple(_blockers(deal, current, target, ordered, actor))
    liftable = bool(blockers) and all(blocker.code in LIFTED_BY_OVERRIDE for blocker in blockers)
    overridable = liftable and actor.may_override
    return Allowed(
        stage=target,
        kind=kind or NATURE[target.kind],
        allowed=not blockers,
        blockers=blockers,
        requires_reason=kind in NEEDS_REASON or overridable,
        overridable=overridable,
    )


def _blockers(deal: Deal, current: Stage, target: Stage, ordered: Sequence[Stage], actor: Actor) -> Iterator[Blocker]:
    kind = kind_of(deal, current, target, ordered)
    if not actor.may_advance:
        yield _permission(messages.may_not_move(actor.language))
    elif kind is TransitionKind.REOPEN and not actor.may_reopen:
        yield _permission(messages.may_not_reopen(actor.language))
    if target.id == current.id:
        yield Blocker(BlockerCode.SAME_STAGE, messages.already_there(current.text, actor.language))
    elif kind is None:
        yield Blocker(BlockerCode.OPPORTUNITY_CLOSED, messages.closed(current.text, actor.language))
    if kind in (TransitionKind.FORWARD, TransitionKind.SKIP, TransitionKind.WON):
        yield from _onward(deal, current, target, ordered, actor)


def _onward(deal: Deal, current: Stage, target: Stage, ordered: Sequence[Stage], actor: Actor) -> Iterator[Blocker]:
    """What keeps an open deal from a stage further on: not being in the last open stage when it is to be won, unmet
    exit criteria of every open stage it would leave, open activities of the current one, unmet entry criteria."""
    language = actor.language
    open_stages = [stage for stage in ordered if stage.kind is StageKind.OPEN]
    start = open_stages.index(current)
    end = open_stages.index(target) if target.kind is StageKind.OPEN else len(open_stages)
    last = open_stages[-1]
    if target.kind is StageKind.WON and current is not last:
        yield Blocker(BlockerCode.NOT_LAST_OPEN_STAGE, messages.not_last(last.text, current.text, language))
    for stage in open_stages[start:end]:
        for criterion in _unmet(stage.exit, deal):
            awaits = _awaits(criterion, actor)
            message = messages.before_leaving(stage.text, criterion.text, language, awaits)
            yield _criterion(BlockerCode.EXIT_CRITERION_UNMET, message, criterion, awaits)
    for activity in current.activities:
        if activity.required and activity.id not in deal.done:
            awaits = _awaits(activity, actor)
            message = messages.still_to_do(current.text, activity.text, language, awaits)
            yield Blocker(BlockerCode.ACTIVITY_OPEN, message, activity_id=activity.id, awaits=awaits)
    for criterion in _unmet(target.entry, deal):
        awaits = _awaits(criterion, actor)
        message = messages.before_entering(target.text, criterion.text, language, awaits)
        yield _criterion(BlockerCode.ENTRY_CRITERION_UNMET, message, criterion, awaits)


def _awaits(asked: Criterion | Activity, actor: Actor) -> ConfirmedBy | None:
    return None if may_confirm(actor.standing, asked.confirmed_by) else asked.confirmed_by


def _criterion(code: BlockerCode, message: str, criterion: Criterion, awaits: ConfirmedBy | None) -> Blocker:
    return Blocker(code, message, criterion.id, condition=criterion.expression, awaits=awaits)


def _unmet(criteria: Sequence[Criterion], deal: Deal) -> Iterator[Criterion]:
    return (criterion for criterion in criteria if criterion.required and criterion.id not in deal.met)


def _permission(message: str) -> Blocker:
    return Blocker(BlockerCode.PERMISSION_REQUIRED, message)


def _refusal(blockers: tuple[Blocker, ...], target: Stage, language: str) -> Refusal:
    denied = next((blocker for blocker in blockers if blocker.code is BlockerCode.PERMISSION_REQUIRED), None)
    if denied is not None:
        return Refusal(ErrorCode.FORBIDDEN, blockers, denied.message, ("toStageKey",))
    if len(blockers) == 1:
        return Refusal(ErrorCode.BLOCKED, blockers, blockers[0].message, ("toStageKey",))
    message = messages.things_in_the_way(len(blockers), target.text, language)
    return Refusal(ErrorCode.BLOCKED, blockers, message, ("toStageKey",))
