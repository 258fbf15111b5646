"""The judgement of a policy's conditions on a registration."""

from datetime import datetime
from typing import Any

from app.outcomes import Refused, refused
from app.registrations.conditions import NEVER, amount_of, days_until, facts_of, holds
from app.registrations.stored import StoredRegistration
from app.vocabulary import ErrorCode

REFUSED = "This can't be registered on this playbook; ask your channel manager."


def eligible_problem(found: StoredRegistration, at: datetime) -> Refused | None:
    if holds(found.policy.eligible, facts(found, at, None)):
        return None
    return refused(ErrorCode.BLOCKED, found.policy.eligible_message or REFUSED, "registrationId")


def approves_itself(found: StoredRegistration, at: datetime) -> bool:
    condition = found.policy.auto_approve
    return condition.strip() != NEVER and holds(condition, facts(found, at, None))


def facts(found: StoredRegistration, at: datetime, deal: dict[str, Any] | None) -> dict[str, Any]:
    """`deal`: for progress."""
    row = found.row
    approved_at: datetime | None = row["approved_at"]
    close = row["expected_close_date"]
    return facts_of(
        partner={
            "name": row["partner_name"],
            "tier": row["tier"],
            "kind": row["partner_kind"],
            "region": row["region"],
            "industries": list(row["industries"]),
        },
        account={
            "name": row["account_name"],
            "domain": row["account_domain"],
            "registrationNumber": row["account_registration_number"],
            "country": row["account_country"],
            "city": row["account_city"],
            "postalCode": row["account_postal_code"],
            "industry": row["account_industry"],
        },
        registration={
            "title": row["title"],
            "dealType": row["deal_type"],
            "products": list(row["products"]),
            "amount": amount_of(row["amount"]),
            "currency": row["currency"],
            "closeDate": close and close.isoformat(),
            "daysToClose": days_until(close, at.date()),
            "need": row["need"],
            "nextStep": row["next_step"],
            "answers": dict(found.answers),
            "daysApproved": 0 if approved_at is None else (at - approved_at).days,
        },
        deal=deal,
    )
