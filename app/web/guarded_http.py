"""HTTP/1.1 connections of uvicorn that keep their bounds.

What a client has not finished sending is counted as it comes, in bytes and in time, and a message that is not exactly
what RFC 9112 makes of it is answered once, and is the last of its connection: nothing behind it is ever run.
"""

import asyncio
from asyncio import BaseTransport, TimerHandle, Transport
from collections import deque
from typing import Any, Final, cast
from urllib.parse import unquote

import orjson
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from app import metrics
from app.web.answers import Refusal
from app.web.guards import LINGER_BYTES, LINGER_SECONDS, UNREAD_BYTES_PER_SECOND, Guards
from app.web.head import (
    MAX_HEAD_BYTES,
    MAX_TARGET_BYTES,
    ByName,
    Fields,
    bad_request,
    check,
    has_body,
    is_handshake,
    path_of,
    size_of,
    target_too_long,
    too_many_fields,
)
from app.web.websocket_wire import WIRE, SocketWire

BEGAN = "stagepath.began"
"""In an HTTP scope's `extensions`: when the request's first byte came, in seconds of the loop's clock."""

FIELDS = "stagepath.fields"
"""There as well: the values of its header fields by name; of equal names, the first."""

SLICE = 8_192
"""Bytes that are parsed at once: of what may come in one packet, no more than this many requests are made."""

OVERHEAD_BYTES = 16_384
"""What chunks, their extensions and the trailer may take, beyond as much again as the body itself."""

MOST_HELD = 1_000_000

IDLE, HEAD, BODY = range(3)

NOWHERE: Final[Any] = deque(maxlen=0)
"""Takes the fields of trailers, of which nobody asks anything."""

NO_ROOM = Refusal(503, "TOO_MANY_CONNECTIONS", "There are too many connections. Try again later.", {"Retry-After": "5"})


