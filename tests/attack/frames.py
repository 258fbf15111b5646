"""WebSocket as an attacker speaks it (RFC 6455), `graphql-transport-ws` on top: any frame, any order."""

import asyncio
import base64
import json
import os
import struct
from collections.abc import Iterable
from typing import Any, Self

from tests.attack.target import Target
from tests.attack.wire import BROKEN, Line, request

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
PROTOCOL = "graphql-transport-ws"


def frame(kind: int, payload: bytes = b"", *, final: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """`reserved`: the three bits that extensions use, 4 is that of compression."""
    first = (0x80 if final else 0) | reserved << 4 | kind
    return bytes([first]) + _length(len(payload), 0x80 if masked else 0) + (b"\0\0\0\0" if masked else b"") + payload


def _length(size: int, mask: int) -> bytes:
    if size < 126:
        return bytes([mask | size])
    return struct.pack(">BH", mask | 126, size) if size < 65_536 else struct.pack(">BQ", mask | 127, size)


def text(message: Any) -> bytes:
    """A message as one frame; masked with zeros, which changes nothing."""
    return frame(TEXT, message if isinstance(message, bytes) else json.dumps(message).encode())


def subscribe(number: str, document: str, variables: Any = None) -> bytes:
    return text({"type": "subscribe", "id": number, "payload": {"query": document, "variables": variables}})


def handshake(
    extra: Iterable[tuple[str, str]] = (), *, protocol: str | None = PROTOCOL, path: str = "/graphql"
) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    own = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    named = [("Sec-WebSocket-Protocol", protocol)] if protocol else []
    return request(path, [*own, ("Sec-WebSocket-Key", key), *named, *extra], method="GET")


class Socket:
    """A WebSocket after its handshake."""

    def __init__(self, line: Line) -> None:
        self.line = line

    @classmethod
    async def open(
        cls,
        target: Target,
        extra: Iterable[tuple[str, str]] = (),
        *,
        protocol: str | None = PROTOCOL,
        buffer: int | None = None,
        patience: float = 40.0,
    ) -> Self | int:
        """The status where the server refuses it; 0 when it says nothing."""
        line = await target.line(buffer=buffer)
        await line.send(handshake(extra, protocol=protocol))
        answer = await line.answer(within=patience)
        if answer is not None and answer.status == 101:
            return cls(line)
        line.close()
        return answer.status if answer else 0

    @classmethod
    async def ready(cls, target: Target, who: str = "seller", *, buffer: int | None = None) -> Self | int:
        """With the connection acknowledged; the close code or status where it isn't."""
        opened = await cls.open(target, buffer=buffer)
        if isinstance(opened, int):
            return opened
        token = target.token(who)
        await opened.send(text({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        answer = await opened.receive()
        if isinstance(answer, dict) and answer.get("type") == "connection_ack":
            return opened
        opened.close()
        return answer if isinstance(answer, int) else 0

    async def send(self, data: bytes) -> bool:
        return await self.line.send(data)

    async def receive(self, within: float = 40.0) -> Any:
        """The next message; an `int`: the code that it was closed with, 0 without one; None: nothing came in time."""
        try:
            async with asyncio.timeout(within):
                while True:
                    kind, payload = await self._frame()
                    if kind == CLOSE:
                        return struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 0
                    if kind == TEXT:
                        return json.loads(payload)
        except TimeoutError:
            return None
        except BROKEN:
            return 0

    async def _frame(self) -> tuple[int, bytes]:
        first, second = await self.line.reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack(">H", await self.line.reader.readexactly(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", await self.line.reader.readexactly(8))[0]
        return first & 0x0F, await self.line.reader.readexactly(size)

    def close(self) -> None:
        self.line.close()
