"""HTTP/1.1 as an attacker speaks it: bytes out, answers in, nothing checked on the way."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

BROKEN = (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        return "json" in self.headers.get("content-type", "")


class Line:
    """One TCP connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, host: str, port: int, *, source: str | None = None, buffer: int | None = None) -> Self:
        """`source`: the loopback address that it comes from; `buffer`: bytes that the system takes in for it unread."""
        raw = socket.socket()
        raw.setblocking(False)
        if buffer is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        try:
            if source is not None:
                raw.bind((source, 0))
            async with asyncio.timeout(20):
                await asyncio.get_running_loop().sock_connect(raw, (host, port))
        except BaseException:
            raw.close()
            raise
        reader, writer = await asyncio.open_connection(sock=raw, limit=4_000_000)
        return cls(reader, writer)

    async def send(self, data: bytes) -> bool:
        """False when the other side has closed it, or takes nothing for half a minute."""
        try:
            self.writer.write(data)
            async with asyncio.timeout(30):
                await self.writer.drain()
        except (*BROKEN, TimeoutError):
            return False
        return not self.writer.is_closing()

    async def answer(self, within: float = 60.0) -> Answer | None:
        """The next one; None when the connection ends before it, or it doesn't come in time."""
        try:
            async with asyncio.timeout(within):
                head = await self.reader.readuntil(b"\r\n\r\n")
                status, headers = _head(head)
                return Answer(status, headers, await self._body(status, headers))
        except (*BROKEN, TimeoutError):
            return None

    async def _body(self, status: int, headers: dict[str, str]) -> bytes:
        if status in (101, 204, 304):
            return b""
        if "chunked" in headers.get("transfer-encoding", ""):
            return b"".join([piece async for piece in self.chunks()])
        if "content-length" in headers:
            return await self.reader.readexactly(int(headers["content-length"]))
        return await self.reader.read()

    async def chunks(self) -> AsyncIterator[bytes]:
        while size := int((await self.reader.readline()).split(b";")[0], 16):
            yield await self.reader.readexactly(size)
            await self.reader.readexactly(2)
        await self.reader.readline()

    async def closed(self, within: float) -> bool:
        """Whether the server ends it within so many seconds; what it still says is thrown away."""
        try:
            async with asyncio.timeout(within):
                while await self.reader.read(65_536):
                    pass
        except TimeoutError:
            return False
        except BROKEN:
            return True
        return True

    def close(self) -> None:
        with contextlib.suppress(*BROKEN):
            self.writer.transport.abort()


def _head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return int(first.split(" ")[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}


def request(
    path: str = "/graphql",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    *,
    method: str = "POST",
    host: str = "127.0.0.1",
    length: int | None = None,
) -> bytes:
    """A request's bytes; `length` overrides what `Content-Length` says."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers)]
    if body or length is not None:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def json_headers(token: str | None) -> Sequence[tuple[str, str]]:
    own = [("Content-Type", "application/json"), ("Accept", "application/json")]
    return [*own, ("Authorization", f"Bearer {token}")] if token else own
