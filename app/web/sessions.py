"""Sessions of open sockets and streams, looked at together: one task per process, one statement per round.

PostgreSQL tells of every change of a user or organization, and those concerned are looked at then; all of them every
few seconds in any case, since word of a change may get lost.
"""

import asyncio
import contextvars
import time
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from app import metrics
from app.database.failures import MAYBE_UNREACHABLE
from app.identity import users
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
        self._changed: set[UUID | None] = set()
        self._told = asyncio.Event()
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
        if users.changed_lately(session.viewer):  # perhaps after it was read who they are
            self.changed(user)
        return watch

    def changed(self, id: UUID | None) -> None:
        """A user or an organization has; None: any may have. Whom it concerns is looked up anew at once."""
        self._changed.add(id)
        self._told.set()

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
        users.watch(self.changed)
        try:
            while self._watches:
                await self._pause(tick)
                self._end_expired()
                if time.monotonic() - looked >= self._look_again:
                    looked = time.monotonic()
                    self.changed(None)
                if self._told.is_set():
                    await self._end_changed(self._concerned())
        finally:
            users.unwatch(self.changed)
            self._task = None

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._told.wait()

    def _concerned(self) -> list[Watch]:
        ids, self._changed = self._changed, set()
        self._told.clear()
        if None in ids:
            return list(self._watches)
        return [watch for watch in self._watches if any(users.concerns(id, watch.session.viewer) for id in ids if id)]

    def _end_expired(self) -> None:
        now = time.time()
        for watch in [watch for watch in self._watches if watch.session.ends <= now]:
            self._end(watch, Ended(expired=True))

    async def _end_changed(self, watches: Collection[Watch]) -> None:
        """What cannot be asked now is asked again later."""
        if not watches:
            return
        try:
            viewers = await users.viewers_of({watch.session.subject for watch in watches})
        except MAYBE_UNREACHABLE:
            return
        for watch in watches:
            if viewers.get(watch.session.subject) != watch.session.viewer:
                users.forget(watch.session.viewer.user_id)  # so that nobody who is sent away is let in again at once
                self._end(watch, Ended(expired=False))

    def _end(self, watch: Watch, ended: Ended) -> None:
        if watch in self._watches:
            self.forget(watch)
            watch.ended(ended)
