"""Deals as trials of automations find them, equal to those that figures of the past read."""

from datetime import UTC, datetime, timedelta

import pytest

from app.analytics.history import deals_at
from app.automation.past import past
from app.database import Database
from tests.app.analytics.world import START, happen, made

NAMES = (
    *("amount", "currency", "owner_id", "partner_id", "expected_close_date", "name", "next_step"),
    *("playbook_key", "stage_key", "status", "win_probability", "entered_stage_at"),
)
CALLED = {"playbook_key": "playbook", "stage_key": "stage"}


@pytest.mark.parametrize("seed", range(3))
async def test_deals_stood_as_figures_say(database: Database, seed: int) -> None:
    world = await made(database, seed)
    await happen(world, 60)
    long_ago = START - timedelta(days=400)
    found = await past(database, world.deals, long_ago)
    moments = [long_ago, *world.random.sample(world.moments(), 25), datetime.now(UTC)]
    for at in moments:
        rows = await deals_at(database, world.vendor, at, ("id", *NAMES))
        stood = {row["id"]: {name: row[name] for name in NAMES} for row in rows}
        told = {id: row for id in world.deals if (row := found.row(id, at)) is not None}
        # Of a closed deal, figures say when it closed as well.
        assert {id: {name: row[CALLED.get(name, name)] for name in NAMES} for id, row in told.items()} == stood
