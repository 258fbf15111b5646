"""Mutations on who takes part in a deal."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from app import nouns
from app.cosell.distributors import Sharing, set_sharing
from app.cosell.ending import remove_partner
from app.cosell.inviting import MOST_DAYS, Invitation, Invited, invite
from app.cosell.offering import MOST_ASKED, offer
from app.cosell.responding import respond
from app.cosell.splits import Share, set_splits
from app.cosell.team import add_member, remove_member
from app.deals.editing import Changed
from app.identity.viewer import Viewer
from app.outcomes import Refused, as_it_stands
from schema.cosell.types import DealPartner
from schema.engine.declare import to_one
from schema.engine.ids import decode, decode_all, decode_given
from schema.enums import Attribution, DealPartnerRole, DeclineCode, OfferMode, SplitKind, TeamAccess, TeamRole
from schema.mutation import Payload, client_mutation_id, mutation
from schema.opportunity.mutations import VERSION, OpportunityPayload
from schema.opportunity.types import Opportunity


def _said(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="A person to take part in an opportunity.")
class AddTeamMemberInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity.")
    user_id: strawberry.ID = strawberry.field(
        description="The person: of the vendor, of the opportunity's partner, or of one that has accepted to take part."
    )
    role: TeamRole = strawberry.field(default=TeamRole.SALES, description="Their part in the opportunity.")
    access: TeamAccess = strawberry.field(default=TeamAccess.READ, description="Their rights on the opportunity.")
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `removeTeamMember`.")
class RemoveTeamMemberInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity.")
    user_id: strawberry.ID = strawberry.field(description="The person to take off the team.")
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="An invitation of a partner to take part in an opportunity.")
class InvitePartnerInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity.")
    partner_id: strawberry.ID = strawberry.field(description="The partner to invite.")
    role: DealPartnerRole = strawberry.field(default=DealPartnerRole.OTHER, description="The partner's task.")
    attribution: Attribution | None = _said(
        "Its contribution, as it will be counted. Defaults to `SOURCED` for the lead, else to `INFLUENCED`."
    )
    access: TeamAccess = strawberry.field(
        default=TeamAccess.READ, description="The rights of the partner's managers on the opportunity."
    )
    message: str | None = _said(
        "The request to the partner, at most 2,000 characters. Shown before acceptance, so that it can't name the "
        "customer. Untrusted: escape it."
    )
    expires_in_days: int | None = _said(
        f"The days within which the partner has to respond, from 1 to {MOST_DAYS}. Defaults to the server's setting."
    )
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of `invitePartner`.")
class InvitationPayload(Payload):
    opportunity_id: strawberry.Private[UUID | None]
    invitation_id: strawberry.Private[UUID | None]
    opportunity: Opportunity | None = to_one(
        "The opportunity, also as it stands on a `CONFLICT`; otherwise null if nothing was changed."
    )
    invitation: DealPartner | None = to_one("The invitation; null if nothing was changed.")

    @classmethod
    def of(cls, outcome: Invited | Refused) -> Self:
        if isinstance(outcome, Refused):
            return cls(opportunity_id=as_it_stands(outcome), invitation_id=None)
        return cls(opportunity_id=outcome.opportunity_id, invitation_id=outcome.invitation_id)


@strawberry.input(description="The response of the viewer's organisation to an invitation.")
class RespondToInvitationInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity that it was invited to.")
    accept: bool = strawberry.field(description="Whether it takes part.")
    decline_code: DeclineCode | None = _said("The reason for declining; required without a `reason`.")
    reason: str | None = _said("The reason in words, at most 2,000 characters.")
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="Input of `removeDealPartner`.")
class RemoveDealPartnerInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity.")
    partner_id: strawberry.ID | None = _said("The partner. Without it, the viewer's own organisation leaves.")
    reason: str | None = _said("The reason, at most 2,000 characters.")
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="A share of an opportunity's revenue. Without a partner and a person, the vendor's.")
class SplitInput:
    partner_id: strawberry.ID | None = _said("The partner, which takes part in the opportunity.")
    user_id: strawberry.ID | None = _said("The person, who is on the opportunity's team.")
    percent: Decimal = strawberry.field(description="The share in percent, above 0 and at most 100.")


@strawberry.input(description="All shares of one kind, from a month on.")
class SetSplitsInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity.")
    kind: SplitKind = strawberry.field(default=SplitKind.REVENUE, description="The kind of shares.")
    splits: list[SplitInput] = strawberry.field(
        description="All shares. An empty list removes those of this month, so that earlier ones count again."
    )
    from_: date | None = strawberry.field(
        name="from",
        default=None,
        description="A day of the month from which they count; by default of the current one. Those set for later "
        "months stay.",
    )
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


@strawberry.input(description="The opportunities that the viewer's organisation shares with its distributor.")
class ShareWithDistributorInput:
    new_deals: bool = strawberry.field(
        description="Whether the distributor takes part in all opportunities that come to the organisation from now "
        "on. Single ones are shared by `invitePartner`."
    )
    client_mutation_id: str | None = client_mutation_id()


@strawberry.type(description="The result of `shareWithDistributor`.")
class ShareWithDistributorPayload(Payload):
    shares_new_deals: bool | None = strawberry.field(
        description="Whether new opportunities are shared; null if nothing was changed."
    )

    @classmethod
    def of(cls, outcome: Sharing | Refused) -> Self:
        return cls(shares_new_deals=None if isinstance(outcome, Refused) else outcome.shares_new_deals)


@strawberry.input(description="An offer of one of the vendor's own opportunities to partners that may lead it.")
class OfferOpportunityInput:
    opportunity_id: strawberry.ID = strawberry.field(description="The opportunity, which no partner leads.")
    mode: OfferMode = strawberry.field(
        default=OfferMode.IN_TURN, description="Whether partners are asked at once or one after the other."
    )
    partner_ids: list[strawberry.ID] | None = _said(
        "The partners to choose from; all active ones by default. Those that have declined it aren't asked."
    )
    most: int = strawberry.field(
        default=5, description=f"The number of partners to ask, best first, from 1 to {MOST_ASKED}."
    )
    message: str | None = _said("As of `invitePartner`.")
    expires_in_days: int | None = _said("The days within which each has to respond. Defaults to the server's setting.")
    expected_version: int | None = _said(VERSION)
    client_mutation_id: str | None = client_mutation_id()


OfferInput = Annotated[OfferOpportunityInput, strawberry.argument(description="The offer.")]
ShareInput = Annotated[ShareWithDistributorInput, strawberry.argument(description="The choice to share.")]
AddInput = Annotated[AddTeamMemberInput, strawberry.argument(description="The person.")]
TakeOffInput = Annotated[RemoveTeamMemberInput, strawberry.argument(description="The person to take off.")]
InviteInput = Annotated[InvitePartnerInput, strawberry.argument(description="The invitation.")]
RespondInput = Annotated[RespondToInvitationInput, strawberry.argument(description="The response.")]
RemoveInput = Annotated[RemoveDealPartnerInput, strawberry.argument(description="The partner to remove.")]
SplitsInput = Annotated[SetSplitsInput, strawberry.argument(description="The shares.")]


def _share(given: SplitInput, n: int) -> Share:
    place = ("splits", str(n))
    return Share(
        decode_given(given.partner_id, "ptr", *place, "partnerId"),
        decode_given(given.user_id, "usr", *place, "userId"),
        given.percent,
    )


@strawberry.type
class CosellMutation:
    @mutation(
        payload=OpportunityPayload,
        noun=nouns.TEAM_MEMBER,
        description="Adds a person to an opportunity's team, so that they see it, or changes their role and access.",
    )
    async def add_team_member(self, viewer: Viewer, input: AddInput) -> Changed | Refused:
        return await add_member(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            decode(input.user_id, "usr", "userId"),
            input.role,
            input.access,
            expected_version=input.expected_version,
        )

    @mutation(
        payload=OpportunityPayload, noun=nouns.TEAM_MEMBER, description="Takes a person off an opportunity's team."
    )
    async def remove_team_member(self, viewer: Viewer, input: TakeOffInput) -> Changed | Refused:
        return await remove_member(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            decode(input.user_id, "usr", "userId"),
            expected_version=input.expected_version,
        )

    @mutation(
        payload=InvitationPayload,
        noun=nouns.DEAL_PARTNER,
        description=(
            "Invites a partner to take part in an opportunity. For the vendor and, where the programme allows it, for "
            "managers of the partner that leads it."
        ),
    )
    async def invite_partner(self, viewer: Viewer, input: InviteInput) -> Invited | Refused:
        return await invite(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            Invitation(
                decode(input.partner_id, "ptr", "partnerId"),
                input.role,
                input.attribution,
                input.access,
                input.message,
                input.expires_in_days,
            ),
            expected_version=input.expected_version,
        )

    @mutation(
        payload=OpportunityPayload,
        noun=nouns.DEAL_PARTNER,
        description=(
            "Accepts or declines an invitation. From acceptance on, all managers of the partner see the opportunity, "
            "and those of its people who are added to the team."
        ),
    )
    async def respond_to_invitation(self, viewer: Viewer, input: RespondInput) -> Changed | Refused:
        return await respond(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            accept=input.accept,
            code=input.decline_code,
            reason=input.reason,
        )

    @mutation(
        payload=OpportunityPayload,
        noun=nouns.DEAL_PARTNER,
        description=(
            "Ends a partner's part in an opportunity, or withdraws its invitation: by the vendor, by the partner that "
            "invited it, or by the partner itself. Its people no longer see the opportunity."
        ),
    )
    async def remove_deal_partner(self, viewer: Viewer, input: RemoveInput) -> Changed | Refused:
        return await remove_partner(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            decode_given(input.partner_id, "ptr", "partnerId"),
            reason=input.reason,
            expected_version=input.expected_version,
        )

    @mutation(
        payload=InvitationPayload,
        noun=nouns.DEAL_OFFER,
        description=(
            "Offers one of the vendor's own opportunities to partners: the first to accept leads it. In turn, the next "
            "one is asked when the one before declines or lets the invitation expire. Reserved for the vendor."
        ),
    )
    async def offer_opportunity(self, viewer: Viewer, input: OfferInput) -> Invited | Refused:
        return await offer(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            input.mode,
            None if input.partner_ids is None else decode_all(input.partner_ids, "ptr", "partnerIds"),
            most=input.most,
            message=input.message,
            days=input.expires_in_days,
            expected_version=input.expected_version,
        )

    @mutation(
        payload=ShareWithDistributorPayload,
        noun=nouns.DEAL_PARTNER,
        description="Says whether the viewer's organisation shares its new opportunities with its distributor.",
    )
    async def share_with_distributor(self, viewer: Viewer, input: ShareInput) -> Sharing | Refused:
        return await set_sharing(viewer, input.new_deals)

    @mutation(
        payload=OpportunityPayload,
        noun=nouns.REVENUE_SPLIT,
        description="Sets how an opportunity's revenue is split, from a month on. Reserved for the vendor.",
    )
    async def set_splits(self, viewer: Viewer, input: SplitsInput) -> Changed | Refused:
        return await set_splits(
            viewer,
            decode(input.opportunity_id, "opp", "opportunityId"),
            input.kind,
            [_share(one, n) for n, one in enumerate(input.splits)],
            month=input.from_,
            expected_version=input.expected_version,
        )
