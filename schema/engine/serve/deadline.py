"""The time limit of queries and mutations."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType

from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from app.database.metering import metered
from app.settings import settings
from schema.errors import ClientError

BARELY = 0.05
"""Seconds. Whatever came no longer ago counts as if it had come now."""


class deadline:  # `with deadline():`
    """Gives up the block after the time that settings allow, counted from `since`, by the loop's clock. Raises
    `ClientError`.

    As `asyncio.timeout`, without a timer for each operation: all may take equally long, so the first to begin is the
    first to be late, and one timer for that one will do.
    """

    __slots__ = ("_cancelling", "_late", "_since", "_task", "_timer", "_watch")

    def __init__(self, since: float | None = None) -> None:
        self._since = since
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._late = False
        self._watch = _watch_of(asyncio.get_running_loop(), settings().operation_timeout_seconds)
        if self._since is None or self._since >= self._watch.loop.time() - BARELY:
            self._watch.begin(self)
        else:
            self._timer = self._watch.loop.call_at(self._since + self._watch.seconds, self.give_up)

    def give_up(self) -> None:
        self._late = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is None:
            self._watch.end(self)
        else:
            self._timer.cancel()
        if self._late and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            meter = metered()
            if meter is not None and meter.crowded:
                raise ClientError(
                    f"Your other operations took all {meter.share.most} statements that you may run at once, for longer"
                    f" than {self._watch.seconds:g} s. Let them end, and ask for less at a time.",
                    code="TOO_MANY_STATEMENTS",
                ) from None
            raise ClientError(
                f"The operation exceeded its time limit of {self._watch.seconds:g} s and was cancelled. Ask for"
                " less; a mutation may have taken effect all the same, so read before you repeat it, or repeat it with"
                " the same `clientMutationId`.",
                code="TIMEOUT",
            ) from None


class _Watch:
    """All blocks of one event loop that may take equally long, in the order in which they began."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self.loop = loop
        self.seconds = seconds
        self._running: dict[deadline, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, block: deadline) -> None:
        self._running[block] = ends = self.loop.time() + self.seconds
        if self._timer is None:
            self._timer = self.loop.call_at(ends, self._look)

    def end(self, block: deadline) -> None:
        self._running.pop(block, None)

    def _look(self) -> None:
        self._timer = None
        while self._running:
            block, ends = next(iter(self._running.items()))
            if ends > self.loop.time():
                self._timer = self.loop.call_at(ends, self._look)
                return
            del self._running[block]
            block.give_up()


_current: _Watch | None = None


def _watch_of(loop: asyncio.AbstractEventLoop, seconds: float) -> _Watch:
    """One that is replaced goes on with what it has."""
    global _current
    if _current is None or _current.loop is not loop or _current.seconds != seconds:
        _current = _Watch(loop, seconds)
    return _current


class Deadline(SchemaExtension):
    async def on_execute(self) -> AsyncIterator[None]:
        if self.execution_context.operation_type is OperationType.SUBSCRIPTION:
            yield
            return
        with deadline():
            yield