def last_answer(refused: Refusal) -> bytes:
    """All of it, with its connection's end."""
    body = orjson.dumps({"errors": [{"message": refused.message, "extensions": {"code": refused.code}}]})
    headers = {
        "content-type": "application/json; charset=utf-8",
        "content-length": str(len(body)),
        **refused.headers,
        "connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return b"%b%b\r\n%b" % (STATUS_LINE[refused.status], lines.encode(), body)


_NO_ROOM = last_answer(NO_ROOM)


class GuardedHttp(HttpToolsProtocol):
    """`_deaf`: what comes is thrown away, since an answer that is written or waits is the last one."""

    _phase = IDLE
    _deaf = False
    _more = False
    _websocket = False
    _ignored: ByName | None = None
    _began: float | None = None
    _heard = 0.0
    _free_since = 0.0
    _head_bytes = 0
    _body_bytes = 0
    _body_taken = 0
    _thrown = 0
    _answering = 0
    _held = b""
    _last: Refusal | None = None
    _running: RequestResponseCycle | None = None
    _place: str | None = None
    _timer: TimerHandle | None = None
    _unread: tuple[float, int] | None = None

    def __init__(self, *, guards: Guards, **given: Any) -> None:
        super().__init__(**given)
        self.guards = guards

    # The connection

    def connection_made(self, transport: BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        place = self.guards.gate.enter(peer[0] if isinstance(peer, tuple) else "")
        if place is None:
            self.transport = cast(Transport, transport)
            self._deaf = True
            self.transport.write(_NO_ROOM)
            self.transport.close()
            return
        super().connection_made(cast(Transport, transport))
        self._place = place
        self._free_since = self.loop.time()
        self._timer = self.loop.call_later(self.guards.look_seconds, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        if self._running is not None and not self._running.response_complete:
            self._disconnect(self._running)
        self.pipeline.clear()
        super().connection_lost(exc)

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._place is not None:
            self.guards.gate.leave(self._place)
            self._place = None

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """A client that has gone looks like one that only listens still, and gives up what it asked for."""
        if self._deaf or not self._phase:
            return None
        self._refuse(bad_request("The request is incomplete."))
        return True

    # Bytes

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            self._throw_away(len(data))
        elif self._held or len(data) > SLICE:
            self._held += data
            self._feed_held()
        else:
            self._feed(data)

    def _feed_held(self) -> None:
        """Slice by slice, until a request has to wait for its turn."""
        view, at = memoryview(self._held), 0
        while at < len(view) and not self.pipeline and not self._deaf and not self.transport.is_closing():
            piece = view[at : at + SLICE]
            at += len(piece)
            self._more = at < len(view)
            self._feed(piece)
        self._more = False
        self._held = b"" if self._deaf else bytes(view[at:])
        if self._held:
            self.flow.pause_reading()
        if len(self._held) > MOST_HELD:
            self.transport.abort()

    def _feed(self, data: bytes | memoryview) -> None:
        phase, began = self._phase, self._began
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as reached:
            self._upgrade(bytes(data[reached.args[0] :]))
        except HttpParserError as error:
            cause = error.__context__
            self._refuse(cause if isinstance(cause, Refusal) else bad_request("This is not HTTP/1.1."))
        else:
            if self._phase:
                self._count(data, known=phase if self._began is began else IDLE)

    def _count(self, data: bytes | memoryview, *, known: int) -> None:
        """Bytes of a message that has not ended. Where its head began among others, those of one slice don't count."""
        if self._phase == HEAD:
            if known == HEAD:
                self._head_bytes += len(data)
                if self._head_bytes > MAX_HEAD_BYTES:
                    self._refuse(too_many_fields())
            elif b"\n" in bytes(data).lstrip(b"\r\n") and self.parser.get_http_version() not in ("1.0", "1.1"):
                self._refuse(bad_request("This is not HTTP/1.1."))
            return
        self._heard = self.loop.time()
        self._body_bytes += len(data)
        if self._body_bytes > self.guards.body_bytes + LINGER_BYTES:
            self._refuse(Refusal(413, "TOO_LARGE", f"A request has at most {self.guards.body_bytes} bytes."))
        elif self._body_bytes - 2 * self._body_taken > OVERHEAD_BYTES + SLICE:
            self._refuse(bad_request("The chunks of the body have more overhead than content."))

    def _throw_away(self, size: int) -> None:
        self._thrown += size
        if self._thrown > LINGER_BYTES:
            self.transport.abort()

    # What the parser finds

    # uvicorn's own ask the parser for all of it twice, and take longer than some of our answers.

    def on_message_begin(self) -> None:
        self._phase = HEAD
        self._head_bytes = 0
        self._began = began = self.loop.time()
        self.url = b""
        headers: Fields = []
        self.headers = headers
        self.scope = {  # type: ignore[typeddict-item]
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,  # type: ignore[typeddict-item]
            "root_path": self.root_path,
            "headers": headers,
            "state": self.app_state.copy(),
            "extensions": {WIRE: self, BEGAN: began},  # type: ignore[dict-item]
        }

    def on_url(self, url: bytes) -> None:
        self.url += url
        if len(self.url) > MAX_TARGET_BYTES:
            raise target_too_long()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        parser, scope, url = self.parser, self.scope, self.url
        method, version = parser.get_method(), parser.get_http_version()
        fields = check(method, url, version, self.headers, self.guards.hosts)
        if self._head_bytes > MAX_HEAD_BYTES - 2 * SLICE and size_of(url, self.headers) > MAX_HEAD_BYTES:
            raise too_many_fields()
        scope["method"] = method.decode()
        scope["http_version"] = version
        upgrade = parser.should_upgrade()
        if upgrade and is_handshake(method, url, version, fields):
            self._begin_handshake()
            return
        cast(Any, scope)["extensions"][FIELDS] = fields
        self.headers = NOWHERE
        self._phase = BODY
        self._body_bytes = self._body_taken = 0
        path, _, scope["query_string"] = path_of(url).partition(b"?")
        scope["raw_path"] = path
        scope["path"] = unquote(path.decode()) if b"%" in path else path.decode()
        asks_first = b"expect" in fields and version == "1.1" and has_body(fields)
        self._enter(
            RequestResponseCycle(
                scope=scope,
                transport=self.transport,
                flow=self.flow,
                logger=self.logger,
                access_logger=self.access_logger,
                access_log=self.access_log,
                default_headers=self.server_state.default_headers,
                message_event=asyncio.Event(),
                expect_100_continue=asks_first,
                # Who asks first may leave out the body: only the connection's end tells what follows.
                keep_alive=version == "1.1" and parser.should_keep_alive() and not upgrade and not asks_first,
                on_response=self.on_response_complete,
            )
        )
        if upgrade:
            self._ignored = fields

    def _enter(self, cycle: RequestResponseCycle) -> None:
        """It begins now, or when those before it have been answered."""
        self.cycle = cycle
        self._answering += 1
        if self._answering == 1:
            self._running = cycle
            self._start_asgi_task(cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def on_body(self, body: bytes) -> None:
        self._body_taken += len(body)
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.body += body
            if len(cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        if self._websocket or (self._ignored is not None and has_body(self._ignored)):
            return  # the parser takes what is upgraded for a message without a body
        self._phase = IDLE
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.more_body = False
            cycle.message_event.set()
        elif not self._answering:
            self._free_since = self.loop.time()

    # Upgrades

    def _begin_handshake(self) -> None:
        if self._answering:
            raise bad_request("A WebSocket must be opened on a connection without other requests.")
        self._websocket = True
        self._phase = IDLE

    def _upgrade(self, rest: bytes) -> None:
        if not self._websocket:
            self._ignore_upgrade(rest)
        elif rest or self._more:
            self._websocket = False
            self._refuse(bad_request("A WebSocket's messages must come after its handshake."))
        else:
            self.handle_websocket_upgrade()

    def handle_websocket_upgrade(self) -> None:
        place, self._place = self._place, None
        self._leave()
        super().handle_websocket_upgrade()
        socket = self.transport.get_protocol()
        if isinstance(socket, SocketWire):
            socket.place = place
        elif place is not None:  # another server's, in measurements
            self.guards.gate.leave(place)

    def _ignore_upgrade(self, rest: bytes) -> None:
        """The request is one like any other, but for being the connection's last."""
        fields, self._ignored = self._ignored, None
        if fields is None or not has_body(fields):
            self._deaf = True
            return
        length = fields.get(b"content-length")
        framing = b"transfer-encoding: chunked" if length is None else b"content-length: " + length
        self.parser = HttpRequestParser(_RestOf(self))
        self.parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n\r\n" % framing)
        self._heard = self.loop.time()
        self._feed(rest)

    # The last answer

    def _refuse(self, refused: Refusal) -> None:
        """After the answers to what came before it; nothing that comes behind it is looked at."""
        if self._deaf:
            return
        self._deaf, self._held = True, b""
        metrics.refusals.labels(refused.code).inc()
        phase, self._phase = self._phase, IDLE
        if phase == BODY and not self._give_up(self.cycle):
            return
        if self._answering:
            self._last = refused
        else:
            self._end_with(refused)

    def _give_up(self, cycle: RequestResponseCycle) -> bool:
        """The request whose body is wrong; False when it has been answered already, or is being so."""
        if cycle.response_complete:
            self._linger()
            return False
        if cycle.response_started:
            self._disconnect(cycle)
            self.transport.abort()
            return False
        self._answering -= 1
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
        self._disconnect(cycle)
        return True

    def _disconnect(self, cycle: RequestResponseCycle) -> None:
        cycle.disconnected = True
        cycle.message_event.set()

    def _end_with(self, refused: Refusal) -> None:
        if not self.transport.is_closing():
            self.transport.write(last_answer(refused))
            self._linger()

    def _linger(self) -> None:
        self.flow.resume_reading()
        if self.transport.is_closing():
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        self._answering -= 1
        if self.transport.is_closing():
            return
        if self._last is not None and not self._answering:
            self._end_with(self._last)
            return
        if not self._held:
            self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._running = cycle
            self._start_asgi_task(cycle, app)
        else:
            self._free_since = self.loop.time()
        if self._held and not self.pipeline:
            self._feed_held()

    # Time

    def _look(self) -> None:
        now = self.loop.time()
        due = self._due()
        if self._is_stalled(now):
            self.transport.abort()
        elif due > now:
            self._timer = self.loop.call_later(min(due - now, self.guards.look_seconds), self._look)
        elif self._phase:
            self._refuse(Refusal(408, "REQUEST_TIMEOUT", "The request was sent too slowly."))
        elif self.transport.get_write_buffer_size():
            self._timer = self.loop.call_later(self.guards.look_seconds, self._look)
        else:
            self.transport.close()

    def _due(self) -> float:
        """When the connection has to have come further."""
        guards = self.guards
        if self._phase == HEAD:
            return cast(float, self._began) + guards.head_seconds
        if self._phase == BODY:
            whole = cast(float, self._began) + guards.whole_seconds
            # While we don't read it isn't the client who is slow.
            return whole if self.flow.read_paused else min(whole, self._heard + guards.between_seconds)
        if self._answering or self.transport.is_closing():
            return float("inf")
        return self._free_since + (guards.head_seconds if self.cycle is None else guards.keep_alive_seconds)

    def _is_stalled(self, now: float) -> bool:
        """Whether the client hardly takes what was sent to it, where nothing is added to that meanwhile."""
        waiting = self.transport.get_write_buffer_size()
        if not waiting or (self._answering and not self.flow.write_paused):
            self._unread = None
            return False
        if self._unread is None:
            self._unread = now, waiting
        since, before = self._unread
        if now - since < self.guards.unread_seconds:
            return False
        self._unread = now, waiting
        return before - waiting < (now - since) * UNREAD_BYTES_PER_SECOND


class _RestOf:
    """Listens to the parser for a body alone, and lets it go no further."""

    def __init__(self, wire: GuardedHttp) -> None:
        self.wire = wire

    def on_body(self, body: bytes) -> None:
        self.wire.on_body(body)

    def on_message_complete(self) -> None:
        self.wire.on_message_complete()
        self.wire._deaf = True
        raise bad_request("The connection is closed after this request.")
