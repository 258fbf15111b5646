"""Mutations of opportunities."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.deals.create import NewOpportunity, create
from app.deals.editing import Changed
from app.deals.marks import complete_activity, mark_criterion
from app.deals.opportunity_fields import FIELDS
from app.deals.update import update
from app.identity.viewer import Viewer
from app.outcomes import Refused, as_it_stands
from schema.engine.declare import to_one
from schema.engine.ids import decode, decode_given
from schema.enums import ActivityStatus, DealType, ForecastCategory, OpportunitySource
from schema.money import MoneyInput
from schema.mutation import Payload, client_mutation_id, mutation
from schema.opportunity.handover import Handover
from schema.opportunity.types import Opportunity, StageTransition


@strawberry.type(description="The result of a change to an opportunity.")
class OpportunityPayload(Payload):
    opportunity_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    handover_id: strawberry.Private[UUID | None]
    opportunity: Opportunity | None = to_one(
        "The opportunity after the change, or as it stands on a `CONFLICT`; otherwise null if nothing was changed, or "
        "if the viewer can no longer see it (`left`)."
    )
    transition: StageTransition | None = to_one(
        "The transition, if the opportunity was created, moved to another playbook, or advanced automatically because "
        "of the change."
    )
    handover: Handover | None = to_one("The transfer, if the opportunity changed partners. Visible to the vendor only.")
    left: bool = strawberry.field(
        default=False,
        description=(
            "Whether the change made the opportunity invisible to the viewer, such as by giving it to a colleague."
        ),
    )
    notice: str | None = strawberry.field(
        default=None,
        description=("Side effects of the change, in sentences suitable for display; null if there are none."),
    )

    @classmethod
    def of(cls, outcome: Changed | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(opportunity_id=as_it_stands(outcome), transition_id=None, handover_id=None)
        return cls(
            opportunity_id=outcome.opportunity_id,
            transition_id=outcome.transition_id,
            handover_id=outcome.handover_id,
            left=outcome.left,
            notice=outcome.notice,
        )


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


def _may_change(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=f"{description} Omit to leave unchanged.")


VERSION = "The version that the change is based on. Fails with `CONFLICT` if the opportunity has changed since."


@strawberry.input(description="A new opportunity.")
class CreateOpportunityInput:
    name: str = strawberry.field(description="The name, at most 200 characters.")
    account_id: strawberry.ID | None = _said("The account. Alternatively, give its `accountName`.")
    account_name: str | None = _said("The name of the account: an existing one of yours, or a new one.")
    partner_id: strawberry.ID | None = _said("The partner that sells. For partner users always their own.")
    owner_id: strawberry.ID | None = _said("The owner. Defaults to the viewer if the viewer is a seller.")
    playbook_key: str | None = _said(
        "The key of a published playbook. Defaults to the one for the customer's industry."
    )
    stage_key: str | None = _said(
        "The key of an open stage. Defaults to the first; later ones are reserved for the vendor."
    )
    amount: MoneyInput | None = _said("The amount.")
    expected_close_date: date | None = _said("The expected close date.")
    source: OpportunitySource | None = _said("The origin. Defaults to the side that registers the opportunity.")
    deal_type: DealType | None = strawberry.field(
        default=strawberry.UNSET,  # what a former version kept under a `clientMutationId` had no such field
        description="The kind of purchase.",
    )
    forecast_category: ForecastCategory | None = strawberry.field(
        default=strawberry.UNSET, description="The forecast category, set by hand. Defaults to the stage's."
    )
    external_id: str | None = _said("The id in your system, unique among your opportunities.")
    notes: str | None = _said("Free text, at most 20,000 characters.")
    next_step: str | None = _said("The owner's next step, at most 1,000 characters.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="An answer to a qualification question.")
class QualificationAnswerInput:
    question_key: str = strawberry.field(description="The key of the question.")
    answer: str | None = strawberry.field(default=None, description="The answer; null removes it.")


@strawberry.input(description="Changes that one or many opportunities may take.")
class OpportunityChanges:
    name: str | None = _may_change("The name.")
    amount: MoneyInput | None = _may_change("The amount.")
    expected_close_date: date | None = _may_change("The expected close date.")
    source: OpportunitySource | None = _may_change("The origin.")
    deal_type: DealType | None = _may_change("The kind of purchase.")
    forecast_category: ForecastCategory | None = _may_change(
        "The forecast category of an open opportunity, set by hand: any but `CLOSED`. Null goes back to the stage's."
    )
    next_step: str | None = _may_change("The owner's next step.")
    notes: str | None = _may_change("Free text.")
    account_id: strawberry.ID | None = _may_change("The account.")
    account_name: str | None = _may_change(
        "The name of the account, instead of `accountId`: an existing one of yours, or a new one."
    )
    owner_id: strawberry.ID | None = _may_change("The owner: a user of the partner or the vendor.")
    partner_id: strawberry.ID | None = _may_change(
        "The partner to transfer the opportunity to. Reserved for the vendor. Facts go along; what the former "
        "partner's people wrote (notes, next step, answers), their recommendations and events, and what was said on "
        "marks, activities and moves stay with the former partner. All `MANUAL` criteria must be confirmed again; "
        "`formerMarks` has the previous confirmations. Completed activities and the stage stay, and the opportunity "
        "doesn't advance. The owner becomes `ownerId`, stays if it is a user of the vendor, or is cleared. Other "
        "fields of this input apply to the new partner."
    )
    qualification: list[QualificationAnswerInput] | None = _said("Answers to qualification questions.")
    closed_at: datetime | None = _may_change(
        "The corrected date and time of closing; not in the future, before the previous move or before 1970."
    )
    reason: str | None = _said(
        "The reason for correcting a closed opportunity, at most 2,000 characters: with one, the vendor can change "
        "`amount`, `expectedCloseDate`, `ownerId` and `closedAt`, and the opportunity stays closed. Ignored otherwise."
    )

    def changes(self) -> dict[str, Any]:
        plain = (*FIELDS, "account_name", "closed_at")
        found = {name: getattr(self, name) for name in plain if getattr(self, name) is not strawberry.UNSET}
        for name, prefix, argument in (
            ("account_id", "acc", "accountId"),
            ("owner_id", "usr", "ownerId"),
            ("partner_id", "ptr", "partnerId"),
        ):
            given = getattr(self, name)
            if given is not strawberry.UNSET:
                found[name] = decode_given(given, prefix, argument)
        if self.amount is not strawberry.UNSET:
            found["amount"] = _amount(self.amount)
        if self.qualification is not None:
            found["qualification"] = [(answer.question_key, answer.answer) for answer in self.qualification]
        return found


@strawberry.input(description="Changes to an opportunity. Omitted fields stay unchanged; null clears optional ones.")
class UpdateOpportunityInput(OpportunityChanges):
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity.")
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `markCriterion`.")
class MarkCriterionInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity.")
    criterion_id: strawberry.ID = strawberry.field(
        description=("A criterion of the opportunity's playbook that is marked by people.")
    )
    met: bool = strawberry.field(description="Whether the criterion is met.")
    evidence: str | None = _said("The evidence, at most 5,000 characters.")
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `completeActivity`.")
class CompleteActivityInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity.")
    activity_id: strawberry.ID = strawberry.field(description="An activity of the opportunity's playbook.")
    status: ActivityStatus = strawberry.field(
        default=ActivityStatus.COMPLETED, description="The new status; `PENDING` reopens the activity."
    )
    note: str | None = _said("A note, at most 5,000 characters.")
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


def _amount(money: MoneyInput | None) -> Any:
    return None if money is None else (money.amount, money.currency)


CreateInput = Annotated[CreateOpportunityInput, strawberry.argument(description="The new opportunity.")]
UpdateInput = Annotated[UpdateOpportunityInput, strawberry.argument(description="The changes.")]
MarkInput = Annotated[MarkCriterionInput, strawberry.argument(description="The mark.")]
ActivityInput = Annotated[CompleteActivityInput, strawberry.argument(description="The activity and its status.")]


@strawberry.type
class OpportunityMutation:
    @mutation(payload=OpportunityPayload, noun=nouns.OPPORTUNITY, description="Creates an opportunity.")
    async def create_opportunity(self, viewer: Viewer, input: CreateInput) -> Changed | Refused:
        new = NewOpportunity(
            {column: given for column in FIELDS if (given := getattr(input, column)) not in (None, strawberry.UNSET)},
            account_id=decode_given(input.account_id, "acc", "accountId"),
            account_name=input.account_name,
            partner_id=decode_given(input.partner_id, "ptr", "partnerId"),
            owner_id=decode_given(input.owner_id, "usr", "ownerId"),
            playbook_key=input.playbook_key,
            stage_key=input.stage_key,
            amount=_amount(input.amount),
            external_id=input.external_id,
        )
        return await create(viewer, new)

    @mutation(payload=OpportunityPayload, noun=nouns.OPPORTUNITY, description="Changes fields of an opportunity.")
    async def update_opportunity(self, viewer: Viewer, input: UpdateInput) -> Changed | Refused:
        return await update(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            input.changes(),
            expected_version=input.expected_version,
            reason=input.reason,
        )

    @mutation(
        payload=OpportunityPayload,
        noun=nouns.CRITERION_MARK,
        description=(
            "Marks a criterion of an opportunity as met or not met. The opportunity may advance automatically."
        ),
    )
    async def mark_criterion(self, viewer: Viewer, input: MarkInput) -> Changed | Refused:
        return await mark_criterion(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            decode(input.criterion_id, "crt", "criterionId"),
            input.met,
            evidence=input.evidence,
            expected_version=input.expected_version,
        )

    @mutation(
        payload=OpportunityPayload,
        noun=nouns.OPPORTUNITY_ACTIVITY,
        description="Completes, skips or reopens an activity of an opportunity.",
    )
    async def complete_activity(self, viewer: Viewer, input: ActivityInput) -> Changed | Refused:
        return await complete_activity(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            decode(input.activity_id, "act", "activityId"),
            status=input.status,
            note=input.note,
            expected_version=input.expected_version,
        )
