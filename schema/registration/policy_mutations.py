"""`upsertRegistrationPolicy`: the rules for registering deals on a playbook."""

from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.identity.viewer import Viewer
from app.outcomes import Refused, as_it_stands
from app.registrations.calendars import Calendar
from app.registrations.policy import Benefit, TierDays
from app.registrations.policy_saving import PolicySaved, upsert_policy
from app.registrations.values import Question
from schema.engine.declare import to_one
from schema.enums import DealType, PartnerTier
from schema.money import MoneyInput
from schema.mutation import Payload, client_mutation_id, mutation
from schema.registration.policies import RegistrationPolicy

CONDITION = "A CEL condition, checked and priced when it is saved; at most 2,000 characters."


def _said(description: str, default: Any = None) -> Any:
    return strawberry.field(default=default, description=description)


def _may_change(description: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="A question that the partner answers when registering.")
class FormQuestionInput:
    key: str = strawberry.field(description="The machine-readable key, unique within the policy.")
    label: str = strawberry.field(description="The short form of the question, at most 200 characters.")
    prompt: str | None = _said("The question in full, or a hint for answering it, at most 1,000 characters.")
    required: bool = _said("Whether it has to be answered before submission.", False)


@strawberry.input(description="The length of protection for partners of a tier.")
class TierDaysInput:
    tier: PartnerTier | None = _said("The tier; null for all others.")
    days: int = strawberry.field(description="The number of days from approval, from 1 to 1,095.")


@strawberry.input(description="The reward for approved registrations of a tier and kind of purchase.")
class TierBenefitInput:
    tier: PartnerTier | None = _said("The tier; null for all others.")
    deal_type: DealType | None = _said("The kind of purchase; null for all others.")
    discount_percent: Decimal | None = _said("The additional discount in percent, with up to 2 decimals.")
    margin_points: Decimal | None = _said("The additional margin in percentage points, with up to 2 decimals.")
    note: str | None = _said("A remark for the partner, at most 500 characters.")


@strawberry.input(description="The working days and clocks by which the time for a review is counted.")
class BusinessCalendarInput:
    region: str | None = _said("The region of the partners it is for; null for all others.")
    country: str | None = _said("The ISO 3166 code of the country whose public holidays count; null for none.")
    subdivision: str | None = _said("The part of the country, such as `BY`.")
    time_zone: str = strawberry.field(description="The time zone, as an IANA name. Working hours are 9 to 17.")


@strawberry.input(
    description="A policy. Omitted fields stay unchanged; in a new policy they are those of the starters: 90 days of "
    "protection, reviews within 16 hours, one extension of 30 days, at most 25 open registrations."
)
class UpsertRegistrationPolicyInput:
    playbook_key: str = strawberry.field(description="The key of the playbook, which has one policy.")
    expected_version: int | None = _said(
        "The version that the change is based on. Fails with `CONFLICT` if the policy has changed since; 0 requires it "
        "to be new."
    )
    key: str | None = _said("The machine-readable key, unique. Defaults to that of the playbook.")
    required_fields: list[str] | None = _said(
        "The fields that have to be filled in before submission, as `DealRegistration.editableFields` names them."
    )
    questions: list[FormQuestionInput] | None = _said("The questions, at most 50.")
    minimum_amount: MoneyInput | None = _may_change("The smallest amount that can be registered.")
    eligible: str | None = _said(f"Whether a registration may be submitted. {CONDITION}")
    eligible_message: str | None = _may_change("The message if it may not, at most 500 characters.")
    auto_approve: str | None = _said(
        f"Whether a registration without conflicts is approved on submission; `false` for never. {CONDITION}"
    )
    review_hours: int | None = _said("The business hours for a review, from 1 to 400.")
    calendars: list[BusinessCalendarInput] | None = _said("The calendars, at most 50, one for each region.")
    protection_days: list[TierDaysInput] | None = _said("The length of protection; one entry without a tier.")
    remind_days_before: list[int] | None = _said("The days before the end of protection when it is announced.")
    max_extensions: int | None = _said("The number of extensions, from 0 to 20.")
    extension_days: int | None = _said("The days that an extension adds, from 1 to 365.")
    max_open_per_partner: int | None = _may_change("The open registrations that a partner may have; null for any.")
    max_resubmissions: int | None = _may_change("The resubmissions that a registration may have; null for any.")
    review_again_fields: list[str] | None = _said(
        "The fields of an opportunity whose change by the partner sends its registration back to review: `account`, "
        "`amount`, `dealType`."
    )
    benefits: list[TierBenefitInput] | None = _said("The rewards, at most 100.")
    progress: str | None = _may_change(
        "The condition under which protection lasts: `registration.daysApproved < 30 || "
        f'"qualification" in deal.reached`. {CONDITION}'
    )
    client_mutation_id: str | None = client_mutation_id()

    def given(self) -> dict[str, Any]:
        """Fields of `Policy`."""
        found: dict[str, Any] = {
            name: getattr(self, name)
            for name in (*_TEXTS, *_NUMBERS)
            if getattr(self, name) is not None and getattr(self, name) is not strawberry.UNSET
        }
        for name in ("eligible_message", "max_open_per_partner", "max_resubmissions", "progress"):
            if getattr(self, name) is not strawberry.UNSET:
                found[name] = getattr(self, name)
        if self.minimum_amount is not strawberry.UNSET:
            least = self.minimum_amount
            found["minimum"] = least and (least.amount, str(least.currency))
        for name, made in _LISTS.items():
            if getattr(self, name) is not None:
                found[name] = tuple(made(one) for one in getattr(self, name))
        if self.remind_days_before is not None:
            found["remind_days_before"] = tuple(sorted(set(self.remind_days_before), reverse=True))
        return found


_TEXTS = ("key", "eligible", "auto_approve")
_NUMBERS = ("review_hours", "max_extensions", "extension_days")
_LISTS: dict[str, Any] = {
    "required_fields": str,
    "review_again_fields": str,
    "questions": lambda one: Question(one.key, one.label, one.prompt, one.required),
    "calendars": lambda one: Calendar(one.region, one.country, one.subdivision, one.time_zone),
    "protection_days": lambda one: TierDays(one.tier, one.days),
    "benefits": lambda one: Benefit(one.tier, one.deal_type, one.discount_percent, one.margin_points, one.note),
}


@strawberry.type(description="The result of `upsertRegistrationPolicy`.")
class RegistrationPolicyPayload(Payload):
    policy_id: strawberry.Private[UUID | None]
    policy: RegistrationPolicy | None = to_one(
        "The policy after the change, or as it stands on a `CONFLICT`; otherwise null if nothing was changed."
    )
    created: bool = strawberry.field(default=False, description="Whether it was created.")

    @classmethod
    def of(cls, outcome: PolicySaved | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(policy_id=as_it_stands(outcome))
        return cls(policy_id=outcome.policy_id, created=outcome.created)


PolicyInput = Annotated[UpsertRegistrationPolicyInput, strawberry.argument(description="The policy.")]


@strawberry.type
class RegistrationPolicyMutation:
    @mutation(
        payload=RegistrationPolicyPayload,
        noun=nouns.REGISTRATION_POLICY,
        description="Creates or changes the policy of a playbook. Applies to registrations from their next step on.",
    )
    async def upsert_registration_policy(self, viewer: Viewer, input: PolicyInput) -> PolicySaved | Refused:
        return await upsert_policy(viewer, input.playbook_key, input.given(), expected_version=input.expected_version)
