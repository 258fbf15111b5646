"""A policy of registrations, as rules and use cases see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.registrations.calendars import Calendar, chosen
from app.registrations.values import Question
from app.vocabulary import DealType, PartnerTier

ALWAYS_REQUIRED = ("account.name", "dealType")
"""Without them there is nothing to review."""
COLUMNS = (
    "id, key, playbook_key, version, required_fields, questions, minimum_amount, minimum_currency, eligible,"
    " eligible_message, auto_approve, review_hours, calendars, protection_days, remind_days_before, max_extensions,"
    " extension_days, max_open_per_partner, max_resubmissions, review_again_fields, benefits, progress"
)


@dataclass(frozen=True, slots=True)
class TierDays:
    tier: PartnerTier | None
    days: int


@dataclass(frozen=True, slots=True)
class Benefit:
    """What an approved registration earns. `tier`, `deal_type` None: for all others."""

    tier: PartnerTier | None
    deal_type: DealType | None
    discount_percent: Decimal | None = None
    margin_points: Decimal | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    id: UUID
    key: str
    playbook_key: str
    version: int
    required_fields: tuple[str, ...]
    questions: tuple[Question, ...]
    minimum: tuple[Decimal, str] | None
    eligible: str
    eligible_message: str | None
    auto_approve: str
    review_hours: int
    calendars: tuple[Calendar, ...]
    protection_days: tuple[TierDays, ...]
    remind_days_before: tuple[int, ...]
    max_extensions: int
    extension_days: int
    max_open_per_partner: int | None
    max_resubmissions: int | None
    review_again_fields: tuple[str, ...]
    benefits: tuple[Benefit, ...]
    progress: str | None

    def required(self) -> tuple[str, ...]:
        """What has to be filled in before it is submitted, in the API's words."""
        asked = (f"answers.{question.key}" for question in self.questions if question.required)
        minimum = ("amount",) if self.minimum else ()
        return tuple(dict.fromkeys((*ALWAYS_REQUIRED, *self.required_fields, *minimum, *asked)))

    def days_for(self, tier: PartnerTier | None) -> int:
        """Of protection. That of the tier, else that of all others."""
        exact = next((one.days for one in self.protection_days if one.tier is not None and one.tier is tier), None)
        return exact if exact is not None else next((d.days for d in self.protection_days if d.tier is None), 0)

    def benefit_for(self, tier: PartnerTier | None, deal_type: DealType) -> Benefit | None:
        """The closest: of the tier and type, of the tier, of the type, of all."""
        fitting = [b for b in self.benefits if b.tier in (None, tier) and b.deal_type in (None, deal_type)]
        return min(fitting, key=lambda b: (b.tier is None, b.deal_type is None), default=None)

    def due(self, start: datetime, region: str | None, seconds: int | None = None) -> datetime:
        """When a review that begins at `start` has to be done; `seconds`: of business time, if not all of it."""
        whole = self.review_hours * 3600
        return chosen(self.calendars, region).add(start, whole if seconds is None else seconds)

    def left(self, at: datetime, due: datetime, region: str | None) -> int:
        """Seconds of business time that are left of a review."""
        return chosen(self.calendars, region).between(at, due)


def policy_of(row: Mapping[str, Any]) -> Policy:
    """`row`: of `COLUMNS`, JSON as text."""
    questions, calendars, days, benefits = (
        row[name] if isinstance(row[name], bytes) else row[name].encode()
        for name in ("questions", "calendars", "protection_days", "benefits")
    )
    return Policy(
        id=row["id"],
        key=row["key"],
        playbook_key=row["playbook_key"],
        version=row["version"],
        required_fields=tuple(row["required_fields"]),
        questions=_questions(questions),
        minimum=None if row["minimum_amount"] is None else (row["minimum_amount"], row["minimum_currency"]),
        eligible=row["eligible"],
        eligible_message=row["eligible_message"],
        auto_approve=row["auto_approve"],
        review_hours=row["review_hours"],
        calendars=_calendars(calendars),
        protection_days=_days(days),
        remind_days_before=tuple(sorted(row["remind_days_before"], reverse=True)),
        max_extensions=row["max_extensions"],
        extension_days=row["extension_days"],
        max_open_per_partner=row["max_open_per_partner"],
        max_resubmissions=row["max_resubmissions"],
        review_again_fields=tuple(row["review_again_fields"]),
        benefits=_benefits(benefits),
        progress=row["progress"],
    )


def documents(policy: Policy) -> Mapping[str, str]:
    """The columns of JSON, as `policy_of` reads them."""
    return {
        "questions": _written(
            [{"key": q.key, "label": q.label, "prompt": q.prompt, "required": q.required} for q in policy.questions]
        ),
        "calendars": _written(
            [
                {"region": c.region, "country": c.country, "subdivision": c.subdivision, "timeZone": c.time_zone}
                for c in policy.calendars
            ]
        ),
        "protection_days": _written([{"tier": one.tier, "days": one.days} for one in policy.protection_days]),
        "benefits": _written(
            [
                {
                    "tier": one.tier,
                    "dealType": one.deal_type,
                    "discountPercent": _text(one.discount_percent),
                    "marginPoints": _text(one.margin_points),
                    "note": one.note,
                }
                for one in policy.benefits
            ]
        ),
    }


def _written(values: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(values).decode()


@lru_cache(maxsize=256)
def _questions(text: bytes) -> tuple[Question, ...]:
    return tuple(Question(q["key"], q["label"], q["prompt"], q["required"]) for q in orjson.loads(text))


@lru_cache(maxsize=256)
def _calendars(text: bytes) -> tuple[Calendar, ...]:
    return tuple(Calendar(c["region"], c["country"], c["subdivision"], c["timeZone"]) for c in orjson.loads(text))


@lru_cache(maxsize=256)
def _days(text: bytes) -> tuple[TierDays, ...]:
    return tuple(TierDays(one["tier"] and PartnerTier(one["tier"]), one["days"]) for one in orjson.loads(text))


@lru_cache(maxsize=256)
def _benefits(text: bytes) -> tuple[Benefit, ...]:
    return tuple(
        Benefit(
            one["tier"] and PartnerTier(one["tier"]),
            one["dealType"] and DealType(one["dealType"]),
            _exact(one["discountPercent"]),
            _exact(one["marginPoints"]),
            one["note"],
        )
        for one in orjson.loads(text)
    )


def _exact(written: str | None) -> Decimal | None:
    return None if written is None else Decimal(written)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)
