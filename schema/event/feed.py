"""Feeds: the kinds of subscriptions to the event log, as their resolvers were asked for them."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any

from app.events.live_filter import LiveFilter
from app.events.log import LoggedEvent
from schema.engine.declare import Requester

Make = Callable[[Requester, LoggedEvent], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Feed:
    """One kind of subscription, as its resolver was asked for it.

    `wanted`: which events; events about a deal reach those who may see it. `make`: the root field's value for an
    event, without what it points at; None: nothing to say. `first`: a value that is told at once, before any event.
    `given`: whatever else than the event and the requester the two look at, hashable; `personal`: they depend on who
    asks in person.
    """

    wanted: LiveFilter
    make: Make
    first: Callable[[Requester], Awaitable[Any]] | None = None
    given: Hashable = None
    personal: bool = False
