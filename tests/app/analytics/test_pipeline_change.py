"""From one moment's open pipeline to another's: exactly, in every currency, whoever asks and whatever happened."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.analytics.changes import SUBTRACTED, Change, Filter, Part, changed_deals, pipeline_change
from app.analytics.ledger_check import SUMS, TABLE, differing, rebuild
from app.analytics.posting import post_changes
from app.database import Database
from app.identity.viewer import Viewer
from tests.app.analytics.world import OPENED, World, happen, made

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
