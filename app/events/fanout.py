"""One event to many subscriptions: found by an index, judged once for all, answered once for each distinct question.

Three levels. Those who have asked the same and see the same share a *channel*: an event is answered once there, and the
answer's bytes are everyone's. Within it, those who want the same events are *listeners*, which the index finds by
audience and key. A *receiver* is one of them.

    event ─ audiences of its subject ─ index ─ listeners ─ their channels: answer once ─ receivers

No task waits for anybody: a channel has one while it has events to answer.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Coroutine, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import structlog

from app.database import Database
from app.database.failures import MAYBE_UNREACHABLE, is_unreachable
from app.database.incidents import met
from app.events.endings import SubscriptionEnded, SubscriptionOverflow, TailStopped
from app.events.live_filter import Key, LiveFilter, keys_of
from app.events.log import LoggedEvent, Position
from app.events.receiver import Delivery, Receiver
from app.events.visible import hearers
from app.identity.scopes import VENDOR, Audience

log = structlog.get_logger(__name__)
T = TypeVar("T")

QUEUE_LIMIT = 1_000
AT_ONCE = 4
"""Channels that answer at the same time: requests want the database's connections, too."""
TURN = 200
"""Receivers served before others have their turn."""
FRESH_SECONDS = 1.0
"""For how long it holds who may see an event; what has waited longer is judged anew."""
RETRY_FIRST, RETRY_LAST = 0.05, 2.0

Answer = Callable[[LoggedEvent], Awaitable[bytes | None]]
"""The encoded answer to an event; None: there is nothing to say. Raises only when the database can't be reached."""


class Source(Protocol):
    """The tail, as the fan-out sees it."""

    database: Database
    position: Position

    async def rouse(self) -> None: ...


class Listeners:
    """Receivers of one channel that want the same events."""

    __slots__ = ("channel", "receivers", "wanted")

    def __init__(self, channel: "Channel", wanted: LiveFilter) -> None:
        self.channel = channel
        self.wanted = wanted
        self.receivers: set[Receiver] = set()


class Channel:
    def __init__(self, fanout: "Fanout", key: Hashable, audience: Audience, answer: Answer) -> None:
        self.key = key
        self.audience = audience
        self.answer = answer
        self.listeners: dict[LiveFilter, Listeners] = {}
        self._fanout = fanout
        self._queue: deque[tuple[LoggedEvent, list[Listeners], float]] = deque()
        self._task: asyncio.Task[None] | None = None

    def offer(self, event: LoggedEvent, listeners: list[Listeners]) -> None:
        if len(self._queue) >= self._fanout.queue_limit:
            self._queue.clear()
            self.end(SubscriptionOverflow)
            return
        self._queue.append((event, listeners, asyncio.get_running_loop().time()))
        if self._task is None:
            self._task = self._fanout.begin(self._run())

    def end(self, reason: type[SubscriptionEnded]) -> None:
        for listeners in tuple(self.listeners.values()):
            for receiver in tuple(listeners.receivers):
                receiver.end(reason)

    async def _run(self) -> None:
        try:
            while self._queue:
                event, listeners, at = self._queue.popleft()
                if any(one.receivers for one in listeners) and await self._is_still_seen(event, at):
                    answer = await self._fanout.answered(self.answer, event)
                    if answer is not None:
                        await _deliver(Delivery(event.xid, event.seq, answer), listeners)
        finally:
            self._task = None

    async def _is_still_seen(self, event: LoggedEvent, at: float) -> bool:
        if self.audience == VENDOR or asyncio.get_running_loop().time() - at < self._fanout.fresh:
            return True
        judged = await self._fanout.hearers([event], [self.audience])
        return self.audience in judged[event.seq]


async def _deliver(told: Delivery, listeners: list[Listeners]) -> None:
    served = 0
    for one in listeners:
        for receiver in tuple(one.receivers):
            receiver.take(told)
            served += 1
            if served % TURN == 0:
                await asyncio.sleep(0)


