"""The target that a forecast is held against."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from asyncpg import Record

from app.database.sql import Slot, Statement, sql
from app.deals.money import Money
from app.events.log import Reader
from app.forecast.whose import Whose
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.periods import Period
from app.vocabulary import Role

_PARTNER, _OWNER, _FIRST, _LAST = (Slot(f"target.{name}") for name in ("partner", "owner", "first", "last"))
_DAY = timedelta(days=1)
_ASKED = {frozenset[str](), frozenset({"partner_id"}), frozenset({"owner_id"}), frozenset({"partner_id", "owner_id"})}


@lru_cache(maxsize=4)
def _statement(scope: VisibilityScope) -> Statement:
    """Of a person who was among several partners' people, and where no partner is named, the one set last."""
    return sql(
        "SELECT DISTINCT ON (t.first_day, t.last_day) t.first_day, t.last_day, t.amount, t.currency"
        " FROM sales_target t WHERE t.owner_id IS NOT DISTINCT FROM {}::uuid"
        " AND (t.partner_id IS NOT DISTINCT FROM {}::uuid OR {}::uuid IS NULL AND {}::uuid IS NOT NULL)"
        " AND t.first_day >= {} AND t.last_day <= {} AND {} ORDER BY t.first_day, t.last_day, t.set_at DESC, t.id",
        *(_OWNER, _PARTNER, _PARTNER, _OWNER, _FIRST, _LAST, visible(scope, "sales_target", "t")),
    ).statement()


def whose_forecast(viewer: Viewer, filters: Mapping[str, object]) -> Whose | None:
    """Whose target is compared with what the filters choose; None: no one's, since they choose by something else."""
    if frozenset(filters) not in _ASKED:
        return None
    partner, owner = filters.get("partner_id"), filters.get("owner_id")
    assert partner is None or isinstance(partner, UUID)
    assert owner is None or isinstance(owner, UUID)
    if not viewer.is_vendor:
        if partner not in (None, viewer.organization_id):
            return None
        partner = viewer.organization_id
    if owner is None and viewer.role is Role.PARTNER_SELLER:
        owner = viewer.user_id
    return Whose(partner, owner)


async def target_of(db: Reader, viewer: Viewer, period: Period, filters: Mapping[str, object]) -> Money | None:
    """The period's own; without one, the sum of those of its quarters or months, if they fill it and are in one
    currency."""
    whose = whose_forecast(viewer, filters)
    if whose is None:
        return None
    statement = _statement(scope_of(viewer))
    slots = {
        **slots_of(viewer),
        _PARTNER.name: whose.partner_id,
        _OWNER.name: whose.owner_id,
        _FIRST.name: period.first,
        _LAST.name: period.last,
    }
    rows = await db.fetch(statement.text, *statement.arguments(slots))
    return _own(rows, period) or _sum(rows, period)


def _own(rows: Sequence[Record], period: Period) -> Money | None:
    for row in rows:
        if (row["first_day"], row["last_day"]) == (period.first, period.last):
            return Money(row["amount"], row["currency"])
    return None


def _sum(rows: Sequence[Record], period: Period) -> Money | None:
    """By the longest parts that stand one after the other."""
    longest = {row["first_day"]: row for row in rows}
    day, amount, currency = period.first, Decimal(0), None
    while day <= period.last:
        row = longest.get(day)
        if row is None or currency not in (None, row["currency"]):
            return None
        currency, amount = row["currency"], amount + row["amount"]
        day = row["last_day"] + _DAY
    assert currency is not None
    return Money(amount, currency)
