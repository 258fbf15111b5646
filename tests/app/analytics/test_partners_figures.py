"""Figures of partners' people: of what row-level security shows them, asked once for each deal and not for each of its
moves."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from app.analytics.cohort import Cohort, read
from app.analytics.report import Analytics, analytics
from app.analytics.stages import read_places
from app.analytics.stays import StageFigures, statement
from app.database import Database
from app.database.rls import NOTHING, RlsSetting, as_viewer
from app.identity.rls_policies import rls_setting
from app.identity.scopes import scope_of, slots_of
from app.identity.viewer import Viewer
from app.models.columns import new_id
from tests.app.analytics.histories import NOW
from tests.app.analytics.world import World, happen, made

PLAIN = "SELECT opportunity_id, seq, at, kind, from_stage_id, to_stage_id FROM stage_transition"
QUICK = "SELECT opportunity_id, seq, at, kind, from_stage_id, to_stage_id FROM moves_of_deals($1)"
PARTS = {"funnel", "deals", "wins", "loss_reasons"}


def people(world: World) -> list[Viewer]:
    partners = [partner for partner in world.partners if partner is not None]
    return [who for partner in partners for who in (world.manager(partner), world.seller(partner))]


def wall(viewer: Viewer) -> RlsSetting:
    setting = rls_setting(viewer)
    assert setting is not None
    return setting


async def take_part(world: World) -> None:
    """Partners are asked to sell along, and did or didn't, and people of all of them are on teams."""
    for id in world.deals:
        for partner in (one for one in world.partners if one is not None):
            if world.random.random() < 0.3:
                await world.database.fetch(
                    "INSERT INTO deal_partner (id, opportunity_id, partner_id, status, role)"
                    " VALUES ($1, $2, $3, $4, $5)",
                    *(new_id(), id, partner, world.random.choice(("INVITED", "ACCEPTED", "ACCEPTED", "DECLINED"))),
                    world.random.choice(("LEAD", "OTHER", "OTHER")),
                )
            for person in world.owners[partner]:
                if world.random.random() < 0.3:
                    await world.database.fetch(
                        "INSERT INTO team_member (id, opportunity_id, user_id) VALUES ($1, $2, $3)",
                        new_id(),
                        id,
                        person,
                    )


async def some_world(database: Database, seed: int) -> World:
    world = await made(database, seed)
    await happen(world, 60)
    await take_part(world)
    await database.step_down()
    return world


@pytest.mark.parametrize("seed", range(3))
async def test_moves_of_deals_are_those_that_row_level_security_shows(database: Database, seed: int) -> None:
    world = await some_world(database, seed)
    everything, asked = await database.fetch(PLAIN), list(world.deals)
    for viewer in people(world):
        with as_viewer(wall(viewer)):
            shown = {tuple(row) for row in await database.fetch(PLAIN)}
            assert {tuple(row) for row in await database.fetch(QUICK, asked)} == shown
            some = set(asked[::2])
            of_some = {tuple(row) for row in await database.fetch(QUICK, list(some))}
            assert of_some == {row for row in shown if row[0] in some}
        assert 0 < len(shown) < len(everything)
    with as_viewer(NOTHING):
        assert await database.fetch(QUICK, asked) == []


@pytest.mark.parametrize("seed", range(3, 6))
async def test_figures_are_what_row_level_security_lets_count(database: Database, seed: int) -> None:
    world = await some_world(database, seed)
    since = world.clock - timedelta(days=60)
    for viewer in people(world):
        for filters in ({}, {"playbook_key": "first"}, {"entered_from": since}, {"owner_id": viewer.user_id}):
            cohort = Cohort(filters, world.clock)
            with as_viewer(wall(viewer)):
                places = await read_places(database, viewer, None)
                quick, plain = [
                    await read(
                        database, viewer, places, cohort, statement(scope_of(viewer), cohort.names, False, walled)
                    )
                    for walled in (True, False)
                ]
                behind = await analytics(database, viewer, cohort, None, PARTS)
            assert sorted(map(tuple, quick), key=repr) == sorted(map(tuple, plain), key=repr)
            beside = await analytics(database, viewer, cohort, None, PARTS)
            assert by_stage(behind) == by_stage(beside)
            assert behind.outcomes == beside.outcomes
            assert (behind.months, behind.reasons) == (beside.months, beside.reasons)


def by_stage(found: Analytics) -> dict[UUID, StageFigures]:
    """Of those that deals were in."""
    return {place.stage_id: one for place, one in found.stages if one.entered or one.skipped}


async def test_no_move_is_asked_whether_it_is_seen(database: Database) -> None:
    """In the plan of a partner's figures, moves come from deals that are seen; read by themselves, each would be."""
    world = await some_world(database, 6)
    viewer = people(world)[0]
    with as_viewer(wall(viewer)):
        quick, plain = [await plan(database, viewer, walled) for walled in (True, False)]
    assert [line for line in quick if "stage_transition" in line] == []
    assert [line for line in quick if "Function Scan on moves_of_deals" in line]
    (at,) = [number for number, line in enumerate(plain) if "on stage_transition" in line]
    assert "SubPlan" in "".join(plain[at + 1 : at + 3])
    body = await database.fetchrow("SELECT prosrc FROM pg_proc WHERE proname = 'moves_of_deals'")
    assert body is not None
    inside = body["prosrc"].partition("RETURN QUERY ")[2].partition(";")[0].replace("asked", "$1::uuid[]")
    read = [row[0] for row in await explained(database, inside, list(world.deals))]
    (at,) = [number for number, line in enumerate(read) if "on stage_transition" in line]
    assert "SubPlan" not in "".join(read[at + 1 : at + 3])


async def plan(database: Database, viewer: Viewer, walled: bool) -> list[str]:
    cohort, places = Cohort({}, NOW), await read_places(database, viewer, None)
    made = statement(scope_of(viewer), cohort.names, False, walled)
    values = made.arguments({**slots_of(viewer), **places.slots, **cohort.slots})
    return [row[0] for row in await explained(database, made.text, *values)]


async def explained(database: Database, text: str, *values: object) -> list[asyncpg.Record]:
    async with database.transaction() as tx:
        return await tx.fetch(f"EXPLAIN (COSTS OFF) {text}", *values)
