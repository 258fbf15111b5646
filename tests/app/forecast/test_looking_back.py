"""What was closed by a moment of the past, and snapshots of the days that are looked back at."""

from datetime import UTC, datetime, timedelta

import pytest

from app.database import Database
from app.forecast.looking_back import FROM_HISTORY, looked_back_at, take_missing
from app.forecast.reading import closed_by, forecast
from app.forecast.snapshots import take_snapshots
from app.periods import period_of
from app.vocabulary import PeriodKind
from tests.app.analytics.world import happen, made
from tests.schema.world import VENDOR, Demo

ASK = """{ forecastAccuracy { points { period daysBefore method asOf forecast { amount currency }
  actual { amount currency } } } }"""


@pytest.mark.parametrize("seed", range(3))
async def test_what_was_closed_is_what_the_forecast_of_then_has(database: Database, seed: int) -> None:
    """Deals that closed, were reopened, handed on, moved to another playbook or put right since."""
    world = await made(database, seed)
    await happen(world, 80)
    partner = world.partners[1]
    assert partner is not None
    closings = {at for deal in world.deals.values() for at, stage in deal["stage"] if stage[1] == "won"}
    months = {period_of(PeriodKind.MONTH, at.date()) for at in closings}
    found = 0
    for period in world.random.sample(sorted(months, key=lambda one: one.first), min(4, len(months))):
        for at in (period.ends - timedelta(microseconds=1), world.clock):
            for viewer, filters in (
                (world.vendor, {}),
                (world.vendor, {"partner_id": partner}),
                (world.manager(partner), {"playbook_key": "first"}),
                (world.seller(partner), {}),
            ):
                one = await forecast(database, viewer, period, filters, now=world.clock, as_of=at, wanted=())
                assert await closed_by(database, viewer, period, filters, at) == one.sums.closed
                found += bool(one.sums.closed)
    assert found


async def test_days_that_were_missed_are_taken_from_the_history_each_night(demo: Demo) -> None:
    now = datetime.now(UTC)
    before = (await demo.run(ASK, VENDOR))["forecastAccuracy"]["points"]
    days = set(looked_back_at(now.date()))
    own = sorted(days)[-1]
    taken = datetime.combine(own, FROM_HISTORY, UTC) - timedelta(minutes=6)
    await take_snapshots(demo.database, taken)
    assert await take_missing(demo.database, now) == len(days) - 1
    after = (await demo.run(ASK, VENDOR))["forecastAccuracy"]["points"]

    def said(points: list[dict[str, str]]) -> list[dict[str, str]]:
        """But for the modelled ones, which are drawn anew each day."""
        sums = [one for one in points if one["method"] != "MODELLED"]
        return [{name: value for name, value in one.items() if name != "asOf"} for one in sums]

    assert before
    assert said(after) == said(before)
    moments = {datetime.fromisoformat(one["asOf"]) for one in after}
    assert {at.date() for at in moments} <= days
    assert {at.timetz().replace(tzinfo=None) for at in moments if at != taken} == {FROM_HISTORY}
    await demo.database.fetch("UPDATE forecast_snapshot SET figures = '{}'")
    assert await take_missing(demo.database, now) == len(days) - 1
    emptied = "SELECT count(*) FROM forecast_snapshot WHERE figures = '{}' AND taken_on = ANY ($1::date[])"
    assert (
        await demo.value(emptied + " AND organization_id IN (SELECT id FROM organization WHERE kind = 'VENDOR')", days)
        == 1
    )


async def test_looking_back_reads_what_was_kept(demo: Demo) -> None:
    before = await demo.statements_of(ASK, VENDOR)
    await take_missing(demo.database, datetime.now(UTC))
    assert await demo.statements_of(ASK, VENDOR) < before / 4
