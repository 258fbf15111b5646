"""Servers that webhooks and messages are sent to, on loopback: what arrived, and what they answer."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Arrived:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        said: dict[str, Any] = orjson.loads(self.body)
        return said


@dataclass(slots=True)
class Reply:
    """`after`: what has to happen before it is given; None: at once."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: asyncio.Event | None = None


@dataclass
class Receiver:
    """`replies`: by path, given one after the other; the last one stays. `choose`: in their place, if given."""

    port: int = 0
    arrived: list[Arrived] = field(default_factory=list)
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    choose: Callable[[Arrived], Reply] | None = None
    secure: bool = False
    connections: int = 0

    def url(self, path: str = "/") -> str:
        return f"http{'s' if self.secure else ''}://127.0.0.1:{self.port}{path}"

    def at(self, path: str) -> list[Arrived]:
        return [one for one in self.arrived if one.path == path]

    def reply(self, one: Arrived) -> Reply:
        if self.choose is not None:
            return self.choose(one)
        queue = self.replies.get(one.path, [])
        return queue.pop(0) if len(queue) > 1 else queue[0] if queue else Reply()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                while (one := await _request(reader)) is not None:
                    await self._answer(one, writer)
        finally:
            writer.transport.abort()

    async def _answer(self, one: Arrived, writer: asyncio.StreamWriter) -> None:
        self.arrived.append(one)
        reply = self.reply(one)
        if reply.after is not None:
            await reply.after.wait()
        fields = {"Content-Length": str(len(reply.body)), **reply.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"HTTP/1.1 {reply.status} X\r\n{head}\r\n".encode() + reply.body)
        await writer.drain()


async def _request(reader: asyncio.StreamReader) -> Arrived | None:
    line = await reader.readline()
    if not line:
        return None
    _, path, _ = line.decode().split(" ", 2)
    headers = {}
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        headers[name.strip().lower()] = value.strip()
    return Arrived(path, headers, await reader.readexactly(int(headers.get("content-length", 0))))


@asynccontextmanager
async def receiving(trust: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """`trust`: a certificate to show; then it speaks TLS."""
    receiver = Receiver(secure=trust is not None)
    connected: set[asyncio.Task[None]] = set()

    def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(receiver.serve(reader, writer))
        connected.add(task)
        task.add_done_callback(connected.discard)

    server = await asyncio.start_server(connect, "127.0.0.1", 0, ssl=trust)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in connected:
            task.cancel()
        await asyncio.gather(*connected, return_exceptions=True)
