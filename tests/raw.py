"""HTTP/1.1 by the byte: what comes back over one connection, and what the server ran of it.

async with recording(tmp_path) as target:
    outcome = await target.exchange(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
    assert outcome.statuses == [200]
    assert target.ran == ["GET /"]
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from app.web.gate import Gate
from app.web.guards import UNREAD_SECONDS, guards_of
from app.web.websocket_wire import SocketWire
from app.web.wire import HttpWire
from tests.messages import HANDSHAKE
from tests.serving import listening, settings_for
from tests.waiting import PATIENCE, until

LARGE = 10_000_000
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Outcome:
    """`left`: bytes that belong to no answer."""

    answers: list[Answer] = field(default_factory=list)
    left: bytes = b""

    @property
    def statuses(self) -> list[int]:
        return [answer.status for answer in self.answers]


def outcome_of(read: bytes, bodiless: Sequence[int] = ()) -> Outcome:
    """`bodiless`: which of the answers have no body, whatever length they tell: those to HEAD."""
    outcome = Outcome()
    while b"\r\n\r\n" in read and read.startswith(b"HTTP/1.1 "):
        head, _, rest = read.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        status = int(first.split()[1])
        size = 0 if status < 200 or len(outcome.answers) in bodiless else int(headers["content-length"])
        outcome.answers.append(Answer(status, headers, rest[:size]))
        read = rest[size:]
    outcome.left = read
    return outcome


class Target:
    """A server behind the product's own listening, which answers everything and remembers what it was asked."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.ran: list[str] = []
        self.bodies: list[bytes] = []
        self.scopes: list[Any] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.base_url = ""

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.base_url.removeprefix("http://").partition(":")
        return host, int(port)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                WebSocketRoute("/socket", self._socket),
                Route("/large", self._large),
                Route("/alive", self._alive),
                Route("/{path:path}", self._answer, methods=METHODS),
            ]
        )

    async def _alive(self, _: Request) -> JSONResponse:
        return JSONResponse({})

    async def _large(self, _: Request) -> Response:
        return Response(bytes(LARGE))

    async def _answer(self, request: Request) -> JSONResponse:
        self.ran.append(f"{request.method} {request.url.path}")
        self.scopes.append(request.scope)
        try:
            body = await request.body()
        except ClientDisconnect:
            body = b"(gone)"
        self.bodies.append(body)
        await self.hold.wait()
        return JSONResponse({"ran": f"{request.method} {request.url.path}", "id": request.headers.get("x-id")})

    async def _socket(self, socket: WebSocket) -> None:
        self.ran.append("socket")
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(text)

    async def seen(self) -> None:
        """Returns when the server has read what was sent before."""
        for _ in range(3):
            reader, writer = await asyncio.open_connection(*self.address)
            writer.write(b"GET /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert await reader.read()
            writer.close()

    async def left(self, number: int) -> None:
        """Returns when so many connections are left."""

        async def holds() -> bool:
            return self.gate.open <= number

        await until(holds)

    async def socket(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A WebSocket whose handshake is done."""
        reader, writer = await asyncio.open_connection(*self.address)
        writer.write(HANDSHAKE)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        return reader, writer

    async def exchange(self, *packets: bytes, bodiless: Sequence[int] = (), end: bool = False) -> Outcome:
        """Send the packets, each when the one before has been read; all that comes until the server closes.

        `end`: say that no more will come.
        """
        reader, writer = await asyncio.open_connection(*self.address)
        try:
            for packet in packets:
                writer.write(packet)
                if len(packets) > 1:
                    await self.seen()
            if end:
                writer.write_eof()
            async with asyncio.timeout(PATIENCE):
                return outcome_of(await _all(reader), bodiless)
        finally:
            writer.close()


async def _all(reader: asyncio.StreamReader) -> bytes:
    read = bytearray()
    try:
        while part := await reader.read(65_536):
            read += part
    except ConnectionError:
        pass
    return bytes(read)


@asynccontextmanager
async def recording(
    tmp_path: Path, *, send_buffer: int | None = None, unread_seconds: float = UNREAD_SECONDS, **changes: Any
) -> AsyncIterator[Target]:
    """`changes` of the settings. `unread_seconds`: how long an answer may stay unread."""
    chosen = settings_for("postgresql://none", tmp_path, **changes)
    guards = replace(guards_of(chosen), unread_seconds=unread_seconds)
    target = Target(guards.gate)
    wires = {"http": partial(HttpWire, guards=guards), "ws": partial(SocketWire, guards=guards)}
    async with listening(target.app(), chosen, send_buffer=send_buffer, **wires) as target.base_url:
        yield target
