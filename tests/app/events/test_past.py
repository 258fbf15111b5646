"""Where the past ends and the live events begin, with a source that moves exactly between the two."""

import asyncio

import asyncpg

from app.database import Database
from app.events.facts import opportunity_updated
from app.events.fanout import Fanout
from app.events.following import Past
from app.events.log import START, LoggedEvent, Position, append, position, read
from app.events.past import SLICE, Interest, past
from app.events.receiver import Delivery
from app.models.columns import new_id
from tests.app.events.hearing import ADMIN, Heard, Kept
from tests.waiting import PATIENCE


class Moving:
    """A source that has read up to `position`, and reads `then` right after somebody has joined at `joined`."""

    def __init__(self, database: Database, position: Position, joined: Position, then: list[LoggedEvent]) -> None:
        self.database = database
        self.position = position
        self._joined = joined
        self._then = then

    async def rouse(self) -> None:
        """It is where it is."""

    async def hear(self, after: int, number: int) -> list[int]:
        heard = Heard()

        def join() -> Position:
            asyncio.get_running_loop().call_soon(self._read_on, heard)
            self.position = self._joined
            return self._joined

        past = Past(self, Fanout(self), ADMIN, Kept(), heard.answer)
        heard.task = asyncio.create_task(past.tell(heard, after, join))
        async with asyncio.timeout(PATIENCE), heard:
            return [(await anext(heard)).seq for _ in range(number)]

    def _read_on(self, heard: Heard) -> None:
        for event in self._then:
            heard.events[event.seq] = event
            heard.take(Delivery(event.xid, event.seq, b"%d" % event.seq))


async def log_of(database: Database, number: int) -> list[LoggedEvent]:
    for _ in range(number):
        async with database.transaction() as tx:
            await append(tx, opportunity_updated(new_id(), fields=["name"], actor_id=None))
    return await read(database, limit=number)


async def test_what_the_source_reads_between_the_past_and_the_joining_is_not_lost(database: Database) -> None:
    log = await log_of(database, 6)
    source = Moving(database, log[2].position, joined=log[4].position, then=[log[5]])
    assert await source.hear(log[0].seq, 5) == [event.seq for event in log[1:]]


async def test_what_the_cursor_has_seen_already_is_not_repeated_by_a_source_that_lags(database: Database) -> None:
    log = await log_of(database, 6)
    source = Moving(database, START, joined=START, then=log)
    assert await source.hear(log[2].seq, 3) == [event.seq for event in log[3:]]


async def test_a_source_level_with_the_cursor_repeats_nothing(database: Database) -> None:
    log = await log_of(database, 3)
    source = Moving(database, log[1].position, joined=log[1].position, then=[log[2]])
    assert await source.hear(log[1].seq, 1) == [log[2].seq]


async def test_what_the_past_holds_up_to_the_joining_is_not_repeated_by_a_reading_under_way(database: Database) -> None:
    log = await log_of(database, 4)
    source = Moving(database, log[0].position, joined=log[2].position, then=log[1:])
    assert await source.hear(log[0].seq, 3) == [event.seq for event in log[1:]]


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
