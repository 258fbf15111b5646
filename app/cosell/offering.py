"""Offering a deal of the vendor's own to partners, until one of them has taken it or nobody is left to ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.cosell.inviting import Invitation, Invited, problem_of, write
from app.cosell.ranking import Candidate, Ranked, Wanted, ranked
from app.database import Transaction
from app.database.connection import as_house
from app.deals.editing import changeable, within
from app.deals.store import StoredDeal, deal
from app.events.log import Reader
from app.identity.system_viewer import SYSTEM_VIEWER
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.vocabulary import (
    DealPartnerRole,
    ErrorCode,
    OfferMode,
    OfferStatus,
    OpportunityStatus,
    PartnerTier,
    Permission,
)

MOST_ASKED = 20

# Who has declined, or is asked already, isn't asked again.
_CANDIDATES = """
SELECT g.id, g.key, g.tier, g.industries, g.region, g.regions,
  (SELECT count(*) FROM user_account u WHERE u.organization_id = g.id AND u.active) AS people,
  count(o.id) FILTER (WHERE o.status = 'OPEN') AS open_deals,
  count(o.id) FILTER (WHERE o.status = 'WON') AS won, count(o.id) FILTER (WHERE o.status = 'LOST') AS lost
FROM organization g LEFT JOIN opportunity o ON o.partner_id = g.id
WHERE g.kind = 'PARTNER' AND g.status = 'ACTIVE' AND ($2::uuid[] IS NULL OR g.id = ANY ($2))
  AND NOT EXISTS (SELECT FROM deal_partner d WHERE d.opportunity_id = $1 AND d.partner_id = g.id
    AND d.status IN ('DECLINED', 'INVITED', 'ACCEPTED'))
