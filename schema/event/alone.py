"""A subscription that an ordinary GraphQL executor follows for one client, making each value into an answer itself."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from app.database.failures import is_unreachable
from app.database.rls import as_viewer
from app.events.endings import SubscriptionEnded
from app.events.following import Past
from app.events.log import CursorUnknown, LoggedEvent, Position
from app.events.receiver import Receiver
from app.events.tail import tail
from app.identity.rls_policies import rls_setting
from app.identity.scopes import audience_of
from app.identity.viewer import Viewer
from schema.engine.declare import Requester
from schema.event.feed import Feed


class Alone(Receiver):
    """Shares a channel with nobody; what passes through it are the events' numbers, and the values stay here."""

    def __init__(self, feed: Feed, viewer: Viewer) -> None:
        super().__init__()
        self._feed = feed
        self._viewer = viewer
        self._values: dict[int, Any] = {}
        self._got: deque[int] = deque()
        self._changed = asyncio.Event()
        self._reason: Exception | None = None

    async def follow(self, after: int | None) -> AsyncGenerator[Any, None]:
        """The value of each event. Raises `CursorUnknown`, `SubscriptionEnded`, and what making a value raises."""
        tail().fanout.add(self)
        telling: asyncio.Task[None] | None = None
        try:
            if after is not None:
                telling = asyncio.create_task(self._tell(after))
            elif not self.ended:
                await tail().rouse()
                self.seen = self._join()
                self.cursor = self.seen.seq or None
            while True:
                if self._got:
                    yield self._values.pop(self._got.popleft())
                    self._changed.set()
                    self.flush()
                elif self._reason is not None:
                    raise self._reason
                else:
                    self._changed.clear()
                    await self._changed.wait()
        finally:
            self.leave()
            if telling is not None:
                telling.cancel()
                with suppress(asyncio.CancelledError):
                    await telling

    def _join(self) -> Position:
        return tail().fanout.join(self, audience_of(self._viewer), self._answer, self._feed.wanted, self)

    async def _tell(self, after: int) -> None:
        try:
            await Past(tail(), tail().fanout, self._viewer, self._feed.wanted, self._answer).tell(
                self, after, self._join
            )
        except CursorUnknown as unknown:
            self._fail(unknown)

    async def _answer(self, event: LoggedEvent) -> bytes | None:
        try:
            with as_viewer(rls_setting(self._viewer)):
                value = await self._feed.make(Requester(self._viewer, datetime.now(UTC)), event)
        except Exception as error:
            if is_unreachable(error):
                raise
            self._fail(error)
            return None
        if value is None:
            return None
        self._values[event.seq] = value
        return b"%d" % event.seq

    def ready(self) -> bool:
        return not self._got

    def put(self, answer: bytes) -> None:
        self._got.append(int(answer))
        self._changed.set()

    async def room(self) -> None:
        while self._got and not self.ended:
            self._changed.clear()
            await self._changed.wait()

    def finish(self, ended: SubscriptionEnded) -> None:
        self._fail(ended)

    def _fail(self, reason: Exception) -> None:
        self._reason = reason
        self._changed.set()
