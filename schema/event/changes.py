"""`opportunitiesChanged`: a list of opportunities, kept current by one subscription."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

import strawberry

from app.database import database
from app.deals.matching import is_among
from app.events.live_filter import OfDeals
from app.events.log import LoggedEvent
from app.nouns import STAGE_TRANSITION
from app.vocabulary import EventType
from schema.context import Info
from schema.engine.declare import Requester, to_one
from schema.engine.ids import encode
from schema.enums import EventType as EventTypeEnum
from schema.event.cursors import event_cursor
from schema.event.feed import Feed
from schema.event.live import follow
from schema.event.subscriptions import AfterEvent
from schema.opportunity.filters import OpportunityFilter, ask_filter
from schema.opportunity.types import Opportunity, StageTransition
from schema.scalars import Cursor

_TO_SOME = frozenset({EventType.OPPORTUNITY_LEFT, EventType.OPPORTUNITY_CAME})
_OF_A_PERSON = frozenset({"my_partners", "others"})


@strawberry.type(description="A change of an opportunity, for keeping a list of opportunities current.")
class OpportunityChanged:
    deal_id: strawberry.Private[UUID | None]
    transition_id: strawberry.Private[UUID | None]
    cursor: Cursor = strawberry.field(description="The event's position in the log, for use as `after` when resuming.")
    type: EventTypeEnum = strawberry.field(description="The type of event.")
    at: datetime = strawberry.field(description="The date and time.")
    fields: list[str] = strawberry.field(description="The names of the changed fields, for `OPPORTUNITY_UPDATED`.")
    opportunity_id: strawberry.ID = strawberry.field(description="The id of the opportunity.")
    opportunity: Opportunity | None = to_one(
        "The opportunity in its state at delivery; null if the viewer can no longer see it.", "deal_id"
    )
    matches: bool = strawberry.field(
        description="Whether the opportunity matches the filter now. If not, remove it from the list."
    )
    transition: StageTransition | None = to_one("The transition, if there was one.")


@dataclass(frozen=True, slots=True)
class _Changes:
    """`filters`: as `app.deals.queries` names them, in a form that can be compared."""

    filters: frozenset[tuple[str, object]]

    def wanted(self) -> OfDeals:
        ids = self._filters().get("ids")
        return OfDeals(None if ids is None else frozenset(ids))

    def _filters(self) -> Mapping[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in self.filters}

    async def happened(self, requester: Requester, event: LoggedEvent) -> OpportunityChanged | None:
        if event.type in _TO_SOME and requester.viewer.is_vendor:
            return None  # who sees all deals is told of the change beside it
        assert event.opportunity_id is not None
        left = event.type is EventType.OPPORTUNITY_LEFT
        filters = self._filters()
        return OpportunityChanged(
            cursor=event_cursor(event),
            type=event.type,
            at=event.at,
            fields=[str(name) for name in event.payload.get("fields", [])],
            opportunity_id=strawberry.ID(encode("opp", event.opportunity_id)),
            deal_id=None if left else event.opportunity_id,
            transition_id=event.id_of(STAGE_TRANSITION),
            matches=not left
            and (
                not filters or await is_among(database(), requester.viewer, filters, event.opportunity_id, requester.at)
            ),
        )


@lru_cache(maxsize=4_096)
def _changes(filters: frozenset[tuple[str, object]]) -> _Changes:
    """The same object for the same filter, so that all who have it share the answer."""
    return _Changes(filters)


def _comparable(filters: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    for name, value in filters.items():
        yield name, tuple(value) if isinstance(value, list) else value


@strawberry.type
class ChangeSubscription:
    @strawberry.subscription(
        description="All changes of the opportunities that the viewer can see, for keeping a list current: creations, "
        "updates, stage changes, marks, activities, recommendations, and opportunities that become visible or cease to "
        "be. Includes opportunities that don't match the filter, since they may have matched before: see `matches`."
    )
    async def opportunities_changed(
        self,
        info: Info,
        filter: Annotated[
            OpportunityFilter | None,
            strawberry.argument(
                description="The filter of the list. With `ids`, only those opportunities are followed."
            ),
        ] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[OpportunityChanged, None]:
        filters = ask_filter({"filter": filter})
        changes = _changes(frozenset(_comparable(filters)))
        personal = not _OF_A_PERSON.isdisjoint(filters)
        feed = Feed(changes.wanted(), changes.happened, given=changes, personal=personal)
        async with aclosing(follow(info, feed, after)) as happened:
            async for change in happened:
                yield change
