"""WebSocket connections of uvicorn that keep their bounds, with a way past it for whole frames.

Compression must be off: `ws_per_message_deflate`.
"""

import asyncio
from asyncio import BaseTransport, TimerHandle, Transport
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from app import metrics
from app.web.guards import Guards

WIRE = "stagepath.wire"
"""In a scope's `extensions`: its connection's `HttpWire`, or its `SocketWire`."""

HIGH_WATER = 16 * 1024
"""Bytes that may wait in a connection's buffer before it counts as full; what comes then waits with its subscription,
where all share the bytes."""

SLICE = 4_096
"""Bytes that are parsed at once: frames of a few bytes each cost the most."""

MOST_FRAGMENTS = 1_000
MOST_CONTROLS, CONTROLS_SECONDS = 100, 10.0
"""Pings and pongs that a client may send within so many seconds."""

LOOK_SECONDS = 10.0

TOO_OFTEN, TOO_LARGE = 1008, 1009


class SocketWire(WebSocketsSansIOProtocol):
    on_room: Callable[[], None] | None = None
    """Called when the connection can be written to again."""

    place: str | None = None
    """Where the gate counts it."""

    _held = b""
    _fragments = 0
    _controls = 0
    _controls_since = float("-inf")
    _was_closing = False
    _unfinished_since: float | None = None
    _timer: TimerHandle | None = None

    def __init__(self, *, guards: Guards, **given: Any) -> None:
        super().__init__(**given)
        self.guards = guards

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        cast(Transport, transport).set_write_buffer_limits(high=HIGH_WATER)
        self._timer = self.loop.call_later(LOOK_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self.on_room = None
        self._held = b""
        if self._timer is not None:
            self._timer.cancel()
        if self.place is not None:
            self.guards.gate.leave(self.place)
            self.place = None
        super().connection_lost(exc)

    # What comes

    def data_received(self, data: bytes) -> None:
        if self.close_sent and not self.read_paused:
            self._held = b""
        if self._held or len(data) > SLICE:
            self._held += data
            self._feed_held()
        else:
            super().data_received(data)

    def _feed_held(self) -> None:
        """Slice by slice, until there are messages that nobody has taken yet."""
        while self._held and not self.read_paused and not self.transport.is_closing():
            piece, self._held = self._held[:SLICE], self._held[SLICE:]
            super().data_received(piece)

    async def receive(self) -> Any:
        """Others get their turn between messages that came together."""
        if not self.queue.empty():
            await asyncio.sleep(0)
        message = await super().receive()
        if self._held and not self.read_paused:
            self._feed_held()
        return message

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:  # else it was refused
            extensions = cast(dict[str, Any], self.scope["extensions"])
            extensions[WIRE] = self

    def handle_text(self, event: Frame) -> None:
        self._fragments = 0
        super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        self._fragments = 0
        super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        self._fragments += 1
        if self._fragments > MOST_FRAGMENTS:
            self.fail(TOO_LARGE, "A message has too many fragments")
        elif not self.close_sent:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        if self._may_control():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._may_control():
            super().handle_pong(event)

    def _may_control(self) -> bool:
        now = self.loop.time()
        if now - self._controls_since >= CONTROLS_SECONDS:
            self._controls, self._controls_since = 0, now
        self._controls += 1
        if self._controls > MOST_CONTROLS:
            self.fail(TOO_OFTEN, "Too many pings")
        return not self.close_sent

    def fail(self, code: int, reason: str) -> None:
        """End the connection without waiting for the client to agree."""
        if self.close_sent or self.transport.is_closing():
            return
        metrics.refusals.labels("WEBSOCKET_ABUSED").inc()
        self.conn.data_to_send()  # of answers to what it has had enough of
        self.conn.fail(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._held = b""
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.close()

    def _look(self) -> None:
        """Ends what would stay for ever: a close that nobody reads, a message that doesn't end."""
        closing = self.transport.is_closing()
        if closing and self._was_closing:
            self.transport.abort()
            return
        self._was_closing = closing
        now = self.loop.time()
        if self.conn.current_size is None and not self.conn.reader.buffer:
            self._unfinished_since = None
        elif self._unfinished_since is None:
            self._unfinished_since = now
        elif now - self._unfinished_since >= self.guards.between_seconds and not self.read_paused:
            self.fail(TOO_OFTEN, "A message was sent too slowly")
        self._timer = self.loop.call_later(LOOK_SECONDS, self._look)

    # What goes

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_room is not None:
            self.on_room()

    @property
    def has_room(self) -> bool:
        return self.writable.is_set()

    async def room(self) -> None:
        """Returns when there is room, or when the connection is gone."""
        await self.writable.wait()

    def write(self, whole_frame: bytes) -> None:
        """Nothing is written once the connection is closing."""
        if not self.close_sent and not self.disconnected and not self.transport.is_closing():
            self.transport.write(whole_frame)