class Fanout:
    """`queue_limit`: events that may wait for a receiver, or for a channel to answer. `fresh`: in seconds."""

    def __init__(self, source: Source, *, queue_limit: int = QUEUE_LIMIT, fresh: float = FRESH_SECONDS) -> None:
        self.queue_limit = queue_limit
        self.fresh = fresh
        self.executions = 0
        """How often an event was answered."""
        self._source = source
        self._channels: dict[Hashable, Channel] = {}
        self._index: dict[Audience, dict[Key, set[Listeners]]] = {}
        self._receivers: set[Receiver] = set()
        self._pending: list[LoggedEvent] = []
        self._dispatching: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._stopped = False

    def __len__(self) -> int:
        return len(self._receivers)

    @property
    def listened(self) -> bool:
        """Whether anybody has joined."""
        return bool(self._index)

    @property
    def joined(self) -> int:
        """How many are told what happens from now on."""
        return sum(one.listeners is not None for one in self._receivers)

    def channel(self, key: Hashable) -> Channel | None:
        return self._channels.get(key)

    def add(self, receiver: Receiver) -> None:
        """From here on the receiver is ended with all others, whether or not it has joined."""
        receiver.fanout = self
        self._receivers.add(receiver)
        if self._stopped:
            receiver.end(TailStopped)

    def join(
        self, key: Hashable, audience: Audience, answer: Answer, wanted: LiveFilter, receiver: Receiver
    ) -> Position:
        """From here on the receiver is given every event after the position returned, answered by its channel.

        `answer` is the channel's if this is its first receiver. Equal keys must mean equal answers and one audience.
        """
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = Channel(self, key, audience, answer)
        listeners = channel.listeners.get(wanted)
        if listeners is None:
            listeners = channel.listeners[wanted] = Listeners(channel, wanted)
            for place in wanted.index_keys():  # none where the filter lets nothing through
                self._index.setdefault(audience, {}).setdefault(place, set()).add(listeners)
        listeners.receivers.add(receiver)
        receiver.listeners = listeners
        return self._source.position

    def leave(self, receiver: Receiver) -> None:
        self._receivers.discard(receiver)
        listeners, receiver.listeners = receiver.listeners, None
        if listeners is None:
            return
        listeners.receivers.discard(receiver)
        if not listeners.receivers:
            self._forget(listeners)

    def _forget(self, listeners: Listeners) -> None:
        channel = listeners.channel
        del channel.listeners[listeners.wanted]
        index = self._index.get(channel.audience, {})
        for place in listeners.wanted.index_keys():
            index[place].discard(listeners)
            if not index[place]:
                del index[place]
        if not index:
            self._index.pop(channel.audience, None)
        if not channel.listeners:
            del self._channels[channel.key]

    def end_all(self) -> None:
        """End every subscription, and those that still come at once."""
        self._stopped = True
        for receiver in tuple(self._receivers):
            receiver.end(TailStopped)

    async def stop(self) -> None:
        self.end_all()
        for task in tuple(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def offer(self, event: LoggedEvent) -> None:
        """Called by the tail for each event, in log order."""
        if not self._index:
            return
        self._pending.append(event)
        if self._dispatching is None:
            self._dispatching = self.begin(self._dispatch())

    async def _dispatch(self) -> None:
        try:
            while self._pending:
                events, self._pending = self._pending, []
                judged = await self.hearers(events, self._index.keys())
                for event in events:
                    self._route(event, judged[event.seq])
        finally:
            self._dispatching = None

    def _route(self, event: LoggedEvent, audiences: Iterable[Audience]) -> None:
        found: dict[Channel, list[Listeners]] = {}
        places = keys_of(event)
        for audience in audiences:
            index = self._index.get(audience, {})
            for place in places if index else ():
                for listeners in index.get(place, ()):
                    if listeners.wanted.include(event):
                        found.setdefault(listeners.channel, []).append(listeners)
        for channel, wanting in found.items():
            channel.offer(event, wanting)

    def waiting(self) -> list[LoggedEvent]:
        """Events that channels have not answered yet; each is shared by all its channels."""
        return list({id(event): event for channel in self._channels.values() for event, *_ in channel._queue}.values())

    async def hearers(
        self, events: Sequence[LoggedEvent], listening: Collection[Audience]
    ) -> Mapping[int, Collection[Audience]]:
        """As `app.events.visible` has it. Waits for the database when it is away."""
        return await persistently(lambda: hearers(self._source.database, events, listening))

    async def answered(self, answer: Answer, event: LoggedEvent) -> bytes | None:
        async with self._turns:
            self.executions += 1
            return await persistently(lambda: answer(event))

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """In a task of its own, in no request's context."""
        task = asyncio.create_task(work, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("fan-out failed", exc_info=task.exception())


async def persistently(ask: Callable[[], Awaitable[T]]) -> T:
    """What `ask` gives; it is asked again while the database is away."""
    delay = RETRY_FIRST
    while True:
        try:
            return await ask()
        except MAYBE_UNREACHABLE as error:
            if not is_unreachable(error):
                raise
            met(error, by="delivering events")
        await asyncio.sleep(delay)
        delay = min(delay * 2, RETRY_LAST)
