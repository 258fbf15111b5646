"""A deal's registration, when the deal changes: what was approved is what the deal said.

| change of the deal                                             | its registration                                  |
|----------------------------------------------------------------|---------------------------------------------------|
| the partner changes a field that its policy has reviewed again | says the same, and is under review again, while   |
|                                                                | protection goes on                                |
| anybody else, or another field                                 | says the same, if it is approved                  |
| it is transferred                                              | is revoked, if approved; else of no deal any more |
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.database import Transaction
from app.deals.fields import change
from app.deals.store import StoredDeal
from app.events import append, facts
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.vocabulary import EventType, RegistrationStatus, RegistrationStepKind

FOLLOWED = frozenset({"account", "amount", "dealType", "expectedCloseDate", "name", "nextStep"})
"""What a registration says of its deal, in the API's words."""
_FOUND = """
SELECT r.id, r.status, r.partner_id, r.submitted_at, p.review_again_fields
FROM deal_registration r JOIN registration_policy p ON p.id = r.policy_id WHERE r.id = $1 FOR UPDATE OF r
"""
_SAID = """
SELECT o.name AS title, a.name AS account_name, a.domain AS account_domain,
  a.registration_number AS account_registration_number, a.country AS account_country, a.industry AS account_industry,
  o.amount, o.currency, o.expected_close_date, o.next_step, o.deal_type
FROM opportunity o JOIN account a ON a.id = o.account_id WHERE o.id = $1
"""
_COLUMNS: Mapping[str, Collection[str]] = {
    "name": ("title",),
    "account": (
        "account_name",
        "account_domain",
        "account_registration_number",
        "account_country",
        "account_industry",
    ),
    "amount": ("amount", "currency"),
    "dealType": ("deal_type",),
    "expectedCloseDate": ("expected_close_date",),
    "nextStep": ("next_step",),
}
_STEP = """
INSERT INTO registration_step (id, registration_id, seq, kind, from_status, to_status, at, actor_id, automatic, changed,
  code, reason)
SELECT $1, $2, 1 + coalesce(max(s.seq), 0), $3, 'APPROVED', $4, $5, $6, TRUE, $7, $8, $9
FROM registration_step s WHERE s.registration_id = $2
"""
_RETURNED = """
UPDATE opportunity SET registration_status = 'SUBMITTED' WHERE id = $1
"""
_DETACHED = """
UPDATE opportunity SET registration_id = NULL, registration_status = NULL, protected_until = NULL WHERE id = $1
"""
TRANSFERRED = "The deal was transferred to somebody else."


async def follow(tx: Transaction, viewer: Viewer, found: StoredDeal, changed: Collection[str], at: datetime) -> None:
    """After fields of the deal (in the API's words) were written, which is locked. `found`: as it was before."""
    if found.row["registration_id"] is None:
        return
    if "partner" in changed:
        await _leave(tx, viewer, found, at)
        return
    fields = FOLLOWED.intersection(changed)
    if not fields or found.row["registration_status"] != RegistrationStatus.APPROVED:
        return
    row = await tx.fetchrow(_FOUND, found.row["registration_id"])
    assert row is not None, "the deal names it"
    said = await tx.fetchrow(_SAID, found.id)
    assert said is not None, "it is locked"
    values: dict[str, Any] = {column: said[column] for name in sorted(fields) for column in _COLUMNS[name]}
    again = sorted(fields.intersection(row["review_again_fields"]))
    if viewer.is_vendor or not again:
        await change(tx, "deal_registration", row["id"], values, "version = version + 1")
        return
    await _review_again(tx, viewer, found, row["id"], row["partner_id"], values, again, at)


async def _review_again(
    tx: Transaction,
    viewer: Viewer,
    found: StoredDeal,
    id: UUID,
    partner: UUID,
    values: Mapping[str, Any],
    fields: Collection[str],
    at: datetime,
) -> None:
    """Its time for the review is reckoned when a worker looks next (`app.registrations.upkeep`)."""
    status = RegistrationStatus.SUBMITTED
    reviewed: dict[str, Any] = {
        "status": status.value,
        "reviewer_id": None,
        "review_due_at": None,
        "escalated_at": None,
    }
    if "account" in fields:
        reviewed["submitted_at"] = at
    await change(tx, "deal_registration", id, {**values, **reviewed, "updated_at": at}, "version = version + 1")
    await tx.execute(_RETURNED, found.id)
    kind = RegistrationStepKind.REVIEW_AGAIN.value
    await tx.execute(_STEP, new_id(), id, kind, status.value, at, viewer.user_id, list(fields), None, None)
    event = facts.registration_step(
        EventType.REGISTRATION_UNDER_REVIEW_AGAIN,
        id,
        status=status,
        partner_id=partner,
        actor_id=viewer.user_id,
        fields=list(fields),
    )
    await append(tx, event)


async def _leave(tx: Transaction, viewer: Viewer, found: StoredDeal, at: datetime) -> None:
    row = await tx.fetchrow(_FOUND, found.row["registration_id"])
    if row is None:
        return
    await tx.execute(_DETACHED, found.id)
    if row["status"] != RegistrationStatus.APPROVED:
        if row["status"] in _UNDECIDED:
            await change(tx, "deal_registration", row["id"], {"opportunity_id": None}, "version = version + 1")
        return
    status = RegistrationStatus.REVOKED
    ended = {"status": status.value, "rejection_code": "OTHER", "reason": TRANSFERRED, "protected_until": at}
    decided = {"decided_at": at, "decided_by_id": viewer.user_id, "updated_at": at}
    await change(tx, "deal_registration", row["id"], {**ended, **decided}, "version = version + 1")
    kind = RegistrationStepKind.REVOKE.value
    await tx.execute(_STEP, new_id(), row["id"], kind, status.value, at, viewer.user_id, [], "OTHER", TRANSFERRED)
    event = facts.registration_step(
        EventType.REGISTRATION_REVOKED,
        row["id"],
        status=status,
        partner_id=row["partner_id"],
        actor_id=viewer.user_id,
        code="OTHER",
    )
    await append(tx, event)


_UNDECIDED = frozenset(
    {
        RegistrationStatus.DRAFT,
        RegistrationStatus.SUBMITTED,
        RegistrationStatus.IN_REVIEW,
        RegistrationStatus.CHANGES_REQUESTED,
    }
)
