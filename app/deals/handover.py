"""Giving a deal to another partner, or to the vendor. Facts go with the deal: customer, amounts, dates, the stage and
the moves that led there, what is done. What was confirmed was confirmed of the former partner, and is asked anew. Words
stay with who wrote them (`app.deals.kept`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.database import Transaction
from app.deals import kept
from app.deals.confirming import counts
from app.deals.former_marks import keep_all_former
from app.deals.parties import account_for
from app.deals.store import StoredDeal
from app.events import NewEvent, facts
from app.identity.scopes import Audience, Parties, audiences_of, readers_of
from app.identity.viewer import Viewer
from app.models.columns import new_id

# As `app.recommendations.store.lock` takes it, and as there before the deal is locked.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 7321))"
_HANDOVER = """
INSERT INTO handover (id, opportunity_id, at, by_id, from_partner_id, to_partner_id, from_owner_id, to_owner_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# What its former people expected of it isn't what the new ones do.
_GIVE = """
UPDATE opportunity SET partner_id = $2, owner_id = $3, account_id = $4,
  forecast_category = NULL, forecast_category_at = NULL, forecast_category_by_id = NULL
WHERE id = $1
"""
# The vendor's people, and those of partners that sell along, stay on it.
_LEAVE_TEAM = """
DELETE FROM team_member m USING user_account u
WHERE m.opportunity_id = $1 AND u.id = m.user_id AND u.organization_id IS NOT DISTINCT FROM $2
"""
# Whoever leads a deal doesn't sell it along as well.
_LED = """
UPDATE deal_partner SET status = 'REMOVED', ended_at = $3, version = version + 1
WHERE opportunity_id = $1 AND partner_id = $2 AND status = 'ACCEPTED' AND role = 'LEAD'
"""
# A distributor sees what its reseller shares as long as that is the reseller's.
_SHARED = """
UPDATE deal_partner SET status = 'REMOVED', ended_at = $3, version = version + 1
WHERE opportunity_id = $1 AND inviter_id = $2 AND role = 'DISTRIBUTION' AND status = 'ACCEPTED' RETURNING partner_id
"""
_LEADS = """
UPDATE deal_partner SET status = 'LEFT', ended_at = $3, version = version + 1
WHERE opportunity_id = $1 AND partner_id = $2 AND status IN ('INVITED', 'ACCEPTED') AND role <> 'LEAD'
"""
_FORGET_ADVICE = "DELETE FROM recommendation WHERE opportunity_id = $1"
_END_ADVICE = """
UPDATE next_best_action SET status = 'EXPIRED', ended_at = $2
WHERE opportunity_id = $1 AND status IN ('PROPOSED', 'ACCEPTED')
"""
_EVENTS_STAY = "UPDATE event SET partner_id = $2 WHERE opportunity_id = $1 AND partner_id IS NULL"
# What another organisation said among its own stays with that one, be it a partner that sells along or the vendor.
_COMMENTS_STAY = """
UPDATE comment SET partner_id = $2 WHERE opportunity_id = $1 AND partner_id IS NULL
AND (audience = 'EVERYONE_ON_IT' OR organization_id = $2)
"""
_TEAM = """
SELECT m.user_id, u.organization_id FROM team_member m JOIN user_account u ON u.id = m.user_id
WHERE m.opportunity_id = $1
"""
_ALONG = "SELECT partner_id FROM deal_partner WHERE opportunity_id = $1 AND status = 'ACCEPTED' AND role <> 'LEAD'"


LEFT = "The deal is a colleague's now, and you no longer see it."


@dataclass(frozen=True, slots=True)
class HandedOver:
    """`notice`: what came of it, in sentences."""

    handover_id: UUID
    notice: str


async def wait_for_advice(tx: Transaction, opportunity_id: UUID) -> None:
    """Until nobody is about to write advice for the deal; to be called before it is locked."""
    await tx.fetch(_LOCK, opportunity_id)


async def hand_over(
    tx: Transaction, viewer: Viewer, found: StoredDeal, partner_id: UUID | None, owner_id: UUID | None, at: datetime
) -> HandedOver:
    """The deal is locked; that it may be given to them has been decided."""
    id, former = new_id(), found.partner_id
    await tx.execute(_HANDOVER, id, found.id, at, viewer.user_id, former, partner_id, found.row["owner_id"], owner_id)
    asked = texts = 0
    if former is not None:
        asked = sum(counts(found, id) for id in found.marks if id in found.play.criteria)
        await keep_all_former(tx, found, viewer, at)
        texts = await kept.keep(tx, found.id, id, former)
        await tx.execute(_EVENTS_STAY, found.id, former)
        await tx.execute(_COMMENTS_STAY, found.id, former)
    await tx.execute(_END_ADVICE, found.id, at)
    await tx.execute(_FORGET_ADVICE, found.id)
    await tx.execute(_LEAVE_TEAM, found.id, former)
    if former is not None:
        await tx.execute(_LED, found.id, former, at)
        for row in await tx.fetch(_SHARED, found.id, former, at):
            await tx.execute(_LEAVE_TEAM, found.id, row["partner_id"])
    if partner_id is not None:
        await tx.execute(_LEADS, found.id, partner_id, at)
    account = await account_for(tx, found.row["account_id"], partner_id)
    await tx.execute(_GIVE, found.id, partner_id, owner_id, account)
    if partner_id is not None:
        await kept.give_back(tx, found.id, partner_id)
    return HandedOver(id, _notice(found, partner_id, owner_id, asked, texts, account))


def _notice(
    found: StoredDeal, partner_id: UUID | None, owner_id: UUID | None, asked: int, texts: int, account: UUID
) -> str:
    said = ["The deal is another partner's now." if partner_id else "The deal is the vendor's own now."]
    if owner_id is None:
        said.append(_without_owner(partner_id))
    if asked:
        what = "criterion that was confirmed is" if asked == 1 else "criteria that were confirmed are"
        said.append(f"{asked} {what} asked anew; who confirmed it, and how, is in `formerMarks`.")
    if texts:
        whose = (
            "text from the former partner's time stays" if texts == 1 else "texts from the former partner's time stay"
        )
        said.append(f"{texts} {whose} behind, for you to read in `handover.kept`.")
    if account != found.row["account_id"]:
        said.append("Its customer is the new partner's own record of it.")
    return " ".join(said)


def _without_owner(partner_id: UUID | None) -> str:
    if partner_id is None:
        return "It has no owner: name one by `ownerId`."
    return (
        "It has no owner: until you name one by `ownerId`, the new partner's managers and the vendor's people see it,"
        " and its sellers don't."
    )


async def parties(tx: Transaction, found: StoredDeal) -> Parties:
    """Of a deal as it was found, with its team and the partners that sell along as they are now."""
    team = [(row["user_id"], row["organization_id"]) for row in await tx.fetch(_TEAM, found.id)]
    along = [row["partner_id"] for row in await tx.fetch(_ALONG, found.id)]
    return Parties(found.partner_id, found.row["owner_id"], team, along)


def tidings(opportunity_id: UUID, before: Parties, after: Parties) -> list[NewEvent]:
    """That the deal has left those who see it no more, and come to those who didn't see it before; to each partner's
    people an event of their own."""
    left, came = _by_partner(difference(before, after)), _by_partner(difference(after, before))
    events = [facts.opportunity_left(opportunity_id, partner_id=one, readers=readers) for one, readers in left.items()]
    return events + [
        facts.opportunity_came(opportunity_id, partner_id=one, readers=readers) for one, readers in came.items()
    ]


def difference(one: Parties, other: Parties) -> list[Audience]:
    seen = set(audiences_of(other))
    return [audience for audience in audiences_of(one) if audience not in seen]


def _by_partner(audiences: Iterable[Audience]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for audience in audiences:
        if audience.organization_id is not None:
            found.setdefault(audience.organization_id, []).extend(readers_of([audience]))
    return found
