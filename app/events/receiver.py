"""One subscription of one client: what it has been given, what waits for it, and how it ends."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from app.events.cursors import LOG
from app.events.endings import SubscriptionEnded, SubscriptionOverflow
from app.events.log import START, Position

if TYPE_CHECKING:
    from app.events.fanout import Fanout, Listeners


class Delivery(NamedTuple):
    """An answer and its event's place in the log; one for all receivers, with whom it may have to wait."""

    xid: int
    seq: int
    answer: bytes


class Receiver(ABC):
    """Gets encoded answers in log order, each once. What can't be passed on at once waits, as the fan-out allows.

    `cursor` is the number of the last event that was passed on, or passed over at the start. `seen` is the place in
    the log up to which the past has been told; nothing at or before it is told again. `resumes`: whether another one
    can go on after `cursor`, which is of the sequence `scope`. `left`: is called when it ends, however that comes.
    """

    __slots__ = (
        "_held",
        "_waiting",
        "cursor",
        "ended",
        "fanout",
        "left",
        "listeners",
        "resumes",
        "scope",
        "seen",
        "task",
    )

    def __init__(self) -> None:
        self.cursor: int | None = None
        self.seen: Position = START
        self.resumes = True
        self.scope = LOG
        self.left: Callable[[], None] | None = None
        self.ended = False
        self.fanout: Fanout | None = None
        self.listeners: Listeners | None = None
        self.task: asyncio.Task[None] | None = None
        self._waiting: deque[Delivery] | None = None
        self._held = False

    @abstractmethod
    def ready(self) -> bool:
        """Whether an answer can be passed on now."""

    @abstractmethod
    def put(self, answer: bytes) -> None:
        """Pass an answer on. Called when `ready`, and by those who have waited for `room`."""

    @abstractmethod
    async def room(self) -> None:
        """Returns once `ready`, or when the client is gone."""

    @abstractmethod
    def finish(self, ended: SubscriptionEnded) -> None:
        """Say that there will be no more, whether or not the client is ready."""

    def joined(self) -> None:  # noqa: B027 # most have nothing to say then
        """It is told what happens from now on, after `cursor`."""

    def take(self, told: Delivery) -> None:
        """Pass on the answer to an event that has just happened, or let it wait."""
        if self.ended or (told.xid, told.seq) <= self.seen:
            return
        if self._waiting is None and not self._held and self.ready():
            self.cursor = told.seq
            self.put(told.answer)
            return
        if self._waiting is None:
            self._waiting = deque()
        if self.fanout is not None and len(self._waiting) >= self.fanout.queue_limit:
            self.end(SubscriptionOverflow)
        else:
            self._waiting.append(told)

    def hold(self) -> None:
        """Let what happens wait: the past is still being told."""
        self._held = True

    def release(self) -> None:
        self._held = False
        self.flush()

    def flush(self) -> None:
        """Pass on what waits, as far as the client is ready."""
        waiting = self._waiting
        if waiting is None or self._held:
            return
        while waiting and self.ready():
            told = waiting.popleft()
            self.cursor = told.seq
            self.put(told.answer)
        if not waiting:
            self._waiting = None

    def end(self, reason: type[SubscriptionEnded]) -> None:
        """End it from the server's side. What waits is let go: the client resumes after what it has got."""
        if not self.ended:
            self.leave()
            self.finish(reason(self.cursor if self.resumes else None, self.scope))

    def leave(self) -> None:
        """Unsubscribe."""
        self.ended = True
        self._waiting = None
        if self.left is not None:
            self.left()
        if self.fanout is not None:
            self.fanout.leave(self)
