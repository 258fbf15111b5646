"""Next best actions as they change."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated
from uuid import UUID

import strawberry

from app.database import database
from app.events.live_filter import OfDeal, OfType
from app.events.log import LoggedEvent
from app.recommendations.serve import recommendations
from app.vocabulary import EventType
from schema.context import Info
from schema.engine.declare import Requester
from schema.engine.ids import decode
from schema.errors import ClientError
from schema.event.feed import Feed
from schema.event.live import follow
from schema.guidance.answers import answer, number_of
from schema.guidance.types import DEFAULT_ACTIONS, MOST_ACTIONS, NextBestActions


async def _now(requester: Requester, opportunity_id: UUID, first: int) -> NextBestActions | None:
    found = await recommendations(database(), requester.viewer, [opportunity_id], first=first, at=requester.at)
    return answer(opportunity_id, found[opportunity_id]) if found else None


@dataclass(frozen=True, slots=True)
class ActionsOf:
    """The next best actions of one deal. Where a change of the deal makes them others, that is an event of its own, and
    it is that which is told, once."""

    opportunity_id: UUID
    first: int

    async def begin(self, requester: Requester) -> NextBestActions:
        found = await self._now(requester)
        if found is None:
            raise ClientError("There is no such deal.", code="NOT_FOUND", argument=("opportunityId",))
        return found

    async def happened(self, requester: Requester, event: LoggedEvent) -> NextBestActions | None:
        if event.type is EventType.RECOMMENDATIONS_UPDATED:
            return await self._now(requester)
        await self._now(requester)
        return None

    async def _now(self, requester: Requester) -> NextBestActions | None:
        return await _now(requester, self.opportunity_id, self.first)


@dataclass(frozen=True, slots=True)
class ActionsOfAll:
    """Those of whichever deal they have changed for. Nothing is worked out here but for that deal."""

    first: int

    async def happened(self, requester: Requester, event: LoggedEvent) -> NextBestActions | None:
        assert event.opportunity_id is not None
        return await _now(requester, event.opportunity_id, self.first)


@lru_cache(maxsize=4_096)
def _actions_of(opportunity_id: UUID, first: int) -> ActionsOf:
    """The same object for the same question, so that all who ask it share the answer."""
    return ActionsOf(opportunity_id, first)


@lru_cache(maxsize=MOST_ACTIONS + 1)
def _actions_of_all(first: int) -> ActionsOfAll:
    return ActionsOfAll(first)


def _feed(opportunity_id: str | None, first: int) -> Feed:
    if opportunity_id is None:
        of_all = _actions_of_all(first)
        return Feed(OfType(EventType.RECOMMENDATIONS_UPDATED), of_all.happened, given=of_all)
    deal = _actions_of(decode(opportunity_id, "opp", "opportunityId"), first)
    return Feed(OfDeal(deal.opportunity_id), deal.happened, deal.begin, given=deal)


@strawberry.type
class GuidanceSubscription:
    @strawberry.subscription(
        description=(
            "The next best actions of an opportunity: the rules' answer at once, the language model's when it is "
            "available, and again after every change of the opportunity or response that affects them. Without an id: "
            "those of every open opportunity visible to the viewer, each time they change from now on; nothing is sent "
            "at once, and a closed or transferred opportunity is not reported here but in `events`."
        )
    )
    async def recommendations_updated(
        self,
        info: Info,
        opportunity_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The id of the opportunity. Default: all visible to the viewer."),
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description=f"The number of actions, at most {MOST_ACTIONS}.")
        ] = DEFAULT_ACTIONS,
    ) -> AsyncGenerator[NextBestActions, None]:
        feed = _feed(opportunity_id, number_of(first, "first"))
        async with aclosing(follow(info, feed, None)) as found:
            async for actions in found:
                yield actions
