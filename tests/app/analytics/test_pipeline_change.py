"""From one moment's open pipeline to another's: exactly, in every currency, whoever asks and whatever happened."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.analytics.changes import SUBTRACTED, Change, Filter, Part, changed_deals, pipeline_change
from app.analytics.history import deals_at
from app.analytics.ledger_check import SUMS, TABLE, differing, rebuild
from app.analytics.posting import AT_ONCE, LOCK, post_changes
from app.database import Database
from app.identity.viewer import Viewer
from tests.app.analytics.world import OPENED, World, create, happen, made, told

Sums = Mapping[str, Decimal]


def open_at(world: World, at: datetime, wanted: Mapping[str, Any]) -> dict[str, Decimal]:
    """From the plain list of what happened."""
    found: dict[str, Decimal] = {}
    for id in world.deals:
        state = world.state(id, at)
        if state is None or state["stage"][1] not in OPENED or state["amount"] is None:
            continue
        said = {**state, "playbook": state["stage"][0]}
        if any(said[name] != value for name, value in wanted.items() if name != "by"):
            continue
        if "by" in wanted and (state["close"] is None or state["close"] > wanted["by"]):
            continue
        amount, currency = state["amount"]
        found[currency] = found.get(currency, Decimal(0)) + amount
    return {currency: amount for currency, amount in found.items() if amount}


def added_up(found: Change) -> dict[str, Decimal]:
    """Opening and all parts, by their signs."""
    total = dict(found.opening)
    for part, sums in found.parts.items():
        for currency, amount in sums.items():
            sign = -1 if part in SUBTRACTED else 1
            total[currency] = total.get(currency, Decimal(0)) + sign * amount
    return {currency: amount for currency, amount in total.items() if amount}


def asked(world: World) -> list[tuple[Viewer, Filter, dict[str, Any]]]:
    """Who asks for what, and which deals that is."""
    partner, other = world.partners[1:]
    assert partner is not None
    assert other is not None
    seller = world.owners[partner][1]
    march = date(2026, 3, 1)
    manager = world.manager(partner)
    return [
        (world.vendor, Filter(), {}),
        (world.vendor, Filter(playbook_key="first"), {"playbook": "first"}),
        (world.vendor, Filter(partner_id=other), {"partner": other}),
        (world.vendor, Filter(owner_id=seller), {"owner": seller}),
        (world.vendor, Filter(close_to=march), {"by": march}),
        (world.vendor, Filter(sources=["VENDOR"]), {"partner": "nobody's"}),
        (world.vendor, Filter(partner_id=partner, playbook_key="second"), {"partner": partner, "playbook": "second"}),
        (manager, Filter(), {"partner": partner}),
        (manager, Filter(partner_id=other), {"partner": "nobody's"}),
        (
            manager,
            Filter(playbook_key="second", close_to=march),
            {"partner": partner, "playbook": "second", "by": march},
        ),
        (world.seller(partner), Filter(), {"partner": partner, "owner": seller}),
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_opening_and_all_parts_add_up_to_closing_and_both_are_what_was_open(
    database: Database, seed: int
) -> None:
    world = await made(database, seed)
    for _ in range(3):  # figures are asked for meanwhile
        await happen(world, 25)
        for viewer, wanted, which in asked(world):
            begin, end = sorted(world.random.sample(world.moments(), 2))
            found = await pipeline_change(database, viewer, begin, end, wanted)
            assert found.opening == open_at(world, begin, which)
            assert found.closing == open_at(world, end, which)
            assert added_up(found) == found.closing
            assert all(amount > 0 for sums in found.parts.values() for amount in sums.values())
            listed = await changed_deals(database, viewer, begin, end, wanted, {*Part, "opening", "closing"}, most=100)
            if viewer.is_vendor:
                for part in Part:
                    assert summed(listed.get(part, [])) == found.parts[part]
                assert summed(listed.get("opening", [])) == found.opening
                assert summed(listed.get("closing", [])) == found.closing


def summed(deals: list[Any]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for one in deals:
        if one.currency is not None:
            found[one.currency] = found.get(one.currency, Decimal(0)) + one.amount
    return {currency: amount for currency, amount in found.items() if amount}


async def ledger(database: Database) -> tuple[list[Any], list[Any]]:
    columns = "opportunity_id, at, flow, currency, amount, partner_id, owner_id, playbook_key, close_date, paired"
    rows = await database.fetch(f"SELECT {columns} FROM pipeline_posting ORDER BY {columns}")
    sums = await database.fetch(
        "SELECT monthly, begins, playbook_key, flow, currency, amount FROM pipeline_total WHERE amount <> 0"
        " ORDER BY 1, 2, 3, 4, 5"
    )
    return [tuple(row) for row in rows], [tuple(row) for row in sums]


async def test_made_anew_from_the_facts_the_ledger_is_the_same(database: Database) -> None:
    world = await made(database, 11)
    for _ in range(4):
        await happen(world, 15)
        await post_changes(database)
    kept = await ledger(database)
    await database.fetch("DELETE FROM pipeline_posting")
    await database.fetch("DELETE FROM pipeline_total")
    assert await rebuild(database) == len(world.deals)
    assert await ledger(database) == kept
    assert await rebuild(database) == len(world.deals)
    assert await ledger(database) == kept


async def test_what_differs_from_the_facts_is_found_and_put_right(database: Database) -> None:
    world = await made(database, 14)
    await happen(world, 40)
    await post_changes(database)
    assert await differing(database) == {TABLE: [], SUMS: []}
    (row,) = await database.fetch("SELECT opportunity_id, id FROM pipeline_posting WHERE currency IS NOT NULL LIMIT 1")
    await database.fetch("UPDATE pipeline_posting SET amount = amount + 1 WHERE id = $1", row["id"])
    found = await differing(database)
    assert found[TABLE] == [str(row["opportunity_id"])]
    assert len(found[SUMS]) == 2  # of its day and its month
    await rebuild(database)
    assert await differing(database) == {TABLE: [], SUMS: []}


async def test_a_deal_that_is_deleted_goes_and_what_it_was_stays(database: Database) -> None:
    world = await made(database, 12)
    await happen(world, 30)
    await post_changes(database)
    (row,) = await database.fetch(
        "SELECT id, amount, currency, playbook_id FROM opportunity WHERE status = 'OPEN' AND amount > 0 LIMIT 1"
    )
    before = await pipeline_change(database, world.vendor, world.clock, world.clock, Filter())
    await database.fetch("DELETE FROM stage_transition WHERE opportunity_id = $1", row["id"])
    await database.fetch("DELETE FROM opportunity WHERE id = $1", row["id"])
    now = (await database.fetch("SELECT clock_timestamp() + interval '1 minute' AS at"))[0]["at"]
    found = await pipeline_change(database, world.vendor, world.clock, now, Filter())
    assert found.opening == before.closing
    assert found.parts[Part.REMOVED] == {row["currency"]: row["amount"]}
    assert added_up(found) == found.closing
    again = await pipeline_change(database, world.vendor, world.clock, now, Filter())
    assert again == found


async def test_where_nothing_has_changed_figures_take_two_statements(database: Database) -> None:
    world = await made(database, 13)
    await happen(world, 20)
    await pipeline_change(database, world.vendor, world.clock, world.clock, Filter())
    before = database.statements
    await pipeline_change(database, world.vendor, world.clock, world.clock, Filter())
    assert database.statements - before == 2


NOTED = "INSERT INTO pipeline_stale (opportunity_id) SELECT gen_random_uuid() FROM generate_series(1, $1::integer)"
LEFT = "SELECT count(*) AS n FROM pipeline_stale"


async def test_who_reads_waits_for_nobody_who_posts_and_is_answered_with_what_there_is(database: Database) -> None:
    world = await made(database, 3)
    await happen(world, 10)
    asked_for = database, world.vendor, world.clock, world.clock, Filter()
    before = await pipeline_change(*asked_for)
    await database.fetch("UPDATE opportunity SET amount = 77, currency = 'JPY'")
    async with database.transaction() as tx:
        await tx.fetch(LOCK)
        assert await pipeline_change(*asked_for) == before
    assert (await database.fetch(LEFT))[0]["n"] > 0
    await pipeline_change(*asked_for)
    assert (await database.fetch(LEFT))[0]["n"] == 0


async def test_who_reads_posts_two_batches_at_most_and_leaves_the_rest_to_the_job(database: Database) -> None:
    world = await made(database, 3)
    await database.fetch(NOTED, 2 * AT_ONCE + 10)
    await pipeline_change(database, world.vendor, world.clock, world.clock, Filter())
    assert (await database.fetch(LEFT))[0]["n"] == 10
    await post_changes(database)
    assert (await database.fetch(LEFT))[0]["n"] == 0


async def test_what_is_not_known_of_an_amount_is_not_what_the_next_partner_made_of_it(database: Database) -> None:
    world = await made(database, 5)
    id = await create(world)
    former, heir = world.partners[1:]
    assert former is not None
    start, given, changed = (datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3, 4))
    await database.fetch(
        "UPDATE opportunity SET partner_id = $1, created_at = $2, amount = 9000, currency = 'EUR'", former, start
    )
    await database.fetch(
        "UPDATE opportunity SET owner_id = NULL, stage_id = $1, status = 'OPEN'", world.stages["first", "qualify"]
    )
    await database.fetch("DELETE FROM stage_transition")
    await database.fetch("DELETE FROM field_change")
    async with database.transaction() as tx:
        await told(tx, given)
        await tx.execute("UPDATE opportunity SET partner_id = $1", heir)
    await database.fetch(
        "INSERT INTO field_change (id, opportunity_id, field, at, known)"
        " VALUES (gen_random_uuid(), $1, 'amount', $2, FALSE)",
        *(id, changed),
    )
    await rebuild(database)
    between = start + (given - start) / 2
    found = await pipeline_change(database, world.manager(former), between, between, Filter())
    [row] = await deals_at(database, world.manager(former), between, ("amount", "currency"))
    assert (found.opening, tuple(row)) == ({}, (None, None))
    now = await pipeline_change(database, world.vendor, changed, changed, Filter())
    assert now.opening == {"EUR": Decimal(9000)}
