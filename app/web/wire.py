"""Bodies taken from, and answers written to the connection itself.

An answer's head and body go out in one write. ASGI has them come one after the other, each with a packet of its own,
and uvicorn checks and joins what we have just made.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, cast

from app.web.guarded_http import BEGAN, FIELDS, GuardedHttp
from app.web.websocket_wire import WIRE, SocketWire


class HttpWire(GuardedHttp):
    """A way past uvicorn's cycle for whole bodies and answers."""

    on_lost: Callable[[], None] | None = None
    """Called when the connection is lost."""
    _head: tuple[object, bytes] = (None, b"")

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.on_lost is not None:
            self.on_lost()
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
        if not self._held:
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


def fields_of(scope: Mapping[str, Any]) -> Mapping[bytes, bytes]:
    """Header fields by name, in lower case. Of equal names, the first counts."""
    found: dict[bytes, bytes] | None = scope.get("extensions", {}).get(FIELDS)
    return dict(reversed(scope["headers"])) if found is None else found


def began_at(scope: Mapping[str, Any]) -> float:
    """When the request's first byte came, on the running loop's clock: what `asyncio.timeout_at` takes.

    Now, where no `HttpWire` has taken it in.
    """
    began: float | None = scope.get("extensions", {}).get(BEGAN)
    return asyncio.get_running_loop().time() if began is None else began


def wire_of(scope: Mapping[str, Any]) -> SocketWire:
    """Raises `LookupError` under a server that was not set up by `app.web.server.options`."""
    found = scope.get("extensions", {}).get(WIRE)
    if not isinstance(found, SocketWire):
        raise LookupError("WebSockets are served through SocketWire; see app.web.server.options")
    return found
