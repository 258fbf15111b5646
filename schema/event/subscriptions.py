"""What is pushed: stage changes and changes of one deal, each with the cursor to resume from."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.database import database
from app.events.log import CursorUnknown, LoggedEvent
from app.events.stage_changes import STAGE_CHANGES, StageChanges
from app.events.subscription import SubscriptionEnded, SubscriptionOverflow, TailStopped
from app.events.tail import tail
from app.events.visible import sees
from app.identity.viewer import Viewer
from app.vocabulary import EventType
from schema.context import Info
from schema.engine.cursors import seal
from schema.engine.declare import to_one
from schema.engine.ids import decode, decode_all
from schema.engine.run import fill
from schema.enums import EventType as EventTypeEnum
from schema.enums import TransitionKind
from schema.errors import ClientError
from schema.event.cursors import LOG, event_cursor, event_number
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


async def _events(
    viewer: Viewer,
    after: str | None,
    types: Collection[EventType] | None,
    opportunity_ids: Collection[UUID] | None,
    wanted: StageChanges | None,
) -> AsyncIterator[LoggedEvent]:
    """What the viewer may see of the log, judged as each event is delivered."""
    subscription = tail().subscribe(
        after=event_number(after, "after"),
        types=types,
        opportunity_ids=opportunity_ids,
        matches=wanted.include if wanted else None,
        viewer=viewer,
    )
    try:
        async with subscription:
            async for event in subscription:
                if await sees(database(), viewer, event):
                    yield event
    except CursorUnknown:
        raise ClientError(
            "The log no longer holds this cursor; read the current state, then subscribe without one.",
            code="CURSOR_UNKNOWN",
            argument=("after",),
        ) from None
    except SubscriptionEnded as ended:
        raise _ending(ended) from None


def _ending(ended: SubscriptionEnded) -> ClientError:
    resume = None if ended.cursor is None else seal((str(ended.cursor),), LOG)
    if isinstance(ended, SubscriptionOverflow):
        return ClientError(
            "You read more slowly than events happen; subscribe again with this cursor as `after`.",
            code="SUBSCRIPTION_OVERFLOW",
            cursor=resume,
        )
    assert isinstance(ended, TailStopped)
    return ClientError(
        "The server is going down; subscribe again with this cursor as `after`.", code="SERVER_STOPPING", cursor=resume
    )


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
        events = _events(info.context.viewer, after, STAGE_CHANGES, wanted.opportunity_ids, wanted)
        async with aclosing(events) as found:  # type: ignore[type-var]
            async for event in found:
                yield await fill(
                    info,
                    StageChanged(
                        cursor=event_cursor(event),
                        transition_id=event.transition_id,
                        opportunity_id=event.opportunity_id,
                    ),
                )

    @strawberry.subscription(description="Everything that happens to one deal, as it happens.")
    async def opportunity_updated(
        self,
        info: Info,
        opportunity_id: Annotated[strawberry.ID, strawberry.argument(description="The deal's id.")],
        after: AfterEvent = None,
    ) -> AsyncGenerator[OpportunityEvent, None]:
        key = decode(opportunity_id, "opp", "opportunityId")
        events = _events(info.context.viewer, after, None, [key], None)
        async with aclosing(events) as found:  # type: ignore[type-var]
            async for event in found:
                fields = event.payload.get("fields", [])
                made = OpportunityEvent(
                    cursor=event_cursor(event),
                    type=event.type,
                    at=event.at,
                    fields=[str(name) for name in fields],
                    opportunity_id=event.opportunity_id,
                    transition_id=event.transition_id,
                )
                yield await fill(info, made)
