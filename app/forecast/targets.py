"""Setting and removing targets."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from app.audit import Entry, add
from app.database import Transaction
from app.deals.create import money_problem
from app.deals.editing import within
from app.deals.money import Money, money
from app.forecast.whose import Whose, whose_target
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Outdated, Refused, outdated, refused
from app.periods import Period
from app.vocabulary import ErrorCode

_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('sales_target', 7326))"
_FOUND = """
SELECT id, version, amount, currency FROM sales_target WHERE kind = $1 AND first_day = $2
  AND partner_id IS NOT DISTINCT FROM $3 AND owner_id IS NOT DISTINCT FROM $4 FOR UPDATE
"""
_INSERT = """
INSERT INTO sales_target (id, partner_id, owner_id, period, kind, first_day, last_day, amount, currency, set_at,
  set_by_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_CHANGE = """
UPDATE sales_target SET amount = $2, currency = $3, set_at = $4, set_by_id = $5, version = version + 1 WHERE id = $1
"""
_OWN = "SELECT id, version, partner_id, owner_id, period FROM sales_target WHERE id = $1 FOR UPDATE"
_DELETE = "DELETE FROM sales_target WHERE id = $1"


@dataclass(frozen=True, slots=True)
class TargetSet:
    target_id: UUID
    created: bool


@dataclass(frozen=True, slots=True)
class TargetRemoved:
    target_id: UUID


async def upsert_target(
    viewer: Viewer,
    period: Period,
    amount: tuple[Decimal, str],
    *,
    partner_id: UUID | None = None,
    owner_id: UUID | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> TargetSet | Refused:
    """There is one for each period of a kind, and each partner, person or the programme; it is changed if it is there.
    `expected_version`: of that one; 0 where there is to be none yet."""
    async with within(tx) as own:
        faults = Faults()
        whose = await whose_target(own, viewer, partner_id, owner_id)
        faults.note(whose, money_problem(amount))
        if isinstance(whose, Refused) or faults:
            return faults.refused()
        return await _set(own, viewer, period, whose, money(*amount), expected_version, at or datetime.now(UTC))


async def _set(
    tx: Transaction, viewer: Viewer, period: Period, whose: Whose, exact: Money, expected: int | None, at: datetime
) -> TargetSet | Refused:
    await tx.fetch(_TURN)
    found = await tx.fetchrow(_FOUND, period.kind.value, period.first, *whose)
    if expected is not None and expected != (found["version"] if found else 0):
        return _changed(found["id"] if found else None)
    if found and (found["amount"], found["currency"]) == (exact.amount, exact.currency):
        return TargetSet(found["id"], created=False)
    id = found["id"] if found else new_id()
    if found:
        await tx.execute(_CHANGE, id, exact.amount, exact.currency, at, viewer.user_id)
    else:
        place = (*whose, period.key, period.kind.value, period.first, period.last)
        await tx.execute(_INSERT, id, *place, exact.amount, exact.currency, at, viewer.user_id)
    detail = {"partner": whose.partner_id, "owner": whose.owner_id, "period": period.key}
    figures = {"amount": str(exact.amount), "currency": exact.currency}
    await add(tx, Entry("TARGET_SET", viewer.user_id, f"tgt_{id}", {**detail, **figures}))
    return TargetSet(id, created=found is None)


def _changed(id: UUID | None) -> Refused | Outdated:
    message = "The target has changed meanwhile; read it again and retry."
    if id is None:
        return refused(ErrorCode.CONFLICT, "The target was removed meanwhile.", "expectedVersion")
    return outdated(id, message, "expectedVersion")


async def remove_target(
    viewer: Viewer, target_id: UUID, *, expected_version: int | None = None, tx: Transaction | None = None
) -> TargetRemoved | Refused:
    async with within(tx) as own:
        found = await own.fetchrow(_OWN, target_id)
        if found is None or not (viewer.is_vendor or found["partner_id"] == viewer.organization_id):
            return refused(ErrorCode.NOT_FOUND, "There is no such target.", "targetId")
        if not viewer.is_vendor and found["owner_id"] is None:
            return refused(ErrorCode.FORBIDDEN, "Your organisation's own target is the vendor's to remove.", "targetId")
        if expected_version not in (None, found["version"]):
            return _changed(target_id)
        await own.execute(_DELETE, target_id)
        detail = {"partner": found["partner_id"], "owner": found["owner_id"], "period": found["period"]}
        await add(own, Entry("TARGET_REMOVED", viewer.user_id, f"tgt_{target_id}", detail))
        return TargetRemoved(target_id)
