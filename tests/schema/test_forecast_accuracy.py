"""What was forecast some days before the ends of periods, against what came."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.demo.people import demo_id
from app.forecast.snapshots import take_snapshots
from app.periods import period_of
from app.vocabulary import PeriodKind
from tests.schema.world import MANAGER, RIVAL, SELLER, VENDOR, Demo

MONEY = "{ amount currency }"
ASK = f"""query($filter: ForecastAccuracyFilter) {{ forecastAccuracy(filter: $filter) {{
  methods {{ method daysBefore forecasts medianError bias withinRange {{ value of }} }}
  points {{ period daysBefore asOf method forecast {MONEY} actual {MONEY} error withinRange }} }} }}"""
FORECAST = f"""query($period: ForecastPeriod!, $asOf: DateTime) {{ forecast(period: $period, asOf: $asOf,
  rollUp: CUMULATIVE) {{ closed {MONEY} commit {MONEY} bestCase {MONEY} pipeline {MONEY} weighted {MONEY}
  modelledParts {{ range {{ low expected high currency }} }} }} }}"""
NAMES = {"COMMIT": "commit", "BEST_CASE": "bestCase", "PIPELINE": "pipeline", "WEIGHTED": "weighted"}


async def accuracy(demo: Demo, who: str, **filter: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await demo.run(ASK, who, filter=filter))["forecastAccuracy"]
    return found


def by_currency(amounts: list[Mapping[str, str]]) -> dict[str, Decimal]:
    return {one["currency"]: Decimal(one["amount"]) for one in amounts}


async def test_each_point_is_the_forecast_of_that_day_and_what_is_closed(demo: Demo) -> None:
    last = period_of(PeriodKind.QUARTER, datetime.now(UTC).date()).shifted(-1)
    for who in (VENDOR, MANAGER):
        found = await accuracy(demo, who, periods=1)
        assert found["points"]
        assert {one["period"] for one in found["points"]} == {last.key}
        over = (last.ends - timedelta(microseconds=1)).isoformat()
        came = by_currency((await demo.run(FORECAST, who, period=last.key, asOf=over))["forecast"]["closed"])
        for point in found["points"]:
            at = last.ends - timedelta(days=point["daysBefore"])
            assert datetime.fromisoformat(point["asOf"]) == at
            then = (await demo.run(FORECAST, who, period=last.key, asOf=at.isoformat()))["forecast"]
            code = point["forecast"]["currency"]
            if point["method"] == "MODELLED":
                ranges = {part["range"]["currency"]: part["range"] for part in then["modelledParts"]}
                said = Decimal(ranges[code]["expected"]) if code in ranges else Decimal(0)
            else:
                said = by_currency(then[NAMES[point["method"]]]).get(code, Decimal(0))
            assert abs(Decimal(point["forecast"]["amount"]) - said) <= Decimal("0.01")
            actual = came.get(code, Decimal(0))
            assert Decimal(point["actual"]["amount"]) == actual
            assert (point["error"] is None) is (actual == 0)


async def test_methods_are_tallied_over_their_points(demo: Demo) -> None:
    found = await accuracy(demo, VENDOR, periods=2)
    assert [one["daysBefore"] for one in found["methods"] if one["method"] == "COMMIT"] == [90, 60, 30, 7]
    for method in found["methods"]:
        key = (method["method"], method["daysBefore"])
        points = [one for one in found["points"] if (one["method"], one["daysBefore"]) == key]
        errors = [one["error"] for one in points if one["error"] is not None]
        assert method["forecasts"] == len(points)
        assert method["bias"] == (sum(errors) / len(errors) if errors else None)
        assert method["withinRange"]["of"] == sum(one["withinRange"] is not None for one in points)
        assert (method["withinRange"]["of"] > 0) is (method["method"] == "MODELLED")


async def test_what_was_kept_at_night_is_taken_as_it_was(demo: Demo) -> None:
    last = period_of(PeriodKind.QUARTER, datetime.now(UTC).date()).shifted(-1)
    night = last.ends - timedelta(days=7, minutes=7)
    await take_snapshots(demo.database, night)
    before = await accuracy(demo, MANAGER, periods=1)
    await demo.database.fetch("UPDATE opportunity SET amount = amount * 3 WHERE status = 'OPEN'")
    after = await accuracy(demo, MANAGER, periods=1)

    def kept(found: dict[str, Any]) -> list[Any]:
        return [one["forecast"] for one in found["points"] if datetime.fromisoformat(one["asOf"]) == night]

    assert kept(after) == kept(before) != []


async def test_what_changes_after_a_period_changes_nothing_of_its_accuracy(demo: Demo) -> None:
    """Neither the amount nor the partner that a deal has today."""
    last = period_of(PeriodKind.QUARTER, datetime.now(UTC).date()).shifted(-1)

    async def points(who: str) -> list[Any]:
        """What is modelled has learned from closed deals as they are: of it, what came is compared."""
        found = (await accuracy(demo, who, periods=1))["points"]
        return [(one["actual"], *((one["forecast"], one["error"]) if one["method"] in NAMES else ())) for one in found]

    before = {who: await points(who) for who in (VENDOR, MANAGER, SELLER, RIVAL)}
    changed = await demo.database.fetch(
        "UPDATE opportunity SET partner_id = $4, amount = 77 WHERE status = 'WON' AND closed_at >= $1"
        " AND closed_at < $2 AND partner_id = $3 AND amount IS NOT NULL RETURNING id",
        *(last.begins, last.ends, demo_id("org/alpine-it"), demo_id("org/brightwater")),
    )
    assert changed
    for who, found in before.items():
        assert await points(who) == found


async def test_a_sellers_is_of_the_own_deals(demo: Demo) -> None:
    """With or without what everybody else sells."""
    before = await accuracy(demo, SELLER, periods=2)
    await demo.database.fetch(
        "UPDATE opportunity SET amount = amount * 7 WHERE owner_id IS DISTINCT FROM $1 AND id NOT IN"
        " (SELECT opportunity_id FROM team_member WHERE user_id = $1)",
        demo_id(f"user/{SELLER}"),
    )
    assert await accuracy(demo, SELLER, periods=2) == before


async def test_what_closed_deals_tell_is_measured_once_for_each_moment(demo: Demo) -> None:
    """A month of thirty days after another is forecast at the same moments."""
    month = period_of(PeriodKind.MONTH, datetime.now(UTC).date())
    days = (90, 60, 30, 7)
    moments = {month.shifted(-nth).ends - timedelta(days=before) for nth in range(1, 7) for before in days}
    assert len(moments) < 6 * len(days)
    taken = await demo.statements_of(ASK, SELLER, filter={"kind": "MONTH", "periods": 6})
    assert taken == 6 * (1 + 2 * len(days)) + 3 * len(moments)


async def test_periods_are_bounded(demo: Demo) -> None:
    for periods in (0, 13, -1):
        assert await demo.errors(ASK, VENDOR, filter={"periods": periods}) == [("INVALID", ["filter", "periods"])]
