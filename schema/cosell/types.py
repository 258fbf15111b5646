"""The people and partners who take part in a deal, and their shares."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app import nouns
from app.cosell.offering import offered
from app.cosell.reading import teams
from app.cosell.splits import splits_of
from app.database import database
from app.database.sql import Sql, sql
from app.identity.scopes import ORGANIZATION, VisibilityScope
from schema.engine.declare import Key, Listing, Requester, column, entity, expression, to_one
from schema.engine.sql.frame import Bindings, Frame
from schema.enums import Attribution, DealPartnerRole, DeclineCode, InvitationStatus, SplitKind, TeamAccess, TeamRole
from schema.identity.types import Partner, User
from schema.node import Node

if TYPE_CHECKING:
    from schema.opportunity.types import Opportunity


@strawberry.type(description="A person who takes part in an opportunity.")
class TeamMember:
    user_id: strawberry.Private[UUID]
    added_by_id: strawberry.Private[UUID | None]
    user: User = to_one("The person.", essential=True)
    role: TeamRole = strawberry.field(description="Their part in the opportunity.")
    access: TeamAccess = strawberry.field(description="Their rights on the opportunity.")
    added_at: datetime = strawberry.field(
        description="The date and time when they joined; of the owner, when the opportunity was created."
    )
    added_by: User | None = to_one(
        "The user who added them; null for the owner, if unknown, or if the viewer can't see that user."
    )


async def team(requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]) -> Mapping[UUID, list[TeamMember]]:
    found = await teams(database(), requester.viewer, keys)
    return {
        key: [
            TeamMember(
                user_id=one.user_id,
                added_by_id=one.added_by_id,
                role=TeamRole(one.role),
                access=TeamAccess(one.access),
                added_at=one.added_at,
            )
            for one in found.get(key, ())
        ]
        for key in keys
    }


def _between_them(name: str) -> Any:
    """What was said between who asked and who was asked."""

    def build(frame: Frame) -> Sql:
        if frame.builder.scope is VisibilityScope.EVERYTHING:
            return frame.column(name)
        theirs = (frame.column("partner_id"), ORGANIZATION, frame.column("inviter_id"), ORGANIZATION)
        return sql("CASE WHEN {} = {} OR {} = {} THEN {} END", *theirs, frame.column(name))

    return build


def _opportunity_id(frame: Frame) -> Sql:
    return sql("concat('opp_', {})", frame.column("opportunity_id"))


@entity(
    nouns.DEAL_PARTNER,
    description=(
        "The part of a partner in an opportunity that another one, or the vendor, leads: from the invitation to its "
        "end. The invited partner sees it before it has accepted, without a name of anything in the opportunity. Of "
        "others, participants see those that have accepted."
    ),
)
class DealPartner(Node):
    opportunity_id: strawberry.ID = expression(
        _opportunity_id, "The id of the opportunity, for `respondToInvitation`. The viewer may not see it yet."
    )
    opportunity: Annotated["Opportunity", strawberry.lazy("schema.opportunity.types")] | None = to_one(
        "The opportunity; null if the viewer can't see it, such as before acceptance."
    )
    partner: Partner = to_one("The partner.")
    role: DealPartnerRole = column("The partner's task.")
    attribution: Attribution = column("The partner's contribution, as it is counted.")
    access: TeamAccess = column("The rights of the partner's managers on the opportunity.")
    status: InvitationStatus = column("The status.")
    invited_at: datetime = column("The date and time of the invitation.")
    invited_by: User | None = to_one("The user who invited the partner; null if the viewer can't see that user.")
    inviter: Partner | None = to_one("The partner that invited; null if the vendor did.")
    expires_at: datetime | None = column("The date and time by which the partner has to respond.")
    responded_at: datetime | None = column("The date and time of the response.")
    ended_at: datetime | None = column("The date and time when it was declined, withdrawn, expired, or the part ended.")
    decline_code: DeclineCode | None = expression(
        _between_them("decline_code"), "The reason for declining; visible to both sides and the vendor."
    )
    reason: str | None = expression(
        _between_them("reason"),
        "The reason for declining, leaving or removal in words; visible to both sides and the vendor. Untrusted: "
        "escape it.",
    )
    message: str | None = expression(
        _between_them("message"),
        "The request to the partner; visible to both sides and the vendor. Untrusted: escape it.",
    )
    customer_industry: str | None = column("The customer's industry at the time of the invitation.", name="industry")
    customer_country: str | None = column("The customer's country at the time of the invitation.", name="country")


def _first_asked(frame: Frame, _: Bindings) -> Sequence[Key]:
    return [Key(frame.column("invited_at"), "timestamptz"), Key(frame.column("id"), "uuid")]


OF_DEAL = Listing("deal-partners", _first_asked, link="opportunity_id")


@strawberry.type(description="A share of an opportunity's revenue.")
class RevenueSplit:
    partner_id: strawberry.Private[UUID | None]
    user_id: strawberry.Private[UUID | None]
    partner: Partner | None = to_one("The partner whose share it is; null for a share of the vendor.")
    user: User | None = to_one("The person whose share it is; null for one of a whole organisation.")
    kind: SplitKind = strawberry.field(description="The kind of share.")
    percent: Decimal = strawberry.field(description="The share in percent, above 0 and at most 100.")
    since: date = strawberry.field(description="The first day of the month from which the share counts.")


async def splits(
    requester: Requester, keys: Sequence[UUID], arguments: Mapping[str, Any]
) -> Mapping[UUID, list[RevenueSplit]]:
    found = await splits_of(database(), requester.viewer, keys, arguments.get("on") or requester.at.date())
    return {
        key: [
            RevenueSplit(
                partner_id=one.partner_id,
                user_id=one.user_id,
                kind=SplitKind(one.kind),
                percent=one.percent,
                since=one.month,
            )
            for one in found.get(key, ())
        ]
        for key in keys
    }


@strawberry.type(description="A partner that an opportunity could be offered to.")
class OfferCandidate:
    partner_id: strawberry.Private[UUID]
    partner: Partner = to_one("The partner.", essential=True)
    score: float = strawberry.field(description="The score that the order follows; higher is better.")
    reasons: list[str] = strawberry.field(description="The parts of the score, the weightiest first.")


MOST_CANDIDATES = 20


async def offer_candidates(
    requester: Requester, keys: Sequence[UUID], _: Mapping[str, Any]
) -> Mapping[UUID, list[OfferCandidate]]:
    if not requester.viewer.is_vendor:
        return {key: [] for key in keys}
    found = await offered(database(), keys)
    return {
        key: [
            OfferCandidate(partner_id=one.partner_id, score=one.score, reasons=list(one.reasons))
            for one in found.get(key, ())[:MOST_CANDIDATES]
        ]
        for key in keys
    }
