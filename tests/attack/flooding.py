"""WebSockets by the hundred, and frames by the thousand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.attack.frames import Socket, text
from tests.attack.ledger import Ledger
from tests.attack.talking import together
from tests.attack.target import Target
from tests.hunts import size


@asynccontextmanager
async def sockets(
    target: Target, ledger: Ledger, number: int, *, ready: bool = True, buffer: int | None = None
) -> AsyncIterator[list[Socket]]:
    """Those of `number` that the server lets in."""
    opened: list[Socket] = []

    async def enter(_: int) -> None:
        ledger.sent += 1
        one = await (Socket.ready(target, "anyone", buffer=buffer) if ready else Socket.open(target, buffer=buffer))
        if isinstance(one, Socket):
            opened.append(one)
        else:
            ledger.statuses[str(one)] += 1

    try:
        for _ in range(0, number, 25):
            await together(min(25, number), enter)
        yield opened
    finally:
        for one in opened:
            one.close()


async def flood(target: Target, ledger: Ledger, number: int, piece: Callable[[int], bytes], at_once: int = 4) -> None:
    """The same kind of frame again and again, answers read beside it, until all are sent or the server ends it."""

    async def one_socket(_: int) -> None:
        one = await Socket.ready(target, "anyone")
        if not isinstance(one, Socket):
            ledger.statuses[str(one)] += 1
            return
        reading = asyncio.create_task(_read(one, ledger))
        for turn in range(0, number, 50):
            ledger.sent += 50
            if not await one.send(b"".join(piece(turn + more) for more in range(50))):
                break
        await one.send(text({"type": "ping"}))
        done, _pending = await asyncio.wait([reading], timeout=size(2, whole=20))
        if not done:
            reading.cancel()
        one.close()

    await together(at_once, one_socket)


async def _read(one: Socket, ledger: Ledger) -> None:
    while True:
        message = await one.receive()
        if not isinstance(message, dict):
            ledger.statuses[f"close {message}"] += 1
            return
        if message.get("type") == "pong" and not message.get("payload"):
            return
        if message.get("type") == "next":
            ledger.message(message["payload"])
        elif message.get("type") == "error":
            ledger.message({"errors": message["payload"]})
