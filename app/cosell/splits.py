"""Shares of a deal's revenue: who gets how much of it, from which month on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from app import audit
from app.database import Transaction
from app.database.connection import as_house
from app.database.sql import Slot, Statement, all_of, sql
from app.deals.editing import Changed, changeable, within
from app.deals.handover import parties
from app.deals.store import StoredDeal
from app.events import NewEvent, append, facts
from app.events.log import Reader, audited
from app.identity.scopes import Parties, VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode, OrganizationKind, Permission, SplitKind

MOST = 50
MOST_DIGITS = 4
"""Of a percentage, behind the point."""
WHOLE = Decimal(100)
IDS, MONTH = Slot("opportunity_ids"), Slot("month")

_KNOWN = """
SELECT partner_id, user_id, percent FROM revenue_split WHERE opportunity_id = $1 AND kind = $2 AND month = $3
"""
_CLEAR = "DELETE FROM revenue_split WHERE opportunity_id = $1 AND kind = $2 AND month = $3"
_WRITE = """
INSERT INTO revenue_split (id, opportunity_id, partner_id, user_id, kind, percent, month, set_at, set_by_id)
SELECT n.id, $5::uuid, n.partner_id, n.user_id, $6::text, n.percent, $7::date, $8::timestamptz, $9::uuid
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::numeric[]) AS n (id, partner_id, user_id, percent)
"""
# Until the next month for which there are any.
_END = """
UPDATE revenue_split s SET until_month = (
  SELECT min(n.month) FROM revenue_split n WHERE n.opportunity_id = $1 AND n.kind = $2 AND n.month > s.month
) WHERE s.opportunity_id = $1 AND s.kind = $2
"""
_PEOPLE = """
SELECT u.id, u.organization_id, g.kind FROM user_account u JOIN organization g ON g.id = u.organization_id
WHERE u.id = ANY ($1::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Share:
    """Of a partner, of a person, or (neither) of the vendor."""

    partner_id: UUID | None
    user_id: UUID | None
    percent: Decimal


@dataclass(frozen=True, slots=True)
class StoredShare(Share):
    kind: SplitKind
    month: date


def first_of(day: date) -> date:
    return day.replace(day=1)


async def set_splits(
    viewer: Viewer,
    opportunity_id: UUID,
    kind: SplitKind,
    shares: Sequence[Share],
    *,
    month: date | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Changed | Refused:
    """In place of those that were set for this month; what was set for later months stays. None at all: those of the
    month before count. REVENUE shares have a sum of exactly 100."""
    when = at or datetime.now(UTC)
    counts_from = first_of(month or when.date())
    async with within(tx) as own:
        found = await changeable(own, viewer, opportunity_id, expected_version, Permission.ASSIGN_PARTNER)
        if isinstance(found, Refused):
            return found
        if problem := amount_problem(kind, shares):
            return problem
        placed = await _placed(own, found, await parties(own, found), shares)
        if isinstance(placed, Refused):
            return placed
        async with as_house(own):
            return await _write(own, viewer, found, kind, placed, counts_from, when)


def amount_problem(kind: SplitKind, shares: Sequence[Share]) -> Refused | None:
    """What is wrong with the shares whoever's they are."""
    faults = Faults()
    if len(shares) > MOST:
        faults.note(refused(ErrorCode.INVALID, f"At most {MOST} shares.", "splits"))
    seen: set[tuple[UUID | None, UUID | None]] = set()
    for n, share in enumerate(shares):
        if not 0 < share.percent <= WHOLE or -int(share.percent.as_tuple().exponent) > MOST_DIGITS:
            message = f"A share is more than 0 and at most 100, with at most {MOST_DIGITS} digits behind the point."
            faults.note(refused(ErrorCode.INVALID, message, "splits", str(n), "percent"))
        if (share.partner_id, share.user_id) in seen:
            faults.note(refused(ErrorCode.INVALID, "They have a share already.", "splits", str(n)))
        if share.partner_id is not None and share.user_id is not None:
            message = "Name the person or the partner: a person's organisation is known."
            faults.note(refused(ErrorCode.INVALID, message, "splits", str(n), "userId"))
        seen.add((share.partner_id, share.user_id))
    total = sum((share.percent for share in shares), Decimal(0))
    if kind is SplitKind.REVENUE and shares and total != WHOLE:
        message = f"Shares of the revenue are 100 together, and these are {total.normalize():f}."
        faults.note(refused(ErrorCode.INVALID, message, "splits"))
    return faults.refusal()


async def _placed(tx: Transaction, found: StoredDeal, deal: Parties, shares: Sequence[Share]) -> list[Share] | Refused:
    """With the partners of people."""
    faults, placed = Faults(), list[Share]()
    team = {user_id for user_id, _ in deal.team} | {deal.owner_id}
    named = [share.user_id for share in shares if share.user_id in team]
    people = {row["id"]: row for row in await tx.fetch(_PEOPLE, named)} if named else {}
    for n, share in enumerate(shares):
        partner = share.partner_id
        if share.user_id is not None:
            row = people.get(share.user_id)
            if row is None:
                message = "Nobody on the deal's team has this id: put them on it by `addTeamMember`."
                faults.note(refused(ErrorCode.NOT_FOUND, message, "splits", str(n), "userId"))
                continue
            partner = row["organization_id"] if row["kind"] == OrganizationKind.PARTNER else None
        elif partner is not None and partner not in (found.partner_id, *deal.along):
            message = "That partner takes no part in the deal: invite it by `invitePartner`."
            faults.note(refused(ErrorCode.NOT_FOUND, message, "splits", str(n), "partnerId"))
        placed.append(Share(partner, share.user_id, share.percent))
    return faults.refusal() or placed


async def _write(
    tx: Transaction,
    viewer: Viewer,
    found: StoredDeal,
    kind: SplitKind,
    shares: Sequence[Share],
    month: date,
    at: datetime,
) -> Changed:
    known = {
        Share(row["partner_id"], row["user_id"], row["percent"])
        for row in await tx.fetch(_KNOWN, found.id, kind.value, month)
    }
    changed = known ^ set(shares)
    if not changed:
        return Changed(found.id)
    await tx.execute(_CLEAR, found.id, kind.value, month)
    rows = [(new_id(), share.partner_id, share.user_id, share.percent) for share in shares]
    columns = [[row[n] for row in rows] for n in range(4)]
    await tx.execute(_WRITE, *columns, found.id, kind.value, month, at, viewer.user_id)
    await tx.execute(_END, found.id, kind.value)
    told = _tidings(found, viewer, changed)
    await append(tx, *told)
    if told[0].readers is not None:  # which has no entry of the audit log by itself
        await audit.add(tx, audit.Entry(told[0].type.value, viewer.user_id, audited(told[0]), {"fields": ["splits"]}))
    return Changed(found.id)


def _tidings(found: StoredDeal, viewer: Viewer, changed: Iterable[Share]) -> list[NewEvent]:
    """Each partner is told of its own, and the vendor of all. The deal's version stays: it would tell the others."""
    event = facts.opportunity_updated(found.id, fields=["splits"], actor_id=viewer.user_id)
    partners = sorted({share.partner_id for share in changed if share.partner_id is not None})
    if not partners:
        return [replace(event, readers=())]
    return [replace(event, partner_id=partner) for partner in partners]


async def splits_of(db: Reader, viewer: Viewer, ids: Sequence[UUID], on: date) -> Mapping[UUID, list[StoredShare]]:
    """Those that count in the month of this day and that the viewer sees: a partner its own, the vendor all."""
    statement = _statement(scope_of(viewer))
    slots = {**slots_of(viewer), IDS.name: list(ids), MONTH.name: first_of(on)}
    found: dict[UUID, list[StoredShare]] = defaultdict(list)
    for row in await db.fetch(statement.text, *statement.arguments(slots)):
        found[row["opportunity_id"]].append(
            StoredShare(row["partner_id"], row["user_id"], row["percent"], SplitKind(row["kind"]), row["month"])
        )
    return found


@lru_cache(maxsize=4)
def _statement(scope: VisibilityScope) -> Statement:
    return sql(
        "SELECT s.opportunity_id, s.partner_id, s.user_id, s.percent, s.kind, s.month FROM revenue_split s"
        " WHERE {} AND s.month <= {}::date AND (s.until_month IS NULL OR s.until_month > {}::date)"
        " ORDER BY s.opportunity_id, s.kind DESC, s.percent DESC, s.id",
        all_of([sql("s.opportunity_id = ANY ({}::uuid[])", IDS), visible(scope, "revenue_split", "s")]),
        MONTH,
        MONTH,
    ).statement()
