"""Deals as they stood at any moment, equal to what a plain list of what happened says."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.analytics.history import COLUMNS, deals_at
from app.analytics.timeline import facts_of
from app.database import Database
from app.identity.viewer import Viewer
from tests.app.analytics.world import START, World, happen, made


def expected(world: World, at: Any, whose: dict[str, Any]) -> dict[UUID, tuple[Any, ...]]:
    found = {}
    for id in world.deals:
        state = world.state(id, at)
        if state is None or any(state[name] != value for name, value in whose.items()):
            continue
        playbook, stage = state["stage"]
        amount, currency = state["amount"] or (None, None)
        status = stage.upper() if stage in ("won", "lost") else "OPEN"
        found[id] = (amount, currency, state["owner"], state["partner"], state["close"], playbook, stage, status)
    return found


async def stood(world: World, viewer: Viewer, at: Any) -> dict[UUID, tuple[Any, ...]]:
    names = (
        "amount",
        "currency",
        "owner_id",
        "partner_id",
        "expected_close_date",
        "playbook_key",
        "stage_key",
        "status",
    )
    rows = await deals_at(world.database, viewer, at, ("id", *names))
    return {row["id"]: tuple(row[name] for name in names) for row in rows}


@pytest.mark.parametrize("seed", range(3))
async def test_deals_stood_as_what_happened_until_then_left_them(database: Database, seed: int) -> None:
    world = await made(database, seed)
    await happen(world, 60)
    partner = world.partners[1]
    assert partner is not None
    for at in world.random.sample(world.moments(), 25):
        assert await stood(world, world.vendor, at) == expected(world, at, {})
        assert await stood(world, world.manager(partner), at) == expected(world, at, {"partner": partner})
        own = {"partner": partner, "owner": world.owners[partner][1]}
        assert await stood(world, world.seller(partner), at) == expected(world, at, own)


async def test_all_columns_can_be_asked_for_and_before_its_creation_a_deal_was_not(database: Database) -> None:
    world = await made(database, 7)
    await happen(world, 30)
    rows = await deals_at(database, world.vendor, world.clock)
    assert {tuple(row.keys()) for row in rows} == {COLUMNS}
    assert {row["id"] for row in rows} == set(world.deals)
    assert await deals_at(database, world.vendor, START - timedelta(days=400)) == []
    for row in rows:
        moves = world.deals[row["id"]]["stage"]
        assert row["entered_stage_at"] == moves[-1][0]
    opened = await deals_at(database, world.vendor, world.clock, ("id", "status"), opened=True)
    assert {row["id"] for row in opened} == {row["id"] for row in rows if row["status"] == "OPEN"}
    with pytest.raises(ValueError, match="no column secret"):
        await deals_at(database, world.vendor, world.clock, ("secret",))


async def test_a_change_of_which_the_value_is_not_known_is_passed_over(database: Database) -> None:
    world = await made(database, 8)
    await happen(world, 5)
    before = await stood(world, world.vendor, START)
    await database.fetch(
        "INSERT INTO field_change (id, opportunity_id, field, at, known)"
        " SELECT gen_random_uuid(), id, 'amount', $1, FALSE FROM opportunity",
        world.clock + timedelta(days=1),
    )
    assert await stood(world, world.vendor, START) == before


async def test_the_time_of_an_unknown_partner_is_not_that_of_todays(database: Database) -> None:
    world = await made(database, 8)
    await happen(world, 5)
    partner = world.partners[1]
    assert partner is not None
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM field_change WHERE field = 'partner'")
        await tx.execute("UPDATE opportunity SET partner_id = NULL, owner_id = NULL")
        await tx.execute("UPDATE opportunity SET partner_id = $1", partner)
        await tx.execute("UPDATE field_change SET known = FALSE, before_partner_id = NULL WHERE field = 'partner'")
    then, now = await stood(world, world.vendor, world.clock), datetime.now(UTC) + timedelta(seconds=1)
    assert then
    assert {row[3] for row in then.values()} == {None}
    assert await stood(world, world.manager(partner), world.clock) == {}
    assert {row[3] for row in (await stood(world, world.manager(partner), now)).values()} == {partner}
    for one in (await facts_of(database, list(then))).values():
        _, first = next(iter(one.states()))
        assert first.place.partner_id is None
