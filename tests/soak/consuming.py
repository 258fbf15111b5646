"""A worker of two consumers as a process of its own, to be killed; its argument is the URL of the database.

Both fail by chance, so that events are delayed as well. `book` writes a row for each event, `mail` enqueues a job.
"""

import asyncio
import random
import sys

from app.consumers.attempt import Pace
from app.consumers.consumer import Consumer, outside
from app.consumers.running import consume
from app.database import Database, Transaction
from app.database.failures import MAYBE_UNREACHABLE
from app.events.log import LoggedEvent
from app.jobs import jobs
from app.vocabulary import EventType

TYPES = frozenset({EventType.OPPORTUNITY_UPDATED})
FAILING = 0.05
PACE = Pace(poll=0.1, pause=0.0, lease=1.0, retry=0.02, attempts=1_000_000, stumble=0.5)

_BOOK = "INSERT INTO effect (seq, deal, worker) VALUES ($1, $2, pg_backend_pid())"


@jobs.task(name="mail_of_a_hunt")
async def mail(effect_id: str) -> None:
    raise NotImplementedError


async def _book(tx: Transaction, event: LoggedEvent) -> None:
    await tx.execute(_BOOK, event.seq, event.opportunity_id)
    _fail_by_chance()


async def _mail(tx: Transaction, event: LoggedEvent) -> None:
    await outside(tx, "mail", event, "mail_of_a_hunt")
    _fail_by_chance()


def _fail_by_chance() -> None:
    if random.random() < FAILING:
        raise ValueError("by chance")


CONSUMERS = (Consumer("book", TYPES, _book, from_start=True), Consumer("mail", TYPES, _mail, from_start=True))


async def main(url: str) -> None:
    await consume(await _connected(url), CONSUMERS, PACE)


async def _connected(url: str) -> Database:
    """It may be started while the database is away."""
    while True:
        try:
            return await Database.connect(url, size=4)
        except MAYBE_UNREACHABLE:
            await asyncio.sleep(0.1)


def run() -> None:
    asyncio.run(main(sys.argv[1]))
