"""Analytics of a past moment: of the deals as they stood then, and of whose they were then."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.analytics.cohort import Cohort
from app.analytics.report import Analytics, analytics
from app.database import Database
from app.database.rls import as_viewer
from app.identity.rls_policies import rls_setting
from app.identity.viewer import Viewer
from app.vocabulary import AnalyticsGroupBy
from tests.app.analytics.world import World, create, happen, made

PARTS = {"funnel", "deals", "wins", "groups", "loss_reasons"}


async def then(world: World, viewer: Viewer, at: datetime, **filters: Any) -> Analytics:
    with as_viewer(rls_setting(viewer)):
        cohort = Cohort(filters, at, past=True)
        return await analytics(world.database, viewer, cohort, AnalyticsGroupBy.OWNER, PARTS)


def stood(world: World, at: datetime, whose: dict[str, Any]) -> list[dict[str, Any]]:
    states = [state for id in world.deals if (state := world.state(id, at)) is not None]
    return [state for state in states if all(state[name] == value for name, value in whose.items())]


def status(state: dict[str, Any]) -> str:
    stage: str = state["stage"][1]
    return stage if stage in ("won", "lost") else "open"


def check(found: Analytics, states: list[dict[str, Any]]) -> None:
    counts, total = Counter(map(status, states)), found.outcomes
    assert (total.won, total.lost, total.open) == (counts["won"], counts["lost"], counts["open"])
    won: Counter[str] = Counter()
    for amount, currency in (state["amount"] for state in states if status(state) == "won" and state["amount"]):
        won[currency] += amount
    assert {code: amount for code, amount in total.won_amount.items() if amount} == {
        code: amount for code, amount in won.items() if amount
    }
    owners = Counter(state["owner"] for state in states)
    assert {one.owner_id: one.outcomes.won + one.outcomes.lost + one.outcomes.open for one in found.groups} == owners
    assert sum(month.won for month in found.months) == counts["won"]
    stages = Counter(state["stage"] for state in states if status(state) == "open")
    assert {(p.playbook_key, p.key): one.still_here for p, one in found.stages if one.still_here} == stages


@pytest.mark.parametrize("seed", range(3))
async def test_the_past_is_counted_as_it_stood_and_for_whose_it_was(database: Database, seed: int) -> None:
    world = await made(database, seed)
    await happen(world, 60)
    await database.fetch("UPDATE playbook SET published_at = now()")
    await database.fetch("UPDATE stage SET published = TRUE")
    await database.step_down()
    partner = world.partners[1]
    assert partner is not None
    _, seller = world.owners[partner]
    for at in world.random.sample(world.moments(), 10):
        check(await then(world, world.vendor, at), stood(world, at, {}))
        of_partner = stood(world, at, {"partner": partner})
        check(await then(world, world.manager(partner), at), of_partner)
        check(await then(world, world.vendor, at, partner_id=partner), of_partner)
        own = stood(world, at, {"partner": partner, "owner": seller})
        check(await then(world, world.seller(partner), at), own)
        check(await then(world, world.manager(partner), at, owner_id=seller), own)
        on_first = [state for state in of_partner if state["stage"][0] == "first"]
        check(await then(world, world.manager(partner), at, playbook_key="first"), on_first)


async def test_who_had_a_deal_is_told_no_reason_and_no_amount_of_who_has_it(database: Database) -> None:
    world = await made(database, 5)
    first, second = (partner for partner in world.partners if partner is not None)
    id = await lost_deal(world, first)
    at = world.clock
    before = await then(world, world.manager(first), at)
    assert [(one.key, one.count, one.amount) for one in before.reasons] == [("price", 1, {"EUR": Decimal(100)})]
    await told(world, id, "partner_id = $2, owner_id = NULL, close_reason_key = 'theirs', amount = 777", second)
    await database.step_down()
    after = await then(world, world.manager(first), at)
    assert [(one.key, one.count, one.amount) for one in after.reasons] == [(None, 1, {"EUR": Decimal(100)})]
    assert (await then(world, world.manager(second), at)).outcomes.lost == 0
    now = await then(world, world.manager(second), world.clock)
    assert [(one.key, one.count, one.amount) for one in now.reasons] == [("theirs", 1, {"EUR": Decimal(777)})]
    assert (await then(world, world.manager(first), world.clock)).outcomes.lost == 0


async def lost_deal(world: World, partner: UUID) -> UUID:
    while True:
        id = await create(world)
        state = world.state(id, world.clock)
        assert state is not None
        if state["stage"][1] == "lost":
            break
    await world.database.fetch("DELETE FROM stage_transition WHERE opportunity_id <> $1", id)
    await world.database.fetch("DELETE FROM opportunity WHERE id <> $1", id)
    changes = "partner_id = $2, owner_id = NULL, close_reason_key = 'price', amount = 100, currency = 'EUR'"
    await told(world, id, changes, partner)
    return id


async def told(world: World, id: UUID, changes: str, value: UUID) -> None:
    world.clock += timedelta(days=1)
    async with world.database.transaction() as tx:
        await tx.fetch("SELECT set_config('stagepath.moment', $1, true)", world.clock.isoformat())
        await tx.execute(f"UPDATE opportunity SET {changes}, version = version + 1 WHERE id = $1", id, value)
