"""Consumers of a test's own, whose effects stand in a table of the test's own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

from app.background import in_background
from app.consumers.attempt import Pace
from app.consumers.consumer import Consumer
from app.consumers.follow import follow, register
from app.consumers.running import consume
from app.database import Database, Transaction
from app.events.log import LoggedEvent, NewEvent
from app.vocabulary import EventType
from tests.app.events.world import note
from tests.waiting import until

QUICK = Pace(poll=0.02, pause=0.0, retry=0.01, attempts=3)
TYPES = frozenset({EventType.OPPORTUNITY_UPDATED})
EFFECTS = """
CREATE TABLE IF NOT EXISTS effect (n bigserial PRIMARY KEY, consumer text, seq bigint, deal uuid, xid bigint)
"""
_WRITE = "INSERT INTO effect (consumer, seq, deal, xid) VALUES ($1, $2, $3, $4)"

Meddle = Callable[[Transaction, LoggedEvent], Awaitable[None]]


def writing(name: str = "test", meddle: Meddle | None = None, **options: bool) -> Consumer:
    """Its effect is a row; `meddle` is called after that is written."""

    async def handle(tx: Transaction, event: LoggedEvent) -> None:
        await tx.execute(_WRITE, name, event.seq, event.opportunity_id, event.xid)
        if meddle is not None:
            await meddle(tx, event)

    return Consumer(name, TYPES, handle, **options)


@asynccontextmanager
async def consuming(db: Database, *consumers: Consumer, pace: Pace = QUICK) -> AsyncIterator[None]:
    """What happens from now on, until the block ends."""
    await db.fetch(EFFECTS)
    for consumer in consumers:
        await register(db, consumer)
    async with in_background(consume(db, consumers, pace), name="consumers of a test"):
        yield


def failing(seqs: Iterable[int], error: Exception) -> Meddle:
    """For these events, until their numbers are taken out of the set."""
    wrong = seqs if isinstance(seqs, set) else set(seqs)

    async def meddle(_: Transaction, event: LoggedEvent) -> None:
        if event.seq in wrong:
            raise error

    return meddle


async def effects(db: Database, consumer: str = "test") -> list[int]:
    """The numbers of the events, in the order in which they had their effect."""
    return [row["seq"] for row in await db.fetch("SELECT seq FROM effect WHERE consumer = $1 ORDER BY n", consumer)]


async def effects_are(db: Database, expected: list[int], consumer: str = "test") -> None:
    """Waits for as many."""

    async def there() -> bool:
        return len(await effects(db, consumer)) >= len(expected)

    await until(there)
    assert await effects(db, consumer) == expected


async def delayed(db: Database) -> dict[int, tuple[int, str | None, bool]]:
    """Attempts, reason, and whether it was put aside, by the event's number."""
    rows = await db.fetch("SELECT seq, attempts, reason, put_aside_at IS NOT NULL AS aside FROM delayed_event")
    return {row["seq"]: (row["attempts"], row["reason"], row["aside"]) for row in rows}


def of(deal: UUID) -> NewEvent:
    return note(deal)


_BEHIND = """
SELECT EXISTS (SELECT FROM event e JOIN consumer_cursor c ON (e.xid, e.seq) > (c.xid, c.seq) WHERE c.name = $1)
  OR EXISTS (SELECT FROM delayed_event d WHERE d.consumer = $1) AS behind
"""


async def caught_up(db: Database, consumer: Consumer) -> None:
    """Has the consumer handle what has happened. Events settle once all transactions of the server that began before
    theirs have ended, be they of other tests."""

    async def there() -> bool:
        while await follow(db, consumer, Pace(batch=5)):
            pass
        row = await db.fetchrow(_BEHIND, consumer.name)
        return row is not None and not row["behind"]

    await until(there)
