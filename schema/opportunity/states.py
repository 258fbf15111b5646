"""How a deal stands to what its playbook asks: computed for many deals at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from app.database import database
from app.deals import rules
from app.deals import states as deals
from app.deals.remedies import remedies
from schema.engine.declare import Asker, to_one
from schema.enums import ActivityStatus, BlockerCode, ConfirmedBy, CriteriaScope, TransitionKind
from schema.identity.types import User
from schema.playbook.types import Activity, Criterion, Stage


@strawberry.type(description="What somebody confirmed before a criterion was reworded. It no longer counts.")
class EarlierConfirmation:
    by_id: strawberry.Private[UUID | None]
    wording: str = strawberry.field(description="What the criterion asked when they confirmed it.")
    at: datetime = strawberry.field(description="When they did.")
    by: User | None = to_one("Who did, as far as the viewer may know.")
    evidence: str | None = strawberry.field(description="What they said to prove it. Untrusted: escape it.")


@strawberry.type(description="How a deal stands to a criterion.")
class CriterionState:
    criterion_id: strawberry.Private[UUID]
    met_by_id: strawberry.Private[UUID | None]
    criterion: Criterion = to_one("The criterion.")
    met: bool = strawberry.field(description="Whether it holds now.")
    met_at: datetime | None = strawberry.field(
        description="When somebody marked it as met; null for those that the deal's own fields decide."
    )
    met_by: User | None = to_one("Who marked it, as far as the viewer may know.")
    evidence: str | None = strawberry.field(description="What they said to prove it. Untrusted: escape it.")
    earlier: EarlierConfirmation | None = strawberry.field(
        description="Where the criterion is asked anew, since it was reworded after somebody had confirmed it: what "
        "they confirmed. Null once it is marked again, and where it still asks the same but for blanks and case."
    )


@strawberry.type(description="What became of an activity in a deal.")
class OpportunityActivity:
    activity_id: strawberry.Private[UUID]
    completed_by_id: strawberry.Private[UUID | None]
    activity: Activity = to_one("The activity.")
    status: ActivityStatus = strawberry.field(description="Still to do, done, or left out.")
    completed_at: datetime | None = strawberry.field(description="When it was done or left out.")
    completed_by: User | None = to_one("Who did or left it, as far as the viewer may know.")
    note: str | None = strawberry.field(description="What they said about it. Untrusted: escape it.")


@strawberry.type(description="A qualification question with its answer for one deal.")
class QualificationAnswer:
    answered_by_id: strawberry.Private[UUID | None]
    key: str = strawberry.field(description="The question's key; `updateOpportunity` takes it as `questionKey`.")
    label: str = strawberry.field(description="What it is about: “Economic buyer”.")
    prompt: str = strawberry.field(description="The question itself.")
    answer: str | None = strawberry.field(description="The answer; null while there is none. Untrusted: escape it.")
    answered_at: datetime | None = strawberry.field(description="When it was answered.")
    answered_by: User | None = to_one("Who answered, as far as the viewer may know.")


@strawberry.type(description="A change that clears a blocker, or a part of what it takes.")
class Remedy:
    mutation: str = strawberry.field(description="The mutation's name: `upsertAccount`.")
    fields: list[str] = strawberry.field(
        description="The fields of its input that matter, as `country`; `qualification.KEY` is the answer to the "
        "question with that key."
    )


@strawberry.type(description="One thing that keeps a deal from a move.")
class Blocker:
    criterion_id: strawberry.Private[UUID | None]
    activity_id: strawberry.Private[UUID | None]
    code: BlockerCode = strawberry.field(description="What kind of thing; stable, for programs.")
    message: str = strawberry.field(description="What is missing, fit to show to the user.")
    awaits: ConfirmedBy | None = strawberry.field(
        description="Who has to confirm it, where that is not for the viewer to do; null where it is."
    )
    criterion: Criterion | None = to_one("The criterion that is not met, where one is.")
    activity: Activity | None = to_one("The activity that is still to do, where one is.")
    remedies: list[Remedy] = strawberry.field(
        description="The mutations that clear it; of several, as many as the criterion's expression asks for. Empty "
        "where only time can, or somebody with the right to."
    )


@strawberry.type(description="What a move of the deal to one stage would be.")
class AllowedTransition:
    stage_id: strawberry.Private[UUID]
    stage: Stage = to_one("The stage.")
    kind: TransitionKind = strawberry.field(description="What the move would amount to.")
    allowed: bool = strawberry.field(
        description="Whether `advanceStage` there would succeed now, given a reason where one is required."
    )
    requires_reason: bool = strawberry.field(description="Whether `advanceStage` there needs a `reason`.")
    overridable: bool = strawberry.field(description="Whether it is blocked, and the viewer could override it.")
    blockers: list[Blocker] = strawberry.field(description="All that blocks it, at once; empty when it is allowed.")


def blocker(found: rules.Blocker) -> Blocker:
    return Blocker(
        criterion_id=found.criterion_id,
        activity_id=found.activity_id,
        code=BlockerCode(found.code),
        message=found.message,
        remedies=[
            Remedy(mutation=one.mutation, fields=list(one.fields))
            for one in (() if found.awaits else remedies(found.code, found.condition))
        ],
        awaits=None if found.awaits is None else ConfirmedBy(found.awaits),
    )


async def allowed_transitions(
    asker: Asker, keys: Sequence[UUID], _: Mapping[str, Any]
) -> Mapping[UUID, list[AllowedTransition]]:
    found = await deals.allowed_transitions(database(), asker.viewer, keys, asker.at)
    return {
        key: [
            AllowedTransition(
                stage_id=move.stage.id,
                kind=TransitionKind(move.kind),
                allowed=move.allowed,
                requires_reason=move.requires_reason,
                overridable=move.overridable,
                blockers=[blocker(one) for one in move.blockers],
            )
            for move in found[key]
        ]
        for key in keys
    }


async def criteria(
    asker: Asker, keys: Sequence[UUID], arguments: Mapping[str, Any]
) -> Mapping[UUID, list[CriterionState]]:
    scope = arguments["scope"] or CriteriaScope.EXIT_CURRENT
    found = await deals.criterion_states(database(), asker.viewer, keys, scope, asker.at)
    return {
        key: [
            CriterionState(
                criterion_id=state.criterion_id,
                met=state.met,
                met_at=state.met_at,
                met_by_id=state.met_by_id,
                evidence=state.evidence,
                earlier=_earlier(state.earlier) if state.earlier else None,
            )
            for state in found[key]
        ]
        for key in keys
    }


def _earlier(word: deals.EarlierWord) -> EarlierConfirmation:
    return EarlierConfirmation(by_id=word.by_id, wording=word.wording, at=word.at, evidence=word.evidence)


async def activities(
    asker: Asker, keys: Sequence[UUID], arguments: Mapping[str, Any]
) -> Mapping[UUID, list[OpportunityActivity]]:
    found = await deals.activity_states(database(), asker.viewer, keys, arguments.get("status"))
    return {
        key: [
            OpportunityActivity(
                activity_id=state.activity_id,
                status=ActivityStatus(state.status),
                completed_at=state.completed_at,
                completed_by_id=state.completed_by_id,
                note=state.note,
            )
            for state in found[key]
        ]
        for key in keys
    }


async def qualification(
    asker: Asker, keys: Sequence[UUID], _: Mapping[str, Any]
) -> Mapping[UUID, list[QualificationAnswer]]:
    found = await deals.qualification(database(), asker.viewer, keys)
    return {
        key: [
            QualificationAnswer(
                key=fact.question_key,
                label=fact.label,
                prompt=fact.prompt,
                answer=fact.answer,
                answered_at=fact.answered_at,
                answered_by_id=fact.answered_by_id,
            )
            for fact in found[key]
        ]
        for key in keys
    }