GROUP BY g.id
"""
_CUSTOMER = """
SELECT a.industry, a.country FROM opportunity o JOIN account a ON a.id = o.account_id WHERE o.id = $1
"""
_OPEN = "SELECT FROM deal_offer WHERE opportunity_id = $1 AND status = 'OPEN'"
_OFFER = """
INSERT INTO deal_offer (id, opportunity_id, mode, status, waiting, message, days, made_at, made_by_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_STANDS = "SELECT * FROM deal_offer WHERE id = $1 AND status = 'OPEN' FOR NO KEY UPDATE"
_ASKED = "SELECT FROM deal_partner WHERE offer_id = $1 AND status = 'INVITED' LIMIT 1"
_NEXT = "UPDATE deal_offer SET waiting = $2, status = $3 WHERE id = $1"
_TAKEN = "UPDATE deal_offer SET status = 'ACCEPTED', waiting = '{}' WHERE id = $1 AND status = 'OPEN'"


@dataclass(frozen=True, slots=True)
class OfferedTo:
    partner_id: UUID
    score: float
    reasons: tuple[str, ...]


async def candidates(db: Reader, opportunity_id: UUID, among: Sequence[UUID] | None = None) -> list[OfferedTo]:
    """Whom the deal could be offered to, best first."""
    customer = await db.fetchrow(_CUSTOMER, opportunity_id)
    rows = await db.fetch(_CANDIDATES, opportunity_id, None if among is None else list(among))
    ids = {row["key"]: row["id"] for row in rows}
    country = (customer["country"] or "").lower() if customer else ""
    industry = customer["industry"].lower() if customer and customer["industry"] else None
    wanted = Wanted(frozenset({country} - {""}), industry)
    return [_offered(ids, one) for one in ranked([_candidate(row) for row in rows], wanted)]


async def offered(db: Reader, ids: Sequence[UUID]) -> Mapping[UUID, list[OfferedTo]]:
    """Of the vendor's own deals among these."""
    rows = await db.fetch("SELECT id FROM opportunity WHERE id = ANY ($1::uuid[]) AND partner_id IS NULL", list(ids))
    return {row["id"]: await candidates(db, row["id"]) for row in rows}


def _offered(ids: dict[str, UUID], one: Ranked) -> OfferedTo:
    return OfferedTo(ids[one.candidate.key], one.score, one.reasons)


def _candidate(row: asyncpg.Record) -> Candidate:
    places = {place.lower() for place in (row["region"], *(row["regions"] or ())) if place}
    return Candidate(
        key=row["key"],
        tier=row["tier"] and PartnerTier(row["tier"]),
        places=frozenset(places),
        industries=frozenset(one.lower() for one in row["industries"] or ()),
        people=row["people"],
        open_deals=row["open_deals"],
        won=row["won"],
        lost=row["lost"],
    )


async def offer(
    viewer: Viewer,
    opportunity_id: UUID,
    mode: OfferMode,
    partner_ids: Sequence[UUID] | None,
    *,
    most: int = 5,
    message: str | None = None,
    days: int | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Invited | Refused:
    """To the best `most` of these partners, or of all; those who have declined before aren't asked. FIRST_TO_ACCEPT
    asks them all at once, IN_TURN one after the other, as the one before declines or lets it expire."""
    when = at or datetime.now(UTC)
    async with within(tx) as own:
        found = await changeable(own, viewer, opportunity_id, expected_version, Permission.ASSIGN_PARTNER)
        if isinstance(found, Refused):
            return found
        async with as_house(own):
            if problem := await _problem(own, found, most):
                return problem
            best = (await candidates(own, found.id, partner_ids))[:most]
            if not best:
                message = "Nobody is left to ask: name partners who haven't declined and aren't asked already."
                return refused(ErrorCode.NOT_FOUND, message, "partnerIds")
            order = [one.partner_id for one in best]
            now = order if mode is OfferMode.FIRST_TO_ACCEPT else order[:1]
            asked = Invitation(now[0], DealPartnerRole.LEAD, message=message, days=days, offer_id=new_id())
            if wrong := await problem_of(own, viewer, found, asked):
                return wrong
            later = order[len(now) :]
            said = (asked.offer_id, found.id, mode.value, OfferStatus.OPEN.value, later, message, days, when)
            await own.execute(_OFFER, *said, viewer.user_id)
            return await _ask(own, viewer, found, asked, now, when)


async def _problem(tx: Transaction, found: StoredDeal, most: int) -> Refused | None:
    faults = Faults()
    if not 1 <= most <= MOST_ASKED:
        faults.note(refused(ErrorCode.INVALID, f"From 1 to {MOST_ASKED} partners.", "most"))
    if found.partner_id is not None:
        message = "A partner leads the deal already; only the vendor's own deals are offered."
        faults.note(refused(ErrorCode.INVALID, message, "opportunityId"))
    elif await tx.fetchrow(_OPEN, found.id) is not None:
        message = "The deal is offered already; wait for the answers, or withdraw the invitations."
        faults.note(refused(ErrorCode.CONFLICT, message, "opportunityId"))
    return faults.refusal()


async def _ask(
    tx: Transaction, viewer: Viewer, found: StoredDeal, asked: Invitation, partners: Sequence[UUID], at: datetime
) -> Invited:
    made = [await write(tx, viewer, found, asked.to(partner), at) for partner in partners]
    return made[0]


async def go_on(tx: Transaction, row: asyncpg.Record, at: datetime) -> None:
    """Of an offer, an invitation has been declined, has expired or was withdrawn: who is next is asked."""
    stands = None if row["offer_id"] is None else await tx.fetchrow(_STANDS, row["offer_id"])
    if stands is None:
        return
    found = await deal(tx, SYSTEM_VIEWER, row["opportunity_id"])
    waiting = list(stands["waiting"])
    open_ones = {one.partner_id for one in await candidates(tx, row["opportunity_id"], waiting)}
    waiting = [id for id in waiting if id in open_ones]
    asks = found is not None and found.partner_id is None and found.status is OpportunityStatus.OPEN
    if asks and waiting and stands["mode"] == OfferMode.IN_TURN:
        assert found is not None
        asked = Invitation(
            waiting[0], DealPartnerRole.LEAD, message=stands["message"], days=stands["days"], offer_id=stands["id"]
        )
        await write(tx, SYSTEM_VIEWER, found, asked, at)
        await tx.execute(_NEXT, stands["id"], waiting[1:], OfferStatus.OPEN.value)
    elif not asks or await tx.fetchrow(_ASKED, stands["id"]) is None:
        await tx.execute(_NEXT, stands["id"], [], OfferStatus.EXHAUSTED.value)


async def taken(tx: Transaction, row: asyncpg.Record) -> None:
    if row["offer_id"] is not None:
        await tx.execute(_TAKEN, row["offer_id"])
