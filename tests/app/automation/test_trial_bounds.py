"""Trials read what is asked for, and no more, however much there is."""

import sys
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any
from uuid import UUID

import asyncpg
from cronsim import CronSim

from app.automation.definition import Trigger
from app.automation.past import past
from app.automation.past_moments import MOST_FIRES, look_back
from app.database import Database
from tests.schema.test_comments import quiet_deal
from tests.schema.test_trying import moved_back, old_deal, updated
from tests.schema.world import Demo


class Counted:
    """A reader, and how many rows it has read."""

    def __init__(self, source: Database) -> None:
        self.rows = 0
        self._source = source

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        found = await self._source.fetch(statement, *arguments)
        self.rows += len(found)
        return found

    async def fetchrow(self, statement: str, *arguments: Any) -> asyncpg.Record | None:
        return await self._source.fetchrow(statement, *arguments)


async def test_of_a_schedule_the_last_occurrences_are_reckoned_alone(demo: Demo) -> None:
    asked, now = 0, datetime.now(UTC)

    def note(frame: FrameType, event: str, _: Any) -> None:
        nonlocal asked
        asked += event == "call" and frame.f_code is CronSim.__next__.__code__

    sys.setprofile(note)
    try:
        await look_back(demo.database, Trigger(schedule="*/15 * * * *"), now - timedelta(days=730), now)
    finally:
        sys.setprofile(None)
    assert 0 < asked <= 2 * MOST_FIRES


async def test_of_dates_those_whose_time_came_are_read(demo: Demo) -> None:
    deal, now = await old_deal(demo), datetime.now(UTC)
    for ago, days in ((30, -20), (20, 5), (10, 300)):
        await updated(demo, deal, expectedCloseDate=(now - timedelta(days=days)).date().isoformat())
        await moved_back(demo, deal, ago)
    await demo.value("UPDATE opportunity SET expected_close_date = '2099-01-01' WHERE id <> $1::text::uuid", deal[4:])
    reader = Counted(demo.database)
    looked = await look_back(reader, Trigger(days_before_close=-10), now - timedelta(days=15), now)
    found = [moment for moment in looked.moments if moment.deal_id == UUID(deal[4:])]
    assert [moment.at.date() for moment in found] == [(now - timedelta(days=10)).date()]
    assert reader.rows == len(looked.moments)


async def test_of_what_was_done_the_first_and_the_last_of_each_day_are_read(demo: Demo) -> None:
    deal, now = await quiet_deal(demo), datetime.now(UTC)
    id = UUID(deal[4:])
    await updated(demo, deal, nextStep="Ring them")
    copies = """INSERT INTO event (type, opportunity_id, actor_id, payload, at, xid)
      SELECT e.type, e.opportunity_id, e.actor_id, e.payload, e.at - n * interval '5 minutes', e.xid FROM event e,
        generate_series(0, 2000) n WHERE e.opportunity_id = $1 AND e.type = 'OPPORTUNITY_UPDATED' AND e.at >= $2
        AND n % 700 < 300"""
    await demo.database.fetch(copies, id, now)
    since = now - timedelta(days=6)
    reader = Counted(demo.database)
    found = await past(reader, [id], since)
    assert reader.rows < 100
    signs = "SELECT at FROM event WHERE opportunity_id = $1 AND type = 'OPPORTUNITY_UPDATED' ORDER BY at"
    all_of_them = [row["at"] for row in await demo.database.fetch(signs, id)]
    for hours in range(0, 24 * 6, 5):
        at = since + timedelta(hours=hours)
        row = found.row(id, at)
        last = max((one for one in all_of_them if one <= at), default=None)
        if row is not None and last is not None:
            assert (at - row["last_at"]).days == (at - last).days
