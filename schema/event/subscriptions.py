"""What is pushed: stage changes and changes of one deal, each with the cursor to resume from."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.events.log import LoggedEvent
from app.events.stage_changes import StageChanges
from app.events.wanted import OfDeal, OfType
from app.vocabulary import EventType
from schema.context import Info
from schema.engine.declare import Asker, to_one
from schema.engine.ids import decode, decode_all
from schema.enums import EventType as EventTypeEnum
from schema.enums import TransitionKind
from schema.event.cursors import event_cursor
from schema.event.live import Feed, follow
from schema.opportunity.types import Opportunity, StageTransition
from schema.scalars import Cursor

AfterEvent = Annotated[
    Cursor | None,
    strawberry.argument(
        description="Cursor of the last event you have: what happened since comes first, then what happens. "
        "Without one, only what happens from now on."
    ),
]


@strawberry.type(description="A deal entered a stage; its creation counts.")
class StageChanged:
    transition_id: strawberry.Private[UUID | None]
    opportunity_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(description="This event's place in the log: resume with it as `after`.")
    transition: StageTransition = to_one("The move.")
    opportunity: Opportunity = to_one("The deal as it stands when the event is delivered.")


@strawberry.type(description="Something happened to a deal.")
class OpportunityEvent:
    opportunity_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(description="This event's place in the log: resume with it as `after`.")
    type: EventTypeEnum = strawberry.field(description="What happened.")
    at: datetime = strawberry.field(description="When.")
    fields: list[str] = strawberry.field(description="For `OPPORTUNITY_UPDATED`: the fields that changed.")
    transition: StageTransition | None = to_one("The move, when there was one.")
    opportunity: Opportunity = to_one("The deal as it stands when the event is delivered.")


@strawberry.type(description="A deal is no longer the viewer's to see.")
class OpportunityLeft:
    cursor: Cursor = strawberry.field(description="This event's place in the log: resume with it as `after`.")
    opportunity_id: strawberry.ID = strawberry.field(description="The id it had, to take it off the board.")
    at: datetime = strawberry.field(description="When it left.")


@strawberry.type(description="A deal is the viewer's to see from now on.")
class OpportunityCame:
    opportunity_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(description="This event's place in the log: resume with it as `after`.")
    at: datetime = strawberry.field(description="When it came.")
    opportunity: Opportunity = to_one("The deal as it stands when the event is delivered.")


@strawberry.input(description="Which stage changes are meant; conditions add up, and the values of a list are options.")
class StageChangeFilter:
    opportunity_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of these deals.")
    partner_id: strawberry.ID | None = strawberry.field(default=None, description="Of this partner's deals.")
    playbook_key: str | None = strawberry.field(default=None, description="On this playbook.")
    to_stage_keys: list[str] | None = strawberry.field(default=None, description="To one of these stages.")
    kinds: list[TransitionKind] | None = strawberry.field(default=None, description="Of one of these kinds.")

    def read(self) -> StageChanges:
        ids = (
            None
            if self.opportunity_ids is None
            else decode_all(self.opportunity_ids, "opp", "filter", "opportunityIds")
        )
        return StageChanges(
            opportunity_ids=None if ids is None else frozenset(ids),
            partner_id=None if self.partner_id is None else decode(self.partner_id, "ptr", "filter", "partnerId"),
            playbook_key=self.playbook_key,
            to_stage_keys=None if self.to_stage_keys is None else frozenset(self.to_stage_keys),
            kinds=None if self.kinds is None else frozenset(self.kinds),
        )


async def _stage_changed(_: Asker, event: LoggedEvent) -> StageChanged:
    return StageChanged(
        cursor=event_cursor(event), transition_id=event.transition_id, opportunity_id=event.opportunity_id
    )


def _is_told(asker: Asker, event: LoggedEvent) -> bool:
    """The vendor sees all deals, so it is told of those that left or came to a partner, not to one of its sellers."""
    return not asker.viewer.is_vendor or event.partner_id in (event.readers or ())


async def _left(asker: Asker, event: LoggedEvent) -> OpportunityLeft | None:
    if not _is_told(asker, event):
        return None
    id = strawberry.ID(f"opp_{event.opportunity_id}")
    return OpportunityLeft(cursor=event_cursor(event), opportunity_id=id, at=event.at)


async def _came(asker: Asker, event: LoggedEvent) -> OpportunityCame | None:
    if not _is_told(asker, event):
        return None
    return OpportunityCame(cursor=event_cursor(event), at=event.at, opportunity_id=event.opportunity_id)


async def _opportunity_event(_: Asker, event: LoggedEvent) -> OpportunityEvent:
    return OpportunityEvent(
        cursor=event_cursor(event),
        type=event.type,
        at=event.at,
        fields=[str(name) for name in event.payload.get("fields", [])],
        opportunity_id=event.opportunity_id,
        transition_id=event.transition_id,
    )


OfPartner = Annotated[strawberry.ID | None, strawberry.argument(description="Only this partner's.")]


def _partner(id: str | None) -> UUID | None:
    return None if id is None else decode(id, "ptr", "partnerId")


@strawberry.type
class EventSubscription:
    @strawberry.subscription(description="Deals entering stages, as they do: all that the viewer may see.")
    async def opportunity_stage_changed(
        self,
        info: Info,
        filter: Annotated[StageChangeFilter | None, strawberry.argument(description="Which changes.")] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[StageChanged, None]:
        wanted = filter.read() if filter else StageChanges()
        async with aclosing(follow(info, Feed(wanted, _stage_changed), after)) as changes:
            async for change in changes:
                yield change

    @strawberry.subscription(description="Everything that happens to one deal, as it happens.")
    async def opportunity_updated(
        self,
        info: Info,
        opportunity_id: Annotated[strawberry.ID, strawberry.argument(description="The deal's id.")],
        after: AfterEvent = None,
    ) -> AsyncGenerator[OpportunityEvent, None]:
        deal = OfDeal(decode(opportunity_id, "opp", "opportunityId"))
        async with aclosing(follow(info, Feed(deal, _opportunity_event), after)) as happened:
            async for event in happened:
                yield event

    @strawberry.subscription(
        description="Deals that leave the viewer's sight, because they have another partner or owner: told to who saw "
        "them before, with nothing but their id. The vendor's people are told of those that left a partner."
    )
    async def opportunity_left(
        self, info: Info, partner_id: OfPartner = None, after: AfterEvent = None
    ) -> AsyncGenerator[OpportunityLeft, None]:
        wanted = OfType(EventType.OPPORTUNITY_LEFT, _partner(partner_id))
        async with aclosing(follow(info, Feed(wanted, _left), after)) as told:
            async for left in told:
                yield left

    @strawberry.subscription(
        description="Deals that come into the viewer's sight, because they have another partner or owner. Those that "
        "are created are told by `opportunityStageChanged`. The vendor's people are told of those that came to a "
        "partner."
    )
    async def opportunity_came(
        self, info: Info, partner_id: OfPartner = None, after: AfterEvent = None
    ) -> AsyncGenerator[OpportunityCame, None]:
        wanted = OfType(EventType.OPPORTUNITY_CAME, _partner(partner_id))
        async with aclosing(follow(info, Feed(wanted, _came), after)) as told:
            async for came in told:
                yield came
