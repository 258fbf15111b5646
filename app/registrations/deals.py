"""The deal that a registration is of: one that exists already, or the one that its approval makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.company_names import Company, likeness
from app.database import Transaction
from app.deals.editing import READ_ONLY
from app.deals.names import name_key
from app.deals.store import StoredDeal, deal
from app.identity.viewer import Viewer
from app.outcomes import Refused, refused
from app.registrations import rules
from app.vocabulary import ErrorCode, OpportunityStatus, RegistrationStatus

_ACCOUNT = "SELECT domain, registration_number FROM account WHERE id = $1"
_CUSTOMER = """
SELECT a.name, a.country, a.domain, a.registration_number FROM account a JOIN opportunity o ON o.account_id = a.id
WHERE o.id = $1
"""
_LOCK = "SELECT FROM opportunity WHERE id = $1 FOR NO KEY UPDATE"
_REGISTERED = "SELECT registration_status FROM opportunity WHERE id = $1"


@dataclass(frozen=True, slots=True)
class SaidByDeal:
    """What a registration takes over from the deal that it is begun for."""

    playbook_key: str
    values: Mapping[str, Any]


async def said_by_deal(tx: Transaction, viewer: Viewer, id: UUID, partner: UUID) -> SaidByDeal | Refused:
    """The deal is locked until the transaction ends."""
    await tx.fetch(_LOCK, id)
    found = await _registrable(tx, viewer, id, partner)
    if isinstance(found, Refused):
        return found
    account = await tx.fetchrow(_ACCOUNT, found.row["account_id"])
    known = {
        "title": found.row["name"],
        "account_name": found.row["account_name"],
        "account_domain": account and account["domain"],
        "account_registration_number": account and account["registration_number"],
        "account_country": found.row["country"],
        "account_industry": found.row["industry"],
        "amount": found.row["amount"],
        "currency": found.row["currency"],
        "expected_close_date": found.row["expected_close_date"],
        "next_step": found.row["next_step"],
    }
    return SaidByDeal(found.play.key, {column: value for column, value in known.items() if value is not None})


async def deal_problem(tx: Transaction, viewer: Viewer, id: UUID, partner: UUID, playbook_key: str) -> Refused | None:
    """Why a registration of the partner can't be of this deal, which is locked."""
    found = await _registrable(tx, viewer, id, partner)
    if isinstance(found, Refused):
        return found
    if found.play.key != playbook_key:
        message = f"The deal is on “{found.play.key}”; begin a registration on that playbook."
        return refused(ErrorCode.INVALID, message, "opportunityId")
    return None


async def closed_problem(tx: Transaction, id: UUID) -> Refused | None:
    """Of the deal that a registration names, which is locked."""
    row = await tx.fetchrow("SELECT status FROM opportunity WHERE id = $1", id)
    if row is None or row["status"] == OpportunityStatus.OPEN:
        return None
    message = "Its deal has been closed meanwhile; have it reopened, or attach the registration to another one."
    return refused(ErrorCode.INVALID, message, "opportunityId")


async def customer_problem(tx: Transaction, id: UUID, said: Mapping[str, Any]) -> Refused | None:
    """Of the locked deal that the registration `said` is to be of: conflicts were sought for the customer that this
    names, so the deal's is to be the same, as far as anybody can tell by what is written of both."""
    row = await tx.fetchrow(_CUSTOMER, id)
    assert row is not None, "it is locked"
    if name_key(row["name"]) == name_key(said["account_name"] or ""):
        return None
    place = {"country": said["account_country"], "domain": said["account_domain"]}
    registered = Company(said["account_name"] or "", **place, registration_number=said["account_registration_number"])
    if likeness(Company(**row), registered).alike:
        return None
    message = f"Its deal is with another customer, “{row['name']}”: put one right, or override that with a note."
    return refused(ErrorCode.BLOCKED, message, "override")


async def _registrable(tx: Transaction, viewer: Viewer, id: UUID, partner: UUID) -> StoredDeal | Refused:
    found = await deal(tx, viewer, id)
    if found is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such deal.", "opportunityId")
    if not found.may_edit:
        return refused(ErrorCode.FORBIDDEN, READ_ONLY, "opportunityId")
    if found.partner_id != partner:
        message = "The deal isn't this partner's: transfer it to the partner first, or register without it."
        return refused(ErrorCode.INVALID, message, "opportunityId")
    if found.status is not OpportunityStatus.OPEN:
        return refused(ErrorCode.INVALID, "The deal is closed; have it reopened first.", "opportunityId")
    row = await tx.fetchrow(_REGISTERED, id)
    status = row["registration_status"] if row else None
    if status is not None and RegistrationStatus(status) in rules.ALIVE:
        message = "The deal has a registration already; see `Opportunity.registration`."
        return refused(ErrorCode.CONFLICT, message, "opportunityId")
    return found
