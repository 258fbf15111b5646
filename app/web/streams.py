"""GraphQL over server-sent events, distinct connections mode: one operation, one response."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

import structlog
from graphql import GraphQLError

from app.events.endings import SubscriptionEnded, TailStopped
from app.events.receiver import Receiver
from app.web.authentication import Ended, Session
from app.web.sessions import Sessions, TooManyConnections
from schema.context import Handover
from schema.engine.serve.engine import StreamedResult
from schema.errors import ClientError
from schema.event.cursors import log_cursor
from schema.event.live import ending, failure, payload

log = structlog.get_logger(__name__)

PING_SECONDS = 12.0
"""Proxies drop connections that are silent for longer than 30 to 60 seconds."""

_PING = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"


class Stream(Receiver):
    """What goes into one response, part by part. A part is taken when the one before has gone out.

    An event's id is the cursor to resume after. Where the server stops, the response ends without `complete`: clients
    connect again by themselves then, and say the last id.
    """

    __slots__ = ("_coming", "_over", "_parts", "_taken", "request_id")

    def __init__(self, request_id: str) -> None:
        super().__init__()
        self.request_id = request_id
        self._parts: deque[bytes] = deque()
        self._coming = asyncio.Event()
        self._taken = asyncio.Event()
        self._taken.set()
        self._over = False

    def ready(self) -> bool:
        return not self._parts

    async def room(self) -> None:
        await self._taken.wait()

    def put(self, answer: bytes) -> None:
        self._add(b"%bevent: next\ndata: %b\n\n" % (self._id(), answer))

    def joined(self) -> None:
        if id := self._id():
            self._add(id + b"\n")

    def _id(self) -> bytes:
        if not self.resumes or self.cursor is None:
            return b""
        return b"id: %b\n" % log_cursor(self.cursor, self.scope).encode()

    def finish(self, ended: SubscriptionEnded) -> None:
        if isinstance(ended, TailStopped):
            self._over = True
            self._coming.set()
        else:
            self.fail(ending(ended))

    def fail(self, error: Exception) -> None:
        self.put(failure(error, self.request_id))
        self.complete()

    def refuse(self, ended: Ended) -> None:
        """The session is over."""
        self.leave()
        error = GraphQLError(str(ended), extensions={"code": "UNAUTHENTICATED", "requestId": self.request_id})
        self.put(payload(None, [error], self.request_id))
        self.complete()

    def complete(self) -> None:
        if not self._over:
            self._over = True
            self._add(_COMPLETE)

    async def parts(self, ping: float) -> AsyncIterator[bytes]:
        yield _PING
        while self._parts or not self._over:
            if not self._parts:
                self._coming.clear()
                try:
                    async with asyncio.timeout(ping):
                        await self._coming.wait()
                except TimeoutError:
                    yield _PING
                continue
            yield self._parts.popleft()
            self.flush()
            if not self._parts:
                self._taken.set()

    def _add(self, part: bytes) -> None:
        self._parts.append(part)
        self._taken.clear()
        self._coming.set()


async def event_stream(
    results: AsyncGenerator[StreamedResult, None],
    handover: Handover,
    session: Session,
    sessions: Sessions,
    request_id: str,
    *,
    ping: float = PING_SECONDS,
) -> AsyncIterator[bytes]:
    """Results as they come, until there are no more or the session is over."""
    stream = Stream(request_id)
    try:
        watch = sessions.watch(session, stream.refuse)
    except TooManyConnections as crowded:  # another one was faster
        stream.fail(ClientError(str(crowded), code="TOO_MANY_CONNECTIONS"))
        async for part in stream.parts(ping):
            yield part
        return
    # In a task of its own, since a generator has to run in one and the same from beginning to end.
    pump = asyncio.create_task(_pump(results, handover, stream))
    try:
        async for part in stream.parts(ping):
            yield part
    finally:
        sessions.forget(watch)
        stream.leave()
        pump.cancel()
        with suppress(asyncio.CancelledError):
            await pump


async def _pump(results: AsyncGenerator[StreamedResult, None], handover: Handover, stream: Stream) -> None:
    """Ends when there are no more results, or when a subscription has caught up with the present."""
    try:
        async with aclosing(results) as found:
            async for told in found:
                await stream.room()
                stream.put(told.payload)
        if handover.prepared is not None:
            await handover.prepared.follow(stream)
        else:
            stream.complete()
    except Exception as error:  # noqa: BLE001 # masked, logged and told
        stream.leave()
        stream.fail(error)
