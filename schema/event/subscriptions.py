"""Subscriptions to stage changes and changes of one deal, each with the cursor to resume from."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.events.live_filter import OfDeal, OfType
from app.events.log import LoggedEvent
from app.events.stage_changes import StageChanges
from app.nouns import STAGE_TRANSITION
from app.vocabulary import EventType
from schema.context import Info
from schema.engine.declare import Requester, to_one
from schema.engine.ids import decode, decode_all, decode_given
from schema.enums import EventType as EventTypeEnum
from schema.enums import TransitionKind
from schema.event.cursors import event_cursor
from schema.event.feed import Feed
from schema.event.live import follow
from schema.opportunity.types import Opportunity, StageTransition
from schema.scalars import Cursor

AfterEvent = Annotated[
    Cursor | None,
    strawberry.argument(
        description=(
            "The cursor of the last event received. Events since then are delivered first. Defaults to new events only."
        )
    ),
]


@strawberry.type(description="An opportunity entered a stage, including on its creation.")
class StageChanged:
    transition_id: strawberry.Private[UUID | None]
    opportunity_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(
        description=("The event's position in the log, for use as `after` when resuming.")
    )
    transition: StageTransition = to_one("The transition.")
    opportunity: Opportunity = to_one("The opportunity in its state at delivery.")


@strawberry.type(description="An event of an opportunity.")
class OpportunityEvent:
    opportunity_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(
        description=("The event's position in the log, for use as `after` when resuming.")
    )
    type: EventTypeEnum = strawberry.field(description="The type of event.")
    at: datetime = strawberry.field(description="The date and time.")
    fields: list[str] = strawberry.field(description="The names of the changed fields, for `OPPORTUNITY_UPDATED`.")
    transition: StageTransition | None = to_one("The transition, if there was one.")
    opportunity: Opportunity = to_one("The opportunity in its state at delivery.")


@strawberry.type(description="An opportunity is no longer visible to the viewer.")
class OpportunityLeft:
    cursor: Cursor = strawberry.field(
        description=("The event's position in the log, for use as `after` when resuming.")
    )
    opportunity_id: strawberry.ID = strawberry.field(
        description=("The id of the opportunity, for removing it from a view.")
    )
    at: datetime = strawberry.field(description="The date and time when it ceased to be visible.")


@strawberry.type(description="An opportunity became visible to the viewer.")
class OpportunityCame:
    opportunity_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(
        description=("The event's position in the log, for use as `after` when resuming.")
    )
    at: datetime = strawberry.field(description="The date and time when it became visible.")
    opportunity: Opportunity = to_one("The opportunity in its state at delivery.")


@strawberry.input(
    description=("Conditions on stage changes, all of which must hold. Values within a list are alternatives.")
)
class StageChangeFilter:
    opportunity_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description=("Changes of these opportunities.")
    )
    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description=("Changes of this partner's opportunities.")
    )
    playbook_key: str | None = strawberry.field(default=None, description="Changes on this playbook.")
    to_stage_keys: list[str] | None = strawberry.field(default=None, description="Changes to one of these stages.")
    kinds: list[TransitionKind] | None = strawberry.field(default=None, description="Items of one of these kinds.")

    def read(self) -> StageChanges:
        ids = (
            None
            if self.opportunity_ids is None
            else decode_all(self.opportunity_ids, "opp", "filter", "opportunityIds")
        )
        return StageChanges(
            opportunity_ids=None if ids is None else frozenset(ids),
            partner_id=decode_given(self.partner_id, "ptr", "filter", "partnerId"),
            playbook_key=self.playbook_key,
            to_stage_keys=None if self.to_stage_keys is None else frozenset(self.to_stage_keys),
            kinds=None if self.kinds is None else frozenset(self.kinds),
        )


async def _stage_changed(_: Requester, event: LoggedEvent) -> StageChanged:
    return StageChanged(
        cursor=event_cursor(event), transition_id=event.id_of(STAGE_TRANSITION), opportunity_id=event.opportunity_id
    )


def _is_told(requester: Requester, event: LoggedEvent) -> bool:
    """The vendor sees all deals, so it is told of those that left or came to a partner, not to one of its sellers."""
    return not requester.viewer.is_vendor or event.partner_id in (event.readers or ())


async def _left(requester: Requester, event: LoggedEvent) -> OpportunityLeft | None:
    if not _is_told(requester, event):
        return None
    id = strawberry.ID(f"opp_{event.opportunity_id}")
    return OpportunityLeft(cursor=event_cursor(event), opportunity_id=id, at=event.at)


async def _came(requester: Requester, event: LoggedEvent) -> OpportunityCame | None:
    if not _is_told(requester, event):
        return None
    return OpportunityCame(cursor=event_cursor(event), at=event.at, opportunity_id=event.opportunity_id)


async def _opportunity_event(_: Requester, event: LoggedEvent) -> OpportunityEvent:
    return OpportunityEvent(
        cursor=event_cursor(event),
        type=event.type,
        at=event.at,
        fields=[str(name) for name in event.payload.get("fields", [])],
        opportunity_id=event.opportunity_id,
        transition_id=event.id_of(STAGE_TRANSITION),
    )


OfPartner = Annotated[strawberry.ID | None, strawberry.argument(description="Limits the events to this partner's.")]


def _partner(id: str | None) -> UUID | None:
    return decode_given(id, "ptr", "partnerId")


@strawberry.type
class EventSubscription:
    @strawberry.subscription(description="Stage changes of opportunities that the viewer can see.")
    async def opportunity_stage_changed(
        self,
        info: Info,
        filter: Annotated[StageChangeFilter | None, strawberry.argument(description="Filters the changes.")] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[StageChanged, None]:
        wanted = filter.read() if filter else StageChanges()
        async with aclosing(follow(info, Feed(wanted, _stage_changed), after)) as changes:
            async for change in changes:
                yield change

    @strawberry.subscription(description="All events of an opportunity.")
    async def opportunity_updated(
        self,
        info: Info,
        opportunity_id: Annotated[strawberry.ID, strawberry.argument(description="The id of the opportunity.")],
        after: AfterEvent = None,
    ) -> AsyncGenerator[OpportunityEvent, None]:
        deal = OfDeal(decode(opportunity_id, "opp", "opportunityId"))
        async with aclosing(follow(info, Feed(deal, _opportunity_event), after)) as happened:
            async for event in happened:
                yield event

    @strawberry.subscription(
        description=(
            "Opportunities that are no longer visible to the viewer because their partner or owner changed. Delivered "
            "to those who could see them before, with nothing but the id. The vendor receives those that changed from "
            "a partner."
        )
    )
    async def opportunity_left(
        self, info: Info, partner_id: OfPartner = None, after: AfterEvent = None
    ) -> AsyncGenerator[OpportunityLeft, None]:
        wanted = OfType(EventType.OPPORTUNITY_LEFT, _partner(partner_id))
        async with aclosing(follow(info, Feed(wanted, _left), after)) as told:
            async for left in told:
                yield left

    @strawberry.subscription(
        description=(
            "Opportunities that become visible to the viewer because their partner or owner changed. For new "
            "opportunities, see `opportunityStageChanged`. The vendor receives those that changed to a partner."
        )
    )
    async def opportunity_came(
        self, info: Info, partner_id: OfPartner = None, after: AfterEvent = None
    ) -> AsyncGenerator[OpportunityCame, None]:
        wanted = OfType(EventType.OPPORTUNITY_CAME, _partner(partner_id))
        async with aclosing(follow(info, Feed(wanted, _came), after)) as told:
            async for came in told:
                yield came
