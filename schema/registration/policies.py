"""Policies of registrations."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from app import nouns
from app.database import database
from app.database.sql import Sql, sql
from app.identity.scopes import VisibilityScope
from app.registrations.policy import Policy
from app.registrations.stored import policies_by_id
from schema.engine.declare import Requester, column, computed, embedded, entity, expression
from schema.engine.sql.frame import Frame
from schema.enums import DealType, PartnerTier
from schema.money import Money
from schema.node import Node


@strawberry.type(description="A question that the partner answers when registering.")
class FormQuestion:
    key: str = strawberry.field(description="The machine-readable key, unique within the policy.")
    label: str = strawberry.field(description="The short form of the question.")
    prompt: str | None = strawberry.field(description="The question in full, or a hint for answering it.")
    required: bool = strawberry.field(description="Whether it has to be answered before submission.")


@strawberry.type(description="The length of protection for partners of a tier.")
class TierDays:
    tier: PartnerTier | None = strawberry.field(description="The tier; null for all others.")
    days: int = strawberry.field(description="The number of days from approval.")


@strawberry.type(description="The reward for approved registrations of a tier and kind of purchase.")
class TierBenefit:
    tier: PartnerTier | None = strawberry.field(description="The tier; null for all others.")
    deal_type: DealType | None = strawberry.field(description="The kind of purchase; null for all others.")
    discount_percent: Decimal | None = strawberry.field(description="The additional discount in percent.")
    margin_points: Decimal | None = strawberry.field(description="The additional margin in percentage points.")
    note: str | None = strawberry.field(description="A remark for the partner.")


@strawberry.type(description="The working days and clocks by which the time for a review is counted.")
class BusinessCalendar:
    region: str | None = strawberry.field(description="The region of the partners it is for; null for all others.")
    country: str | None = strawberry.field(
        description="The ISO 3166 code of the country whose public holidays count; null for none."
    )
    subdivision: str | None = strawberry.field(description="The part of the country, such as `BY`.")
    time_zone: str = strawberry.field(description="The time zone, as an IANA name. Working hours are 9 to 17.")


def _each(
    of: Callable[[Policy], Any],
) -> Callable[[Requester, Sequence[UUID], Mapping[str, Any]], Awaitable[Mapping[UUID, Any]]]:
    async def batch(_: Requester, keys: Sequence[UUID], __: Mapping[str, Any]) -> Mapping[UUID, Any]:
        found = await policies_by_id(database(), set(keys))
        return {id: of(policy) for id, policy in found.items()}

    return batch


def _questions(policy: Policy) -> list[FormQuestion]:
    return [FormQuestion(key=q.key, label=q.label, prompt=q.prompt, required=q.required) for q in policy.questions]


def _days(policy: Policy) -> list[TierDays]:
    return [TierDays(tier=one.tier, days=one.days) for one in policy.protection_days]


def _benefits(policy: Policy) -> list[TierBenefit]:
    return [
        TierBenefit(
            tier=one.tier,
            deal_type=one.deal_type,
            discount_percent=one.discount_percent,
            margin_points=one.margin_points,
            note=one.note,
        )
        for one in policy.benefits
    ]


def _calendars(policy: Policy) -> list[BusinessCalendar]:
    return [
        BusinessCalendar(region=c.region, country=c.country, subdivision=c.subdivision, time_zone=c.time_zone)
        for c in policy.calendars
    ]


def _for_the_vendor(frame: Frame) -> Sql:
    """Whoever knew what is approved unseen would register just that."""
    if frame.builder.scope is VisibilityScope.EVERYTHING:
        return frame.column("auto_approve")
    return sql("''::text")


@entity(
    nouns.REGISTRATION_POLICY,
    description="The rules for registrations on a playbook, in all its versions.",
)
class RegistrationPolicy(Node):
    key: str = column("The machine-readable key, unique.")
    playbook_key: str = column("The key of the playbook.")
    version: int = column("The version, incremented by every change. Send it as `expectedVersion`.")
    required_fields: list[str] = column(
        "The fields that have to be filled in before submission, besides `account.name` and `dealType`, as "
        "`DealRegistration.requiredFields` names them."
    )
    questions: list[FormQuestion] = computed(_each(_questions), "The questions to answer.", personal=False)
    minimum_amount: Money | None = embedded(
        Money,
        {"amount": "minimum_amount", "currency": "minimum_currency"},
        "minimum_amount",
        "The smallest amount in this currency that can be registered; null for any.",
    )
    eligible: str = column(
        "A CEL condition over `partner`, `account` and `registration`. If it doesn't hold, submission is refused with "
        "`eligibleMessage`."
    )
    eligible_message: str | None = column("The message for partners that aren't eligible.")
    auto_approve: str = expression(
        _for_the_vendor,
        "A CEL condition under which a registration without conflicts is approved on submission. Empty for partners.",
    )
    review_hours: int = column(
        "The business hours within which a registration is reviewed. The clock rests while the partner is asked."
    )
    calendars: list[BusinessCalendar] = computed(
        _each(_calendars), "The calendars by which business hours are counted, by region.", personal=False
    )
    protection_days: list[TierDays] = computed(_each(_days), "The length of protection, by tier.", personal=False)
    remind_days_before: list[int] = computed(
        _each(lambda policy: list(policy.remind_days_before)),
        "The numbers of days before the end of protection when it is announced.",
        personal=False,
        rows=3,
    )
    max_extensions: int = column("The number of extensions that a registration may get.")
    extension_days: int = column("The number of days that an extension adds by default.")
    max_open_per_partner: int | None = column(
        "The number of registrations that a partner may have submitted or approved at a time; null for any."
    )
    max_resubmissions: int | None = column(
        "The number of times that a registration may be submitted again after changes; null for any."
    )
    review_again_fields: list[str] = column(
        "The fields whose change in the opportunity sends an approved registration back to review: `account`, "
        "`amount`, `dealType`."
    )
    benefits: list[TierBenefit] = computed(
        _each(_benefits),
        "The rewards for approved registrations. The one that fits tier and kind of purchase best counts.",
        personal=False,
    )
    progress: str | None = column(
        "A CEL condition over `partner`, `account`, `registration` and `deal` that has to hold while the registration "
        "is protected: protection ends when it doesn't. Null for none."
    )
    created_at: datetime = column("The date and time of creation.")
    updated_at: datetime = column("The date and time of the last change.")
