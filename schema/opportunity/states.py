"""States of a deal's criteria, activities and questions: computed for many deals at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from app.database import database
from app.deals import editable, rules
from app.deals import states as deals
from app.deals.remedies import remedies
from app.deals.store import deals as stored
from app.vocabulary import Permission
from schema.engine.declare import Requester, to_one
from schema.enums import ActivityStatus, BlockerCode, ConfirmedBy, CriteriaScope, TransitionKind
from schema.identity.types import User
from schema.playbook.types import Activity, Criterion, Stage

_id = strawberry.ID


def _place() -> Any:
    return strawberry.field(
        description="A global id for caches, unique over all types. It names a place in one opportunity; `node` can't "
        "read it."
    )


@strawberry.type(description="A confirmation given before the criterion was reworded. No longer valid.")
class EarlierConfirmation:
    by_id: strawberry.Private[UUID | None]
    wording: str = strawberry.field(description="The text of the criterion at that time.")
    at: datetime = strawberry.field(description="The date and time of the confirmation.")
    by: User | None = to_one("The user who confirmed it; null if the viewer can't see that user.")
    evidence: str | None = strawberry.field(description="The evidence that was given. Untrusted: escape it.")


@strawberry.type(description="The state of a criterion in an opportunity.")
class CriterionState:
    id: strawberry.ID = _place()
    criterion_id: strawberry.Private[UUID]
    met_by_id: strawberry.Private[UUID | None]
    criterion: Criterion = to_one("The criterion.")
    met: bool = strawberry.field(description="Whether the criterion is met.")
    met_at: datetime | None = strawberry.field(
        description="The date and time when the criterion was marked as met; null if an expression decides."
    )
    met_by: User | None = to_one("The user who marked it; null if the viewer can't see that user.")
    evidence: str | None = strawberry.field(description="The evidence that was given. Untrusted: escape it.")
    earlier: EarlierConfirmation | None = strawberry.field(
        description=(
            "The previous confirmation, if the criterion was reworded after it and must be confirmed again. Null once "
            "the criterion is marked again, and if only white space or case changed."
        )
    )


@strawberry.type(description="The status of an activity in an opportunity.")
class OpportunityActivity:
    id: strawberry.ID = _place()
    activity_id: strawberry.Private[UUID]
    completed_by_id: strawberry.Private[UUID | None]
    activity: Activity = to_one("The activity.")
    status: ActivityStatus = strawberry.field(description="The status.")
    completed_at: datetime | None = strawberry.field(
        description=("The date and time when it was completed or skipped.")
    )
    completed_by: User | None = to_one("The user who completed or skipped it; null if the viewer can't see that user.")
    note: str | None = strawberry.field(description="The note that was given. Untrusted: escape it.")


@strawberry.type(description="A qualification question with its answer for an opportunity.")
class QualificationAnswer:
    id: strawberry.ID = _place()
    answered_by_id: strawberry.Private[UUID | None]
    key: str = strawberry.field(
        description=("The key of the question, for use as `questionKey` in `updateOpportunity`.")
    )
    label: str = strawberry.field(description="The subject of the question: “Economic buyer”.")
    prompt: str = strawberry.field(description="The question.")
    answer: str | None = strawberry.field(description="The answer; null if there is none. Untrusted: escape it.")
    answered_at: datetime | None = strawberry.field(description="The date and time of the answer.")
    answered_by: User | None = to_one("The user who answered; null if the viewer can't see that user.")


@strawberry.type(description="A mutation that clears a blocker or a part of it.")
class Remedy:
    mutation: str = strawberry.field(description="The name of the mutation: `upsertAccount`.")
    fields: list[str] = strawberry.field(
        description=(
            "The relevant fields of the mutation's input, such as `country`; `qualification.KEY` is the answer to the "
            "question with that key."
        )
    )


@strawberry.type(description="A condition that blocks a move of an opportunity.")
class Blocker:
    criterion_id: strawberry.Private[UUID | None]
    activity_id: strawberry.Private[UUID | None]
    code: BlockerCode = strawberry.field(description="The kind of blocker; stable, for programs.")
    message: str = strawberry.field(description="A description of what is missing, suitable for display to the user.")
    awaits: ConfirmedBy | None = strawberry.field(
        description="The people whose confirmation is missing, if the viewer is not among them."
    )
    criterion: Criterion | None = to_one("The unmet criterion, if the blocker is one.")
    activity: Activity | None = to_one("The open activity, if the blocker is one.")
    remedies: list[Remedy] = strawberry.field(
        description=(
            "The viewer's mutations that help to clear the blocker, in order; the criterion's expression decides how "
            "many of them it takes. Empty if only time or somebody with more permissions can clear it."
        )
    )


@strawberry.type(description="A possible move of an opportunity to a stage.")
class AllowedTransition:
    id: strawberry.ID = _place()
    stage_id: strawberry.Private[UUID]
    stage: Stage = to_one("The stage.")
    kind: TransitionKind = strawberry.field(description="The kind of transition.")
    allowed: bool = strawberry.field(
        description="Whether `advanceStage` to this stage would succeed now, given a reason if one is required."
    )
    requires_reason: bool = strawberry.field(description="Whether `advanceStage` to this stage requires a `reason`.")
    overridable: bool = strawberry.field(description="Whether the move is blocked and the viewer may override it.")
    blockers: list[Blocker] = strawberry.field(description="Everything that blocks the move; empty if it is allowed.")


def blocker(found: rules.Blocker, permissions: frozenset[Permission]) -> Blocker:
    return Blocker(
        criterion_id=found.criterion_id,
        activity_id=found.activity_id,
        code=BlockerCode(found.code),
        message=found.message,
        remedies=[
            Remedy(mutation=one.mutation, fields=list(one.fields))
            for one in (() if found.awaits else remedies(found.code, found.condition, permissions))
        ],
        awaits=None if found.awaits is None else ConfirmedBy(found.awaits),
    )


async def allowed_transitions(
    requester: Requester, keys: Sequence[UUID], arguments: Mapping[str, Any]
) -> Mapping[UUID, list[AllowedTransition]]:
    allowed, stages = arguments.get("allowed"), arguments.get("stage_keys")
    among = None if stages is None else frozenset(stages)
    found = await deals.allowed_transitions(database(), requester.viewer, keys, requester.at)
    return {
        key: [
            AllowedTransition(
                id=_id(f"alt_{key}_{move.stage.id}"),
                stage_id=move.stage.id,
                kind=TransitionKind(move.kind),
                allowed=move.allowed,
                requires_reason=move.requires_reason,
                overridable=move.overridable,
                blockers=[blocker(one, requester.viewer.permissions) for one in move.blockers],
            )
            for move in found[key]
            if (allowed is None or move.allowed is allowed) and (among is None or move.stage.key in among)
        ]
        for key in keys
    }


async def criteria(
    requester: Requester, keys: Sequence[UUID], arguments: Mapping[str, Any]
) -> Mapping[UUID, list[CriterionState]]:
    scope = arguments["scope"] or CriteriaScope.EXIT_CURRENT
    found = await deals.criterion_states(database(), requester.viewer, keys, scope, requester.at)
    return {
        key: [
            CriterionState(
                id=_id(f"cst_{key}_{state.criterion_id}"),
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


async def editable_fields(requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]) -> Mapping[UUID, list[str]]:
    found = await stored(database(), requester.viewer, keys)
    return {key: editable.editable_fields(requester.viewer, found[key]) if key in found else [] for key in keys}


async def required_fields(requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]) -> Mapping[UUID, list[str]]:
    found = await stored(database(), requester.viewer, keys)
    return {key: editable.required_fields(found[key], requester.at) if key in found else [] for key in keys}


async def activities(
    requester: Requester, keys: Sequence[UUID], arguments: Mapping[str, Any]
) -> Mapping[UUID, list[OpportunityActivity]]:
    found = await deals.activity_states(database(), requester.viewer, keys, arguments.get("status"))
    return {
        key: [
            OpportunityActivity(
                id=_id(f"oac_{key}_{state.activity_id}"),
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
    requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]
) -> Mapping[UUID, list[QualificationAnswer]]:
    found = await deals.qualification(database(), requester.viewer, keys)
    return {
        key: [
            QualificationAnswer(
                id=_id(f"qan_{key}_{fact.question_key}"),
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
