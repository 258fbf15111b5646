"""Deals that are held out: their order is drawn, and how likely it was is logged as soon as it is seen."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.recommendations import shown
from app.recommendations.shown_log import Outcome, drawn_slates
from app.settings import use_settings
from guidance.drawing import is_held_out
from tests.conftest import SETTINGS
from tests.schema.test_recommendations import advice, respond
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo, deal_of

ACTIONS = """SELECT n.id, n.key, n.position, n.undrawn_position, n.propensity, n.shown_position, n.shown_propensity
  FROM next_best_action n WHERE n.opportunity_id = $1 AND n.status IN ('PROPOSED', 'ACCEPTED') ORDER BY n.position"""
SLATES = "SELECT served, candidates::text FROM shown_slate WHERE opportunity_id = $1 ORDER BY at"


def hold_out(share: float) -> None:
    use_settings(SETTINGS.model_copy(update={"guidance_holdout": share}))


@pytest.fixture(autouse=True)
def nothing_waits() -> Iterator[None]:
    """What other tests have seen, in databases that are gone."""
    shown.forget()
    yield
    shown.forget()


async def a_deal(demo: Demo, share: float, *, held: bool) -> str:
    rows = await demo.database.fetch(
        "SELECT o.id FROM opportunity o WHERE o.owner_id = (SELECT owner_id FROM opportunity WHERE id = $1)"
        " AND o.status = 'OPEN' ORDER BY o.id",
        (await deal_of(demo, SELLER))[4:],
    )
    for row in rows:
        if is_held_out(str(row["id"]), share) is held:
            id = f"opp_{row['id']}"
            await advice(demo, id, refresh=True)
            stored = await demo.database.fetch(ACTIONS, id[4:])
            if not held or sum(one["propensity"] < 1 for one in stored) > 2:
                shown.forget()
                return id
    raise AssertionError("no such deal")


async def stored(demo: Demo, id: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await demo.database.fetch(ACTIONS, id[4:])]


async def test_the_order_of_a_held_out_deal_is_drawn_and_everybody_sees_the_same(demo: Demo) -> None:
    hold_out(0.5)
    id = await a_deal(demo, 0.5, held=True)
    seen = [
        [one["id"] for one in (await advice(demo, id, who, first=20))["actions"]] for who in (SELLER, MANAGER, VENDOR)
    ]
    assert seen[0] == seen[1] == seen[2]
    again = [one["id"] for one in (await advice(demo, id, first=20, refresh=True))["actions"]]
    assert again == seen[0]
    there = await stored(demo, id)
    drawn = [one for one in there if one["propensity"] < 1]
    assert {one["propensity"] for one in drawn} == {1 / len(drawn)}
    assert sorted(one["undrawn_position"] for one in there) == list(range(len(there)))
    assert all(one["undrawn_position"] == one["position"] for one in there if one["propensity"] == 1)


async def test_deals_that_are_not_held_out_stand_as_they_rank(demo: Demo) -> None:
    for share in (0.0, 0.5):
        hold_out(share)
        there = await stored(demo, await a_deal(demo, share, held=False))
        assert [(one["undrawn_position"], one["propensity"]) for one in there] == [(n, 1.0) for n in range(len(there))]


async def test_what_sellers_see_is_logged_once_with_place_and_probability(demo: Demo) -> None:
    hold_out(0.5)
    id = await a_deal(demo, 0.5, held=True)
    await demo.database.fetch("UPDATE next_best_action SET shown_at = NULL WHERE opportunity_id = $1", id[4:])
    shown.forget()
    await advice(demo, id, VENDOR, first=3)
    await shown.flush(demo.database)
    assert await demo.database.fetch(SLATES, id[4:]) == []
    for _ in range(2):
        await advice(demo, id, SELLER, first=3)
        await shown.flush(demo.database)
    there = await stored(demo, id)
    assert [one["shown_position"] for one in there] == [0, 1, 2, *[None] * (len(there) - 3)]
    assert [one["shown_propensity"] for one in there[:3]] == [one["propensity"] for one in there[:3]]
    (slate,) = await demo.database.fetch(SLATES, id[4:])
    assert slate["served"] == 3
    (read,) = await drawn_slates(demo.database)
    assert [one.key for one in read.candidates] == [one["key"] for one in there]
    assert [one.rank for one in read.candidates] == [one["undrawn_position"] for one in there]
    assert not any(one.acted for one in read.candidates)


async def test_an_answer_counts_for_the_order_that_it_was_given_to(demo: Demo) -> None:
    hold_out(0.5)
    id = await a_deal(demo, 0.5, held=True)
    await advice(demo, id)
    await shown.flush(demo.database)
    first, second, *_ = (await advice(demo, id, first=20))["actions"]
    assert (await respond(demo, first["id"], "DISMISS", reason="Done before"))["userErrors"] == []
    await advice(demo, id)
    await shown.flush(demo.database)
    assert (await respond(demo, second["id"], "ACCEPT"))["userErrors"] == []
    before, after = await drawn_slates(demo.database)
    assert [one.acted for one in before.candidates] == [False] * len(before.candidates)
    keys = {str(one["id"]): one["key"] for one in await stored(demo, id)}
    assert [one.key for one in after.candidates if one.acted] == [keys[second["id"][4:]]]
    assert not any(one.acted for slate in await drawn_slates(demo.database, Outcome.DONE) for one in slate.candidates)
