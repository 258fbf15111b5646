"""The state of many deals' criteria, activities and questions at once. Statements: those of `store.deals`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.deals import rules
from app.deals.confirming import actor_of
from app.deals.settling import settle
from app.deals.store import Mark, StoredDeal, deals, stands
from app.events.log import Reader
from app.identity.viewer import Viewer
from app.vocabulary import ActivityStatus, CriteriaScope, StageKind


@dataclass(frozen=True, slots=True)
class EarlierWord:
    """Somebody's word on what the criterion asked before it was reworded; `wording` is what they confirmed."""

    wording: str
    at: datetime
    by_id: UUID | None
    evidence: str | None


@dataclass(frozen=True, slots=True)
class CriterionStateFact:
    """`met_at` and `met_by_id` only where a person marked it as met. `earlier`: where it is asked anew."""

    criterion_id: UUID
    met: bool
    met_at: datetime | None
    met_by_id: UUID | None
    evidence: str | None
    earlier: EarlierWord | None = None


@dataclass(frozen=True, slots=True)
class ActivityStateFact:
    activity_id: UUID
    status: ActivityStatus
    completed_at: datetime | None
    completed_by_id: UUID | None
    note: str | None


@dataclass(frozen=True, slots=True)
class QualificationFact:
    question_key: str
    label: str
    prompt: str
    answer: str | None
    answered_at: datetime | None
    answered_by_id: UUID | None


async def allowed_transitions(
    db: Reader, viewer: Viewer, ids: Sequence[UUID], at: datetime
) -> Mapping[UUID, list[rules.Allowed]]:
    found = await deals(db, viewer, ids)
    await settle(found.values(), at)
    actor = actor_of(viewer)
    return {
        id: rules.transitions(deal.as_deal(at), deal.play.spoken(viewer.language).stages, actor)
        for id, deal in found.items()
    }


async def criterion_states(
    db: Reader, viewer: Viewer, ids: Sequence[UUID], scope: CriteriaScope, at: datetime
) -> Mapping[UUID, list[CriterionStateFact]]:
    found = await deals(db, viewer, ids, kept=True)
    await settle(found.values(), at)
    return {id: _criteria(deal, scope, at) for id, deal in found.items()}


async def activity_states(
    db: Reader, viewer: Viewer, ids: Sequence[UUID], status: ActivityStatus | None
) -> Mapping[UUID, list[ActivityStateFact]]:
    """The activities of the deal's stage, done or not, then those of other stages that somebody has dealt with."""
    found = await deals(db, viewer, ids, kept=True)
    return {id: [state for state in _activities(deal) if status in (None, state.status)] for id, deal in found.items()}


async def qualification(db: Reader, viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, list[QualificationFact]]:
    """Every question of the playbook, answered or not, in order."""
    found = await deals(db, viewer, ids)
    return {id: _answers(deal, viewer.language) for id, deal in found.items()}


def criteria_in(deal: StoredDeal, scope: CriteriaScope) -> list[rules.Criterion]:
    stages = deal.play.stages
    if scope is CriteriaScope.EXIT_CURRENT:
        return list(deal.stage.exit)
    if scope is CriteriaScope.ALL:
        return [criterion for stage in stages for criterion in (*stage.entry, *stage.exit)]
    after = (s for s in stages if s.kind is StageKind.OPEN and s.position > deal.stage.position)
    coming = next(after, None) if deal.stage.kind is StageKind.OPEN else None
    return list(coming.entry) if coming else []


def _criteria(deal: StoredDeal, scope: CriteriaScope, at: datetime) -> list[CriterionStateFact]:
    met = deal.met(at)
    states = []
    for criterion in criteria_in(deal, scope):
        mark, earlier = _word_on(criterion, deal)
        by_hand = mark if mark and mark.met and criterion.expression is None else None
        states.append(
            CriterionStateFact(
                criterion_id=criterion.id,
                met=criterion.id in met,
                met_at=by_hand.marked_at if by_hand else None,
                met_by_id=by_hand.marked_by if by_hand else None,
                evidence=mark.evidence if mark else None,
                earlier=earlier,
            )
        )
    return states


def _word_on(criterion: rules.Criterion, deal: StoredDeal) -> tuple[Mark | None, EarlierWord | None]:
    """The mark that counts, or the one that did before the criterion was reworded."""
    mark = deal.marks.get(criterion.id)
    if mark is None or stands(mark, criterion):
        return mark, None
    if criterion.expression is not None or not mark.met or mark.wording is None:
        return None, None
    return None, EarlierWord(mark.wording, mark.marked_at, mark.marked_by, mark.evidence)


def _activities(deal: StoredDeal) -> list[ActivityStateFact]:
    here = [activity.id for activity in deal.stage.activities]
    others = [id for id in deal.play.activities if id in deal.activities and id not in set(here)]
    return [_activity(deal, id) for id in (*here, *others)]


def _activity(deal: StoredDeal, id: UUID) -> ActivityStateFact:
    record = deal.activities.get(id)
    if record is None or (record.status is not ActivityStatus.PENDING and not deal.is_done(id)):
        return ActivityStateFact(id, ActivityStatus.PENDING, None, None, None)
    return ActivityStateFact(id, record.status, record.completed_at, record.completed_by, record.note)


def _answers(deal: StoredDeal, language: str) -> list[QualificationFact]:
    facts = []
    for question in deal.play.spoken(language).questions:
        given = deal.answers.get(question.key)
        facts.append(
            QualificationFact(
                question_key=question.key,
                label=question.label,
                prompt=question.prompt,
                answer=given.answer if given else None,
                answered_at=given.answered_at if given else None,
                answered_by_id=given.answered_by if given else None,
            )
        )
    return facts
