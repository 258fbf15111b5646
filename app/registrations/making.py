"""The deal that an approval makes, with what the registration knows of its customer and of the person there."""

from datetime import datetime
from uuid import UUID

from app.database import Transaction
from app.deals.accounts import upsert_account
from app.deals.create import NewOpportunity, create
from app.deals.fields import insert
from app.deals.parties import keeps_owner
from app.events import append, facts
from app.identity.viewer import Viewer
from app.members.addresses import address_key
from app.models.columns import new_id
from app.outcomes import Refused
from app.registrations.stored import StoredRegistration
from app.vocabulary import OpportunitySource

_ACCOUNT = """
SELECT a.id, a.partner_id, a.domain, a.registration_number, a.country, a.industry
FROM account a JOIN opportunity o ON o.account_id = a.id WHERE o.id = $1
"""
_TOLD = ("domain", "registration_number", "country", "industry")
_KNOWN = """
SELECT id FROM contact WHERE account_id = $1 AND partner_id = $2
  AND (email_key = $3 OR $3::text IS NULL AND lower(name) = lower($4)) ORDER BY id LIMIT 1
"""


async def make_deal(tx: Transaction, viewer: Viewer, found: StoredRegistration, at: datetime) -> UUID | Refused:
    """In the first stage of its playbook, the partner's; owned by whoever is in charge of the registration."""
    row = found.row
    said = {
        "name": row["title"] or row["account_name"],
        "expected_close_date": row["expected_close_date"],
        "next_step": row["next_step"],
        "notes": row["need"] or None,
        "source": OpportunitySource.PARTNER,
    }
    new = NewOpportunity(
        {column: value for column, value in said.items() if value is not None},
        account_name=row["account_name"],
        partner_id=found.partner_id,
        owner_id=await keeps_owner(tx, row["owner_id"], found.partner_id),
        playbook_key=found.policy.playbook_key,
        amount=None if row["amount"] is None else (row["amount"], row["currency"]),
    )
    made = await create(viewer, new, at=at, tx=tx)
    if isinstance(made, Refused):
        return made
    account = await _tell_account(tx, viewer, found, made.opportunity_id, at)
    if isinstance(account, Refused):
        return account
    await _tell_contact(tx, viewer, found, made.opportunity_id, account)
    return made.opportunity_id


async def _tell_account(
    tx: Transaction, viewer: Viewer, found: StoredRegistration, deal: UUID, at: datetime
) -> UUID | Refused:
    """What the partner's own record of the customer doesn't know yet. The vendor's record stays as it is."""
    account = await tx.fetchrow(_ACCOUNT, deal)
    assert account is not None, "it has just been made"
    told = {name: found.row[f"account_{name}"] for name in _TOLD if account[name] is None}
    changes = {name: value for name, value in told.items() if value is not None}
    id: UUID = account["id"]
    if account["partner_id"] != found.partner_id or not changes:
        return id
    outcome = await upsert_account(viewer, id, changes, at=at, tx=tx)
    return outcome if isinstance(outcome, Refused) else id


async def _tell_contact(tx: Transaction, viewer: Viewer, found: StoredRegistration, deal: UUID, account: UUID) -> None:
    """The person takes part in the deal, as the partner's record."""
    row = found.row
    if row["contact_name"] is None:
        return
    key = None if row["contact_email"] is None else address_key(row["contact_email"])
    known = await tx.fetchrow(_KNOWN, account, found.partner_id, key, row["contact_name"])
    id = known["id"] if known else new_id()
    if known is None:
        person = {name: row[f"contact_{name}"] for name in ("name", "title", "email", "phone")}
        whose = {"id": id, "account_id": account, "partner_id": found.partner_id, "email_key": key}
        await insert(tx, "contact", {**whose, **person})
        filled = sorted(name for name, value in person.items() if value is not None)
        by = viewer.user_id
        await append(tx, facts.contact_changed(id, account_id=account, version=1, fields=filled, actor_id=by))
    link = {"id": new_id(), "opportunity_id": deal, "contact_id": id, "position": 0}
    await insert(tx, "opportunity_contact", link)
