"""Work that would hold the event loop: done in one thread beside it, in which viewers take turns.

One thread, since only one computes at a time anyway. The interpreter lets the event loop in between every few
milliseconds, so others are answered while a large document is checked.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, NamedTuple, TypeVar

from schema.errors import ClientError

T = TypeVar("T")

OF_ONE, OF_ALL = 32, 256
"""Pieces of work that may wait, of one viewer and of all together."""
AGAIN_AFTER_SECONDS = 1

_thread = ThreadPoolExecutor(1, "documents")


class _Piece(NamedTuple):
    work: Callable[[], Any]
    done: asyncio.Future[Any]


class Overloaded(ClientError):
    """Too much waits for a turn already."""

    def __init__(self) -> None:
        super().__init__(
            "The server has too many new documents to look at just now. Try again shortly, fewer at a time.",
            code="OVERLOADED",
            retryAfter=AGAIN_AFTER_SECONDS,
        )


class Turns:
    """Of one event loop. Whoever waits may be cancelled, as by a deadline: what has not begun then never does."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, of_one: int = OF_ONE, of_all: int = OF_ALL) -> None:
        self.loop = loop
        self._of_one, self._of_all = of_one, of_all
        self._waiting: OrderedDict[Hashable, deque[_Piece]] = OrderedDict()
        self._busy = False

    async def take(self, who: Hashable, work: Callable[[], T]) -> T:
        """The result of `work`, or its error. Raises `Overloaded`."""
        mine = self._waiting.get(who, ())
        if len(mine) >= self._of_one or sum(map(len, self._waiting.values())) >= self._of_all:
            raise Overloaded
        piece = _Piece(partial(copy_context().run, work), self.loop.create_future())
        self._waiting.setdefault(who, deque()).append(piece)
        if not self._busy:
            self._next()
        try:
            result: T = await piece.done
            return result
        finally:
            del piece  # which holds an error that would hold this frame

    def _next(self) -> None:
        """Begin the next piece: of the viewer who has waited longest for a turn."""
        self._busy = False
        while self._waiting:
            who, pieces = self._waiting.popitem(last=False)
            piece = pieces.popleft()
            if pieces:
                self._waiting[who] = pieces
            if not piece.done.done():  # else whoever wanted it has gone
                self._busy = True
                _thread.submit(piece.work).add_done_callback(partial(self._tell, piece))
                return

    def _tell(self, piece: _Piece, worked: Future[Any]) -> None:
        """In the thread."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._finish, piece, worked)

    def _finish(self, piece: _Piece, worked: Future[Any]) -> None:
        if not piece.done.done():
            error = worked.exception()
            if error is None:
                piece.done.set_result(worked.result())
            else:
                piece.done.set_exception(error)
        self._next()


_current: Turns | None = None


def turns() -> Turns:
    """Those of the running loop."""
    global _current
    loop = asyncio.get_running_loop()
    if _current is None or _current.loop is not loop:
        _current = Turns(loop)
    return _current
