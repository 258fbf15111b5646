"""Roll-ups equal the deals that they are of, whatever happens to these, folded or not."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import asyncpg
import pytest

from app.analytics.pipeline import pipeline
from app.analytics.pipeline_statement import asks
from app.analytics.rollups.checking import check, rebuild
from app.analytics.rollups.folding import fold, fold_all
from app.analytics.rollups.nightly import compare
from app.database import Database
from app.database.rls import as_viewer
from app.deals.pipeline import pipeline_of_deals
from app.demo.people import demo_id
from app.identity.rls_policies import rls_setting
from app.identity.users import viewer_of
from tests import hunts
from tests.app.analytics.wandering import CHANGES, Wanderer
from tests.conftest import AT
from tests.schema.world import ADVANCE, COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of, person

ALPINE, RIVALS = demo_id("org/alpine-it"), demo_id("org/brightwater")
ALL = ["OPEN", "WON", "LOST"]
FILTERS: tuple[Mapping[str, object], ...] = (
    {},
    {"status": ["OPEN"]},
    {"status": ALL},
    {"status": ["WON"]},
    {"status": []},
    {"stage_keys": ["discovery", "proposal", "closed-won"]},
    {"playbook_key": "it-software", "status": ["OPEN"]},
    {"partner_id": ALPINE},
    {"partner_ids": [ALPINE, RIVALS], "status": ["OPEN"]},
    {"owner_id": demo_id(f"user/{SELLER}")},
    {"owner_id": demo_id(f"user/{SELLER}"), "partner_id": RIVALS},
    {"my_partners": True},
    {"others": True},
    {"probability_min": 0.3, "probability_max": 0.7},
)


async def wrong(database: Database) -> dict[str, tuple[str, ...]]:
    return {one.table: one.shown for one in await check(database) if one.wrong}


async def answers_agree(demo: Demo, at: datetime, filters: Sequence[Mapping[str, object]] = FILTERS) -> None:
    """For everybody, and every filter that roll-ups answer: with and without the wall in PostgreSQL."""
    for who in (VENDOR, MANAGER, SELLER, COLLEAGUE, RIVAL):
        viewer = await viewer_of(str(demo_id(f"user/{who}")))
        if viewer is None:
            continue  # who has left
        for chosen in filters:
            assert asks(chosen)
            expected = await pipeline_of_deals(demo.database, viewer, chosen, at)
            assert await pipeline(demo.database, viewer, chosen, at) == expected, (who, chosen)
            with as_viewer(rls_setting(viewer)):
                assert await pipeline(demo.database, viewer, chosen, at) == expected, (who, chosen)


@pytest.mark.parametrize("seed", range(3))
async def test_roll_ups_equal_the_deals_after_any_changes(demo: Demo, seed: int) -> None:
    await wander(demo, Random(seed), steps=16, every=8)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 100 + hunts.size(3, whole=40)))
async def test_roll_ups_equal_the_deals_after_many_changes(demo: Demo, seed: int) -> None:
    await wander(demo, Random(seed), steps=120, every=10)


async def wander(demo: Demo, chance: Random, *, steps: int, every: int) -> None:
    wanderer = Wanderer(demo, chance, {})
    for number in range(steps):
        await wanderer.step()
        if chance.random() < 0.3:
            await fold(demo.database, chance.choice((1, 7, 10_000)))
        if number % every == every - 1:
            await answers_agree(demo, AT + timedelta(days=chance.randrange(400), seconds=chance.randrange(86_400)))
            assert await wrong(demo.database) == {}
    await fold_all(demo.database)
    assert await wrong(demo.database) == {}
    await answers_agree(demo, datetime.now(UTC))


@pytest.mark.parametrize("number", range(len(set(CHANGES))), ids=[one.__name__ for one in dict.fromkeys(CHANGES)])
async def test_each_kind_of_change_comes_about_and_is_counted(demo: Demo, number: int) -> None:
    change = list(dict.fromkeys(CHANGES))[number]
    wanderer = Wanderer(demo, Random(7), {})
    tries = [await change(wanderer) for _ in range(4)]
    assert any(tries)
    assert await wrong(demo.database) == {}
    await answers_agree(demo, AT + timedelta(days=3), FILTERS[2:3])


async def test_a_figure_is_right_in_the_moment_in_which_the_deal_has_moved(demo: Demo) -> None:
    summary = "{ pipeline { stages { stage { key } count amount { amount currency } } } }"
    deal = await deal_of(demo, SELLER)
    before = (await demo.run(summary, SELLER))["pipeline"]["stages"]
    given = {"opportunityId": deal, "toStageKey": "closed-lost", "override": True, "reason": "Chose another"}
    assert (await demo.run(ADVANCE, VENDOR, input=given))["advanceStage"]["userErrors"] == []
    after = (await demo.run(summary, SELLER))["pipeline"]["stages"]
    assert sum(one["count"] for one in after) == sum(one["count"] for one in before) - 1
    assert await demo.value("SELECT count(*) FROM rollup_change") == 2


async def test_a_move_is_as_many_statements_as_ever_and_its_summary_one(demo: Demo) -> None:
    assert await demo.statements_of("{ pipeline { total { count stalledCount } } }", VENDOR) == 1
    assert await demo.statements_of("{ pipeline { total { count stalledCount } } }", MANAGER) == 1


async def test_roll_ups_hold_no_row_of_what_has_come_to_nothing(demo: Demo) -> None:
    await demo.database.fetch("UPDATE opportunity SET amount = NULL, currency = NULL")
    await fold_all(demo.database)
    assert await demo.value("SELECT count(*) FROM deal_rollup WHERE deals = 0") > 0
    assert await compare(demo.database) == 0
    assert await demo.value("SELECT count(*) FROM deal_rollup WHERE deals = 0 OR currency <> ''") == 0


TAMPERED = {
    "deal_rollup": "UPDATE deal_rollup SET amount = amount + 0.01 WHERE seq = (SELECT min(seq) FROM deal_rollup)",
    "age_rollup": "DELETE FROM age_rollup WHERE seq = (SELECT max(seq) FROM age_rollup)",
    "expected_rollup": "UPDATE expected_rollup SET squares = squares + 0.01"
    " WHERE seq = (SELECT min(seq) FROM expected_rollup)",
}


@pytest.mark.parametrize("table", TAMPERED)
async def test_what_differs_is_found_and_put_right(demo: Demo, table: str) -> None:
    await demo.database.fetch(TAMPERED[table])
    assert set(await wrong(demo.database)) == {table}
    assert await compare(demo.database) == 1
    assert await wrong(demo.database) == {}
    assert await demo.value("SELECT wrong FROM rollup_check WHERE name = $1", table) == 1


async def test_changes_that_no_trigger_has_noted_are_found_and_put_right(demo: Demo) -> None:
    """As a restore of a part of the tables leaves them: deals and moves changed behind everybody's back."""
    owner = await asyncpg.connect(demo.database.url)
    await owner.execute("SET session_replication_role = replica")
    await owner.execute("UPDATE opportunity SET amount = amount * 2, entered_stage_at = now() WHERE status = 'OPEN'")
    await owner.close()
    assert {"deal_rollup", "age_rollup", "expected_rollup"} <= set(await wrong(demo.database))
    assert sum(one.wrong for one in await rebuild(demo.database)) > 0
    assert await wrong(demo.database) == {}
    assert sum(one.wrong for one in await rebuild(demo.database)) == 0
    await answers_agree(demo, AT, FILTERS[:3])


