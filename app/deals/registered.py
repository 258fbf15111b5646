"""A deal's registration, when the deal changes: what was approved is what the deal said.

| change of the deal                                             | its registration                                  |
|----------------------------------------------------------------|---------------------------------------------------|
| the partner changes a field that its policy has reviewed again | says the same; approved, it is under review       |
|                                                                | again, while protection goes on                   |
| the partner changes the customer, before a decision            | says the same, and is the latest of all submitted |
| anybody else, or another field                                 | says the same, until it ends                      |
| it is transferred                                              | is revoked, if approved; else of no deal any more |
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.database import Transaction, transaction
from app.deals.fields import change
from app.deals.store import StoredDeal
from app.events import append, facts, wake
from app.identity.viewer import Viewer
from app.jobs import defer, jobs
from app.models.columns import new_id
from app.vocabulary import EventType, OrganizationKind, RegistrationStatus, RegistrationStepKind, Role

FOLLOWED = frozenset({"account", "amount", "dealType", "expectedCloseDate", "name", "nextStep"})
"""What a registration says of its deal, in the API's words."""
FOLLOW = "follow_deal_in_registration"
_LOCK = "SELECT FROM opportunity WHERE id = $1 FOR NO KEY UPDATE"
_FOUND = """
SELECT r.*, p.review_again_fields
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
_UNREVIEWED = frozenset({"account_industry"})
"""It doesn't say which customer it is."""
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
_UNDECIDED = frozenset(
    {
        RegistrationStatus.DRAFT,
        RegistrationStatus.SUBMITTED,
        RegistrationStatus.IN_REVIEW,
        RegistrationStatus.CHANGES_REQUESTED,
    }
)
FOLLOWING = _UNDECIDED | {RegistrationStatus.APPROVED}
TRANSFERRED = "The deal was transferred to somebody else."


async def follow(tx: Transaction, viewer: Viewer, found: StoredDeal, changed: Collection[str], at: datetime) -> None:
    """After fields of the deal (in the API's words) were written, which is locked. `found`: as it was before."""
    if found.row["registration_id"] is None:
        return
    if "partner" in changed:
        await _leave(tx, viewer, found, at)
        return
    fields = {name: _COLUMNS[name] for name in sorted(FOLLOWED.intersection(changed))}
    if fields:
        await take_over(tx, viewer, found.id, found.row["registration_id"], fields, at)


async def take_over(
    tx: Transaction,
    viewer: Viewer,
    deal: UUID,
    id: UUID,
    fields: Mapping[str, Collection[str]],
    at: datetime,
) -> None:
    """Let the registration `id` of the locked deal say what that says of `fields`: columns by the API's words. Whoever
    isn't of its partner changes nothing that was agreed with it, so that isn't reviewed. Who sells along sees none,
    so it follows in a job."""
    row = await tx.fetchrow(_FOUND, id)
    if row is None:
        said = {name: list(columns) for name, columns in fields.items()}
        by, at_home = viewer.user_id, viewer.organization_id
        await defer(tx, FOLLOW, deal_id=deal, registration_id=id, actor_id=by, organization_id=at_home, fields=said)
        return
    await _take_over(tx, viewer, deal, row, fields, at)


@jobs.task(name=FOLLOW)
async def follow_later(
    deal_id: str, registration_id: str, actor_id: str, organization_id: str, fields: dict[str, list[str]]
) -> None:
    editor = Viewer(UUID(actor_id), UUID(organization_id), OrganizationKind.PARTNER, Role.PARTNER_MANAGER)
    async with transaction() as tx:
        await tx.fetch(_LOCK, UUID(deal_id))
        row = await tx.fetchrow(_FOUND, UUID(registration_id))
        if row is not None and row["opportunity_id"] == UUID(deal_id):
            await _take_over(tx, editor, UUID(deal_id), row, fields, datetime.now(UTC))
    wake()


async def _take_over(
    tx: Transaction,
    viewer: Viewer,
    deal: UUID,
    row: Mapping[str, Any],
    fields: Mapping[str, Collection[str]],
    at: datetime,
) -> None:
    id: UUID = row["id"]
    if RegistrationStatus(row["status"]) not in FOLLOWING:
        return
    said = await tx.fetchrow(_SAID, deal)
    assert said is not None, "it is locked"
    values = {column: said[column] for columns in fields.values() for column in columns if said[column] != row[column]}
    if not values:
        return
    told = values.keys() - _UNREVIEWED
    own = {name for name, columns in fields.items() if not told.isdisjoint(columns)} if _is_own(viewer, row) else set()
    again = sorted(own.intersection(row["review_again_fields"]))
    if row["status"] == RegistrationStatus.APPROVED and again:
        await _review_again(tx, viewer, deal, id, row["partner_id"], values, again, at)
        return
    if row["status"] != RegistrationStatus.APPROVED and "account" in own and row["submitted_at"] is not None:
        values["submitted_at"] = at
    await change(tx, "deal_registration", id, values, "version = version + 1")


def _is_own(viewer: Viewer, row: Mapping[str, Any]) -> bool:
    own: bool = viewer.organization_id == row["partner_id"]
    return own


async def _review_again(
    tx: Transaction,
    viewer: Viewer,
    deal: UUID,
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
    await tx.execute(_RETURNED, deal)
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
