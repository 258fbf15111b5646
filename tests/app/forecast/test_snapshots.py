"""Snapshots of forecasts: what they keep, for whom, and that none is missed."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.demo.people import demo_id
from app.forecast.basis import read, written
from app.forecast.model import Arrivals, Basis, StageRecord
from app.forecast.snapshots import take_snapshots
from app.periods import period_of
from app.vocabulary import PeriodKind
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo

MONEY = "{ amount currency }"
SUMS = f"closed {MONEY} commit {MONEY} bestCase {MONEY} pipeline {MONEY} weighted {MONEY}"
ASK = f"""query($period: ForecastPeriod!, $filter: ForecastFilter, $asOf: DateTime) {{
  forecast(period: $period, filter: $filter, asOf: $asOf) {{
    asOf {SUMS} modelledParts {{ range {{ low expected high currency }} }}
    snapshots {{ takenAt {SUMS} modelled {{ low expected high currency }} }} }} }}"""


async def forecast(demo: Demo, who: str, **more: Any) -> dict[str, Any]:
    quarter = period_of(PeriodKind.QUARTER, datetime.now(UTC).date())
    found: dict[str, Any] = (await demo.run(ASK, who, period=quarter.key, **more))["forecast"]
    return found


def figures(found: dict[str, Any]) -> list[Any]:
    return [found[name] for name in ("closed", "commit", "bestCase", "pipeline", "weighted")]


async def test_a_snapshot_keeps_what_each_organisation_sees(demo: Demo) -> None:
    assert await take_snapshots(demo.database) == await demo.value("SELECT count(*) FROM organization")
    for who in (VENDOR, MANAGER):
        found = await forecast(demo, who)
        (point,) = found["snapshots"]
        assert figures(point) == figures(found)
        assert point["modelled"] == [part["range"] for part in found["modelledParts"]]
    assert (await forecast(demo, SELLER))["snapshots"] == []
    filter = {"partnerId": f"ptr_{demo_id('org/alpine-it')}"}
    assert (await forecast(demo, VENDOR, filter=filter))["snapshots"] == []


async def test_the_last_of_a_day_is_kept(demo: Demo) -> None:
    await take_snapshots(demo.database)
    await demo.database.fetch("UPDATE opportunity SET amount = 1 WHERE amount IS NOT NULL")
    await take_snapshots(demo.database)
    found = await forecast(demo, MANAGER)
    (point,) = found["snapshots"]
    assert figures(point) == figures(found)


async def test_a_snapshot_that_was_missed_is_taken_from_the_history(demo: Demo) -> None:
    then = datetime.now(UTC) - timedelta(days=9)
    await take_snapshots(demo.database, then)
    found = await forecast(demo, MANAGER, asOf=then.isoformat())
    (point,) = found["snapshots"]
    assert figures(point) == figures(found)
    assert await demo.value("SELECT count(*) FROM forecast_basis") == 0, "it is of now"


async def test_a_snapshot_is_small(demo: Demo) -> None:
    await take_snapshots(demo.database)
    assert await demo.value("SELECT max(pg_column_size(figures)) FROM forecast_snapshot") < 8_000


async def test_a_forecast_of_those_who_see_all_reads_what_was_measured_at_night(demo: Demo) -> None:
    quarter = period_of(PeriodKind.QUARTER, datetime.now(UTC).date()).key
    ask = "query($period: ForecastPeriod!) { forecast(period: $period) { wonDeals } }"
    before = [await demo.run(ask, who, period=quarter) for who in (VENDOR, MANAGER)]
    measured = await demo.statements_of(ask, VENDOR, period=quarter)
    await take_snapshots(demo.database)
    assert [await demo.run(ask, who, period=quarter) for who in (VENDOR, MANAGER)] == before
    assert await demo.statements_of(ask, VENDOR, period=quarter) == 3
    assert measured > 3


def test_a_basis_is_read_as_it_was_written() -> None:
    basis = Basis(
        won_slips={-3: 1, 0: 4},
        lost_slips={7: 2},
        won_ages={30: 5},
        lost_ages={60: 1},
        stages={("it-software", "discovery"): StageRecord(12, 4)},
        arrivals={"EUR": [Arrivals(30, 5, 1000.5, 250_000.25)]},
        days=365.0,
    )
    assert read(written(basis)) == basis