async def test_roll_ups_are_rebuilt_from_nothing_beside_changes_and_folding(demo: Demo) -> None:
    changed = 0

    async def go_on() -> None:
        nonlocal changed
        while not rebuilt.done():
            await demo.database.fetch("UPDATE opportunity SET amount = amount + 1 WHERE amount IS NOT NULL")
            await fold(demo.database, 500)
            changed += 1

    for table in TAMPERED:
        await demo.database.fetch(f"DELETE FROM {table}")
    rebuilt = asyncio.create_task(rebuild(demo.database))
    await go_on()
    await rebuilt
    assert changed > 0
    await fold_all(demo.database)
    assert await wrong(demo.database) == {}


async def test_two_who_fold_at_once_count_each_change_once(demo: Demo) -> None:
    await demo.database.fetch("UPDATE opportunity SET amount = amount + 1 WHERE amount IS NOT NULL")
    while await demo.value("SELECT EXISTS (SELECT FROM rollup_change)"):
        await asyncio.gather(*(fold(demo.database, 20) for _ in range(4)))
    await fold_all(demo.database)
    assert await wrong(demo.database) == {}


async def test_what_was_rolled_back_is_not_counted(demo: Demo) -> None:
    async def give_up() -> None:
        async with demo.database.transaction() as tx:
            await tx.execute("UPDATE opportunity SET stage_id = stage_id, amount = 1, currency = 'EUR'")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await give_up()
    assert await demo.value("SELECT count(*) FROM rollup_change") == 0
    assert await wrong(demo.database) == {}


async def test_a_partner_reads_nobody_elses_sums(demo: Demo) -> None:
    """Whatever a statement asks: in PostgreSQL itself."""
    await demo.database.fetch("UPDATE opportunity SET amount = amount + 1 WHERE amount IS NOT NULL")
    for table in ("deal_rollup", "age_rollup", "rollup_change"):
        for who in (MANAGER, SELLER):
            with as_viewer(rls_setting(await person(who))):
                rows = await demo.database.fetch(f"SELECT DISTINCT partner_id, owner_id FROM {table}")
            assert {row["partner_id"] for row in rows} == {ALPINE}
            if who == SELLER:
                assert {row["owner_id"] for row in rows} == {demo_id(f"user/{SELLER}")}
