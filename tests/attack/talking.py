"""Bytes on connections: exchanges whose answers are counted, and many connections that are held."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

from tests.attack.ledger import Ledger
from tests.attack.target import Target
from tests.attack.wire import BROKEN, Answer, Line

PAUSE = 0.05  # seconds between packets: more than the way, so that they arrive as packets
SILENCE = 0.7  # seconds without another answer, after which none is expected


async def exchange(
    target: Target, ledger: Ledger, pieces: Sequence[bytes], most: int = 1, patience: float = 20.0
) -> list[Answer]:
    """Send the pieces as packets and take in all answers; more than `most` is a fault, whatever they say."""
    line = await target.line()
    began = time.monotonic()
    ledger.sent += 1
    try:
        for number, piece in enumerate(pieces):
            if number:
                await asyncio.sleep(PAUSE)
            if not await line.send(piece):
                break
        answers = await _answers(line, most, patience)
    finally:
        line.close()
    seconds = max(0.0, time.monotonic() - began - SILENCE)
    for answer in answers:
        ledger.answered(answer, seconds)
    if not answers:
        ledger.answered(None, seconds)
    if len(answers) > most:
        ledger.faults[f"{len(answers)} answers where {most} would be right"] += 1
    return answers


async def _answers(line: Line, most: int, patience: float) -> list[Answer]:
    answers: list[Answer] = []
    while len(answers) <= most + 5:
        answer = await line.answer(within=SILENCE if answers else patience)
        if answer is None:
            break
        answers.append(answer)
    return answers


async def exchanges(target: Target, ledger: Ledger, each: Iterable[Sequence[bytes]], most: int = 1) -> None:
    """Eight of them at once."""
    waiting = iter(each)

    async def some() -> None:
        for pieces in waiting:
            await exchange(target, ledger, pieces, most)

    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(some())


@asynccontextmanager
async def crowd(target: Target, ledger: Ledger, number: int, addresses: int = 1) -> AsyncIterator[list[Line]]:
    """So many connections, from so many loopback addresses; those that the server lets in."""
    lines: list[Line] = []

    async def enter(place: int) -> None:
        ledger.sent += 1
        try:
            lines.append(await target.line(source=f"127.0.7.{1 + place % addresses}"))
        except (*BROKEN, TimeoutError):
            ledger.statuses["refused"] += 1

    try:
        for start in range(0, number, 50):
            await asyncio.gather(*(enter(place) for place in range(start, min(number, start + 50))))
        yield lines
    finally:
        for line in lines:
            line.close()


async def all_closed(lines: Sequence[Line], within: float) -> int:
    """How many the server had not ended after so many seconds."""
    ended = await asyncio.gather(*(line.closed(within) for line in lines))
    return ended.count(False)


async def drip(lines: Sequence[Line], piece: Callable[[int], bytes], seconds: float, every: float = 1.0) -> None:
    """Send each line a little, again and again, for so many seconds or until all are closed."""
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        sent = await asyncio.gather(*(line.send(piece(number)) for line in lines))
        if not any(sent):
            return
        number += 1
        await asyncio.sleep(every)


async def together(number: int, does: Callable[[int], Awaitable[None]]) -> None:
    """`does` so many times at once."""
    async with asyncio.TaskGroup() as group:
        for place in range(number):
            group.create_task(_as_coroutine(does, place))


async def _as_coroutine(does: Callable[[int], Awaitable[None]], place: int) -> None:
    await does(place)
