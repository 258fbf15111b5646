"""Conflicts of a registration with registrations and deals of others.

They are found when they are asked for (`finding`): whenever the vendor's people look, and again at approval, of which
one runs at a time. A submission itself looks for none, so that neither its answer nor its time tells of any; a job does
what the policy lets happen by itself (`app.registrations.deciding`).
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app import audit
from app.database import Transaction
from app.identity.system_viewer import SYSTEM_VIEWER
from app.identity.viewer import Viewer
from app.registrations.conflicts.finding import Claimed, Conflict, conflicts_of
from app.registrations.conflicts.keys import renew
from app.registrations.conflicts.precedence import Claim
from app.registrations.stored import StoredRegistration
from app.vocabulary import RegistrationStatus

# Approvals take turns, so that none of two that conflict overlooks the other.
_TURN = "SELECT pg_advisory_xact_lock(73252)"


async def at_approval(tx: Transaction, registration: StoredRegistration) -> Sequence[Conflict]:
    """Those that stand now that it is about to be approved. Until the transaction ends, nobody else approves any."""
    await take_turn(tx)
    await renew(tx)
    (found,) = await conflicts_of(tx, SYSTEM_VIEWER, [claimed(registration)])
    return found


async def take_turn(tx: Transaction) -> None:
    """Until the transaction ends, nobody else approves a registration, or decides which one comes first."""
    await tx.fetch(_TURN)


async def note_override(tx: Transaction, viewer: Viewer, registration_id: UUID, met: Sequence[Conflict]) -> None:
    """In the audit log: in spite of which it is approved."""
    ids = [f"reg_{one.registration_id}" if one.registration_id else f"opp_{one.opportunity_id}" for one in met]
    detail = {"conflicts": ids}
    entry = audit.Entry("REGISTRATION_CONFLICTS_OVERRIDDEN", viewer.user_id, f"reg_{registration_id}", detail)
    await audit.add(tx, entry)


def claimed(registration: StoredRegistration) -> Claimed:
    return claimed_row(registration.row)


def claimed_row(row: Any) -> Claimed:
    """`row`: of `deal_registration`."""
    named = {
        "name": row["account_name"],
        "place": row["account_city"],
        "country": row["account_country"],
        "domain": row["account_domain"],
        "registration_number": row["account_registration_number"],
    }
    claim = Claim(row["id"], RegistrationStatus(row["status"]), row["submitted_at"])
    about = {**named, "products": row["products"], "title": row["title"], "need": row["need"]}
    opportunity: UUID | None = row["opportunity_id"]
    return Claimed(about, claim, row["partner_id"], opportunity)
