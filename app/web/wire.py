"""Bodies taken from, and answers and WebSocket frames written to the connection itself.

An answer's head and body go out in one write. ASGI has them come one after the other, each with a packet of its own,
and uvicorn checks and joins what we have just made.

One text goes to thousands of sockets without being wrapped anew.

uvicorn's protocol takes a message through a coroutine, a dict, an encoder and a frame object, for each receiver. A
frame of the server's side is two to ten bytes of header and the text (RFC 6455, 5.2): with no extension negotiated
nothing else depends on the connection.
"""

import asyncio
import struct
from asyncio import BaseTransport, Transport
from collections.abc import Callable, Mapping
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

WIRE = "stagepath.wire"
"""In a scope's `extensions`: its connection's `HttpWire`, or its `Wire`."""

BEGAN = "stagepath.began"
"""In an HTTP scope's `extensions`: when the request's first byte came, in seconds of the loop's clock."""

HIGH_WATER = 16 * 1024
"""Bytes that may wait in a connection's buffer before it counts as full; what comes then waits with its subscription,
where all share the bytes."""

_WHOLE_TEXT = 0x81


class HttpWire(HttpToolsProtocol):
    """uvicorn's own, with a way past it for whole bodies and answers."""

    _head: tuple[object, bytes] = (None, b"")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast(dict[str, Any], self.scope)["extensions"] = {WIRE: self, BEGAN: self.loop.time()}

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.scope:  # which would hold us, and we it, until the collector came by
            cast(dict[str, Any], self.scope).pop("extensions", None)

    def body(self, scope: object) -> bytes | None:
        """All of a request's body, if it has come already: it mostly has before the application is called.

        It is taken, as `receive` would.
        """
        cycle = self.cycle
        if cycle.scope is not scope or cycle.more_body or cycle.disconnected:
            return None
        taken, cycle.body = bytes(cycle.body), bytearray()
        cycle.message_event.clear()
        self.flow.resume_reading()
        return taken

    def answer(self, scope: object, headers: bytes, body: bytes) -> bool:
        """Send a whole answer with status 200, and say so; False when it has to go the usual way.

        `headers` are whole lines, taken as they are; `content-length` is added to them.
        """
        cycle = self.cycle
        usual = (
            cycle.scope is not scope  # another request has come behind this one
            or cycle.response_started
            or cycle.disconnected
            or cycle.waiting_for_100_continue
            or not cycle.keep_alive
            or self.flow.write_paused
            or self.transport.is_closing()
        )
        if usual:
            return False
        cycle.response_started = cycle.response_complete = True
        self.transport.write(b"%b%bcontent-length: %d\r\n\r\n%b" % (self._first_lines(), headers, len(body), body))
        cycle.message_event.set()
        cycle.on_response()
        return True

    def _first_lines(self) -> bytes:
        """Those that each answer has. uvicorn makes the headers anew once a second, because of the date."""
        headers = self.server_state.default_headers
        known, lines = self._head
        if known is not headers:
            lines = b"HTTP/1.1 200 OK\r\n" + b"".join([b"%b: %b\r\n" % header for header in headers])
            self._head = headers, lines
        return lines


def http_wire_of(scope: Mapping[str, Any]) -> HttpWire | None:
    """None under a server that was not set up by `app.web.server.options`."""
    found = scope.get("extensions", {}).get(WIRE)
    return found if isinstance(found, HttpWire) else None


def began_at(scope: Mapping[str, Any]) -> float:
    """When the request's first byte came, on the running loop's clock: what `asyncio.timeout_at` takes.

    Now, where no `HttpWire` has taken it in.
    """
    began: float | None = scope.get("extensions", {}).get(BEGAN)
    return asyncio.get_running_loop().time() if began is None else began


def frame(text: bytes) -> bytes:
    """A whole text message, as the server sends it. `text` is UTF-8."""
    size = len(text)
    if size < 126:
        return bytes((_WHOLE_TEXT, size)) + text
    if size < 65536:
        return struct.pack("!BBH", _WHOLE_TEXT, 126, size) + text
    return struct.pack("!BBQ", _WHOLE_TEXT, 127, size) + text


class Wire(WebSocketsSansIOProtocol):
    """uvicorn's own, with a way past it for whole frames. Compression must be off: `ws_per_message_deflate`."""

    on_room: Callable[[], None] | None = None
    """Called when the connection can be written to again."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        cast(Transport, transport).set_write_buffer_limits(high=HIGH_WATER)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:  # else it was refused
            extensions = cast(dict[str, Any], self.scope["extensions"])
            extensions[WIRE] = self

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_room is not None:
            self.on_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self.on_room = None
        super().connection_lost(exc)

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


def wire_of(scope: Mapping[str, Any]) -> Wire:
    """Raises `LookupError` under a server that was not set up by `app.web.server.options`."""
    found = scope.get("extensions", {}).get(WIRE)
    if not isinstance(found, Wire):
        raise LookupError("WebSockets are served through app.web.wire.Wire; see app.web.server.options")
    return found


class Frames:
    """Makes the frames of shared payloads, and the last one only once: clients often use the same id."""

    def __init__(self) -> None:
        self._made: tuple[bytes, bytes, bytes] = (b"", b"", b"")

    def of(self, head: bytes, payload: bytes) -> bytes:
        """The frame of `head`, `payload` and a closing brace."""
        known_head, known, made = self._made
        if known is payload and known_head == head:
            return made
        made = frame(b"%b%b}" % (head, payload))
        self._made = (head, payload, made)
        return made
