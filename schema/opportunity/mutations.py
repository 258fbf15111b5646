"""Registering deals and changing what they say."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app.deals.create import NewOpportunity, create
from app.deals.editing import Changed
from app.deals.marks import complete_activity, mark_criterion
from app.deals.update import update
from app.outcomes import Refused
from app.vocabulary import Permission
from schema.context import Info
from schema.engine.declare import to_one
from schema.engine.ids import decode
from schema.enums import ActivityStatus, OpportunitySource
from schema.errors import UserError
from schema.money import MoneyInput
from schema.mutation import client_mutation_id, mutation
from schema.opportunity.handover import Handover
from schema.opportunity.types import Opportunity, StageTransition


@strawberry.type(description="A deal after a change.")
class OpportunityPayload:
    opportunity_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    handover_id: strawberry.Private[UUID | None]
    opportunity: Opportunity | None = to_one(
        "The deal as it stands now; null when nothing was changed, or when the viewer doesn't see it any more (`left`)."
    )
    transition: StageTransition | None = to_one(
        "The move, when the deal was created, moved to another playbook, or advanced by itself because of the change."
    )
    handover: Handover | None = to_one(
        "When it went to another partner: what was left behind; for the vendor's people."
    )
    left: bool = strawberry.field(
        default=False,
        description="Whether the change took the deal out of the viewer's sight: it is a colleague's now.",
    )
    notice: str | None = strawberry.field(
        default=None, description="What else came of the change, in sentences fit to show; null when nothing did."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What the user can mend; empty when it worked."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="What the input held.")

    @classmethod
    def of(cls, outcome: Changed | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(opportunity_id=None, transition_id=None, handover_id=None)
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
    return strawberry.field(default=strawberry.UNSET, description=f"{description} Leave it out to keep it.")


VERSION = "The version you decided on: refused with `CONFLICT` if the deal changed since."


@strawberry.input(description="A new deal.")
class CreateOpportunityInput:
    name: str = strawberry.field(description="What to call it; up to 200 characters.")
    account_id: strawberry.ID | None = _said("The customer; or name it by `accountName`.")
    account_name: str | None = _said("The customer's name: yours of that name, or a new one.")
    partner_id: strawberry.ID | None = _said("Who sells; a partner's people register deals of their own.")
    owner_id: strawberry.ID | None = _said("Who drives it; a seller's deal is their own if nothing is said.")
    playbook_key: str | None = _said("A published playbook; if nothing is said, that of the customer's industry.")
    stage_key: str | None = _said("An open stage; the first one if nothing is said. Later ones are for the vendor.")
    amount: MoneyInput | None = _said("What it is worth.")
    expected_close_date: date | None = _said("When it is expected to close.")
    source: OpportunitySource | None = _said("Who found it; if nothing is said, who registers it.")
    external_id: str | None = _said("Its id in your system; only one deal of yours can have it.")
    notes: str | None = _said("Free text, up to 20,000 characters.")
    next_step: str | None = _said("What its owner means to do next, up to 1,000 characters.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="An answer to a qualification question.")
class QualificationAnswerInput:
    question_key: str = strawberry.field(description="The question's key.")
    answer: str | None = strawberry.field(default=None, description="The answer; null takes it back.")


@strawberry.input(description="What to change of a deal. What is left out stays; null empties what can be empty.")
class UpdateOpportunityInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The deal.")
    expected_version: int | None = _said(VERSION)
    name: str | None = _may_change("What to call it.")
    amount: MoneyInput | None = _may_change("What it is worth.")
    expected_close_date: date | None = _may_change("When it is expected to close.")
    source: OpportunitySource | None = _may_change("Who found it.")
    next_step: str | None = _may_change("What its owner means to do next.")
    notes: str | None = _may_change("Free text.")
    account_id: strawberry.ID | None = _may_change("The customer.")
    account_name: str | None = _may_change(
        "The customer's name, instead of `accountId`: yours of that name, or a new one."
    )
    owner_id: strawberry.ID | None = _may_change("Who drives it: of its partner or the vendor.")
    partner_id: strawberry.ID | None = _may_change(
        "Who sells; for the vendor's people. The deal goes with its facts; what the former partner's people wrote in "
        "it (notes, next step, answers) and were advised stays with them, and so do its events and what anybody said "
        "of marks, activities and moves. Every `MANUAL` criterion is asked anew, whoever had confirmed it: that was "
        "for the former partner, and `formerMarks` has it. What is done stays done, the stage stays, and the deal "
        "doesn't advance by it. "
        "Its owner is `ownerId`, or stays if that is one of the vendor's people, or is nobody. What else this input "
        "says is for the new partner."
    )
    qualification: list[QualificationAnswerInput] | None = _said("Answers to qualification questions.")
    closed_at: datetime | None = _may_change(
        "When a closed deal closed, where that was put down wrongly; not in the future, and neither before the move "
        "before that nor before 1970."
    )
    reason: str | None = _said(
        "Why a closed deal is corrected: the vendor's people may change its `amount`, `expectedCloseDate`, `ownerId` "
        "and `closedAt` with one, up to 2,000 characters. It stays closed when it was. Of no account otherwise."
    )
    client_mutation_id: str | None = client_mutation_id()

    def changes(self) -> dict[str, Any]:
        plain = ("name", "expected_close_date", "source", "next_step", "notes", "account_name", "closed_at")
        found = {name: getattr(self, name) for name in plain if getattr(self, name) is not strawberry.UNSET}
        for name, prefix, argument in (
            ("account_id", "acc", "accountId"),
            ("owner_id", "usr", "ownerId"),
            ("partner_id", "ptr", "partnerId"),
        ):
            given = getattr(self, name)
            if given is not strawberry.UNSET:
                found[name] = _key(given, prefix, argument)
        if self.amount is not strawberry.UNSET:
            found["amount"] = _amount(self.amount)
        if self.qualification is not None:
            found["qualification"] = [(answer.question_key, answer.answer) for answer in self.qualification]
        return found


@strawberry.input(description="Your word on a criterion.")
class MarkCriterionInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The deal.")
    criterion_id: strawberry.ID = strawberry.field(description="A criterion of its playbook that people mark.")
    met: bool = strawberry.field(description="Whether it holds.")
    evidence: str | None = _said("What proves it, up to 5,000 characters.")
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="What became of an activity.")
class CompleteActivityInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The deal.")
    activity_id: strawberry.ID = strawberry.field(description="An activity of its playbook.")
    status: ActivityStatus = strawberry.field(
        default=ActivityStatus.COMPLETED, description="Done, left out, or (to take it back) still to do."
    )
    note: str | None = _said("What is worth knowing, up to 5,000 characters.")
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


def _key(text: str | None, prefix: str, argument: str) -> UUID | None:
    return None if text is None else decode(text, prefix, argument)


def _amount(money: MoneyInput | None) -> Any:
    return None if money is None else (money.amount, money.currency)


CreateInput = Annotated[CreateOpportunityInput, strawberry.argument(description="The new deal.")]
UpdateInput = Annotated[UpdateOpportunityInput, strawberry.argument(description="What to change.")]
MarkInput = Annotated[MarkCriterionInput, strawberry.argument(description="Your word on it.")]
ActivityInput = Annotated[CompleteActivityInput, strawberry.argument(description="What became of it.")]


@strawberry.type
class OpportunityMutation:
    @mutation(permission=Permission.CREATE_OPPORTUNITY, description="Register a deal.")
    async def create_opportunity(self, info: Info, input: CreateInput) -> OpportunityPayload:
        new = NewOpportunity(
            name=input.name,
            account_id=_key(input.account_id, "acc", "accountId"),
            account_name=input.account_name,
            partner_id=_key(input.partner_id, "ptr", "partnerId"),
            owner_id=_key(input.owner_id, "usr", "ownerId"),
            playbook_key=input.playbook_key,
            stage_key=input.stage_key,
            amount=_amount(input.amount),
            expected_close_date=input.expected_close_date,
            source=input.source,
            external_id=input.external_id,
            notes=input.notes,
            next_step=input.next_step,
        )
        return await create(info.context.viewer, new)  # type: ignore[return-value]

    @mutation(permission=Permission.EDIT_OPPORTUNITY, description="Change what a deal says.")
    async def update_opportunity(self, info: Info, input: UpdateInput) -> OpportunityPayload:
        return await update(  # type: ignore[return-value]
            info.context.viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            input.changes(),
            expected_version=input.expected_version,
            reason=input.reason,
        )

    @mutation(
        permission=Permission.EDIT_OPPORTUNITY,
        description="Mark a criterion of a deal as met or not. The deal may then advance by itself.",
    )
    async def mark_criterion(self, info: Info, input: MarkInput) -> OpportunityPayload:
        return await mark_criterion(  # type: ignore[return-value]
            info.context.viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            decode(input.criterion_id, "crt", "criterionId"),
            input.met,
            evidence=input.evidence,
            expected_version=input.expected_version,
        )

    @mutation(
        permission=Permission.EDIT_OPPORTUNITY,
        description="Say that an activity of a deal is done, left out, or still to do.",
    )
    async def complete_activity(self, info: Info, input: ActivityInput) -> OpportunityPayload:
        return await complete_activity(  # type: ignore[return-value]
            info.context.viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            decode(input.activity_id, "act", "activityId"),
            status=input.status,
            note=input.note,
            expected_version=input.expected_version,
        )
