"""Sessions of open sockets and streams, looked at together: one task per process, one statement per round."""

import asyncio
import contextvars
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from app import metrics
from app.database.failures import MAYBE_UNREACHABLE
from app.identity.users import forget, viewers_of
from app.web.authentication import LOOK_AGAIN_SECONDS, Ended, Session

TICK_SECONDS = 1.0
"""How long after its end a token may still keep a stream open."""


class TooManyConnections(Exception):
    """The viewer has as many sockets and streams open with this process as one may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} connections open, as many as one may have; close one first.")


@dataclass(eq=False, slots=True)
class Watch:
    session: Session
    ended: Callable[[Ended], None]


class Sessions:
    """Tells when a session is over. `look_again`: how often, in seconds, users are looked up anew. `most`: how many
    sessions one viewer may have.
    """

    def __init__(self, look_again: float = LOOK_AGAIN_SECONDS, *, most: int) -> None:
        self._look_again = look_again
        self._most = most
        self._held: Counter[UUID] = Counter()
        self._watches: set[Watch] = set()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._watches)

    def watch(self, session: Session, ended: Callable[[Ended], None]) -> Watch:
        """`ended` is called once, unless it is told to `forget` before. Raises `TooManyConnections`."""
        self.admit(user := session.viewer.user_id)
        watch = Watch(session, ended)
        self._watches.add(watch)
        self._held[user] += 1
        metrics.connections.inc()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="sessions", context=contextvars.Context())
        return watch

    def admit(self, user: UUID) -> None:
        """Raises `TooManyConnections` when there is no room for another."""
        if self._held[user] >= self._most:
            raise TooManyConnections(self._most)

    def forget(self, watch: Watch) -> None:
        if watch in self._watches:
            self._watches.remove(watch)
            self._release(watch.session.viewer.user_id)

    def _release(self, user: UUID) -> None:
        metrics.connections.dec()
        self._held[user] -= 1
        if not self._held[user]:
            del self._held[user]

    async def _run(self) -> None:
        tick = min(TICK_SECONDS, self._look_again)
        looked = time.monotonic()
        try:
            while self._watches:
                await asyncio.sleep(tick)
                self._end_expired()
                if time.monotonic() - looked >= self._look_again:
                    looked = time.monotonic()
                    await self._end_changed()
        finally:
            self._task = None

    def _end_expired(self) -> None:
        now = time.time()
        for watch in [watch for watch in self._watches if watch.session.ends <= now]:
            self._end(watch, Ended(expired=True))

    async def _end_changed(self) -> None:
        """What cannot be asked now is asked again later."""
        watches = tuple(self._watches)
        try:
            viewers = await viewers_of({watch.session.subject for watch in watches})
        except MAYBE_UNREACHABLE:
            return
        for watch in watches:
            if viewers.get(watch.session.subject) != watch.session.viewer:
                forget(watch.session.viewer.user_id)  # so that nobody who is sent away is let in again at once
                self._end(watch, Ended(expired=False))

    def _end(self, watch: Watch, ended: Ended) -> None:
        if watch in self._watches:
            self.forget(watch)
            watch.ended(ended)
