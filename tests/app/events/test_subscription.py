"""Where the past ends and the live events begin, with a source that moves exactly between the two."""

import asyncio
from collections.abc import Callable

import asyncpg

from app.database import Database
from app.events.facts import opportunity_updated
from app.events.log import START, LoggedEvent, Position, append, position, read
from app.events.subscription import SLICE, Interest, Subscription, past
from app.models.columns import new_id
from tests.waiting import PATIENCE


class Moving:
    """A source that has read up to `position`, and does what `on_join` says at the moment of joining."""

    def __init__(self, database: Database, position: Position) -> None:
        self.database = database
        self.position = position
        self.on_join: Callable[[Subscription], Position] = lambda _: self.position
        self.left: list[Subscription] = []

    async def rouse(self) -> None:
        """It is where it is."""

    def join(self, subscription: Subscription) -> Position:
        return self.on_join(subscription)

    def leave(self, subscription: Subscription) -> None:
        self.left.append(subscription)


async def log_of(database: Database, number: int) -> list[LoggedEvent]:
    for _ in range(number):
        async with database.transaction() as tx:
            await append(tx, opportunity_updated(new_id(), fields=["name"], actor_id=None))
    return await read(database, limit=number)


async def take(source: Moving, after: int, number: int) -> list[int]:
    subscription = Subscription(source, Interest(), after=after, limit=100)
    async with asyncio.timeout(PATIENCE), subscription:
        return [(await anext(subscription)).seq for _ in range(number)]


async def test_what_the_source_reads_between_the_past_and_the_joining_is_not_lost(database: Database) -> None:
    log = await log_of(database, 6)
    source = Moving(database, log[2].position)

    def moved_on(subscription: Subscription) -> Position:
        source.position = log[4].position
        subscription.offer(log[5])
        return log[4].position

    source.on_join = moved_on
    assert await take(source, log[0].seq, 5) == [event.seq for event in log[1:]]


async def test_what_the_cursor_has_seen_already_is_not_repeated_by_a_source_that_lags(database: Database) -> None:
    log = await log_of(database, 6)
    source = Moving(database, START)

    def reads_all(subscription: Subscription) -> Position:
        for event in log:
            subscription.offer(event)
        return START

    source.on_join = reads_all
    assert await take(source, log[2].seq, 3) == [event.seq for event in log[3:]]


async def test_a_source_level_with_the_cursor_repeats_nothing(database: Database) -> None:
    log = await log_of(database, 3)
    source = Moving(database, log[1].position)

    def reads_on(subscription: Subscription) -> Position:
        subscription.offer(log[2])
        return log[1].position

    source.on_join = reads_on
    assert await take(source, log[1].seq, 1) == [log[2].seq]
    assert len(source.left) == 1


async def test_what_the_past_holds_up_to_the_joining_is_not_repeated_by_a_reading_under_way(database: Database) -> None:
    events = await log_of(database, 4)
    source = Moving(database, events[0].position)

    def join(subscription: Subscription) -> Position:
        for event in events[1:]:  # what was being read when the source was brought further
            subscription.offer(event)
        return events[2].position

    def joined(subscription: Subscription) -> Position:
        asyncio.get_running_loop().call_soon(join, subscription)
        return events[2].position

    source.on_join = joined
    assert await take(source, events[0].seq, 3) == [event.seq for event in events[1:]]


class Counting:
    """The database, and how many events each read of it gave."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sizes: list[int] = []

    async def fetch(self, text: str, /, *parameters: object) -> list[asyncpg.Record]:
        rows = await self._database.fetch(text, *parameters)
        self.sizes.append(len(rows))
        return rows

    async def fetchrow(self, text: str, /, *parameters: object) -> asyncpg.Record | None:
        return await self._database.fetchrow(text, *parameters)


async def test_the_past_is_held_a_slice_at_a_time_and_passed_over_in_longer_ones(database: Database) -> None:
    many = 1_000
    async with database.transaction() as tx:
        await append(tx, *(opportunity_updated(new_id(), fields=["name"], actor_id=None) for _ in range(many)))
    up_to = await position(database)
    told, passed = Counting(database), Counting(database)
    heard = [event.seq async for event in past(told, Interest(), START, up_to)]
    assert heard == sorted(heard)
    assert len(heard) == many
    assert max(told.sizes) == SLICE
    assert [event async for event in past(passed, Interest(matches=lambda _: False), START, up_to)] == []
    assert sum(passed.sizes) == many
    assert len(passed.sizes) <= 6
