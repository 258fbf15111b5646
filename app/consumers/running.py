"""A process's share in the work of all consumers: for as long as it runs, and whenever the log has something new."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from app.consumers.attempt import Pace
from app.consumers.consumer import Consumer
from app.consumers.delayed import retry
from app.consumers.follow import follow, register
from app.database import Database
from app.database.failures import is_unreachable
from app.database.incidents import met

log = structlog.get_logger(__name__)

Step = Callable[[Database, Consumer, Pace], Awaitable[bool]]
"""True when there is more to do at once."""

_waiting: set[asyncio.Event] = set()


def woken(_: str | None = None) -> None:
    """Have this process's consumers look at the log soon."""
    for one in _waiting:
        one.set()


async def consume(db: Database, consumers: Sequence[Consumer], pace: Pace | None = None) -> None:
    """Until cancelled, in as many processes as one likes."""
    async with asyncio.TaskGroup() as tasks:
        for consumer in consumers:
            for step in (_following(), retry):
                tasks.create_task(_go_on(db, consumer, pace or Pace(), step), name=f"consumer {consumer.name}")


def _following() -> Step:
    registered = False

    async def step(db: Database, consumer: Consumer, pace: Pace) -> bool:
        nonlocal registered
        if not registered:
            await register(db, consumer)
            registered = True
        return await follow(db, consumer, pace)

    return step


async def _go_on(db: Database, consumer: Consumer, pace: Pace, step: Step) -> None:
    woke, delay = asyncio.Event(), pace.stumble / 50
    _waiting.add(woke)
    try:
        while True:
            woke.clear()
            try:
                more, delay = await step(db, consumer, pace), pace.stumble / 50
            except Exception as error:  # noqa: BLE001 # told; whatever it is, other consumers and later events go on
                if _is_cancelled():  # the lost connection's farewell has taken the place of what cancelled us
                    return
                _tell(error, consumer)
                more, delay = await asyncio.sleep(delay, True), min(delay * 2, pace.stumble)
            if not more:
                await asyncio.sleep(pace.pause)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pace.poll):
                        await woke.wait()
    finally:
        _waiting.discard(woke)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _tell(error: Exception, consumer: Consumer) -> None:
    if is_unreachable(error):
        met(error, by="following the event log for a consumer")
    else:
        log.error("a consumer stands still", consumer=consumer.name, exc_info=error)
