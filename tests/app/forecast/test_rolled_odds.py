"""Chances summed up from roll-ups against the deals one by one."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from random import Random
from typing import Any

import pytest

from app.analytics.rollups.folding import fold, fold_all
from app.forecast import drawing, odds, rolled_odds
from app.forecast.basis import measure
from app.forecast.model import EARLY, Basis, Drawn, StageRecord, chance, odds_by_day
from app.forecast.spans import TOLERANCE, WEEK, Series, by_expected_day, spans
from app.identity.reach import Sizes, use_sizes
from app.identity.scopes import VisibilityScope, slots_of
from app.periods import Period, period_of
from app.vocabulary import PeriodKind
from tests.app.analytics.wandering import Wanderer
from tests.schema.world import MANAGER, VENDOR, Demo, person

TODAY = date(2026, 3, 5)
NUMBER = (TODAY - date(1970, 1, 1)).days


def made_up(chance: Random, closings: int) -> Basis:
    def days(least: int, most: int) -> dict[int, int]:
        found: dict[int, int] = {}
        for _ in range(closings):
            day = chance.randint(least, most)
            found[day] = found.get(day, 0) + 1
        return found

    return Basis(days(-200, 200), days(-300, 300), days(0, 700), days(0, 700))


def period(chance: Random) -> Period:
    return period_of(chance.choice(list(PeriodKind)), TODAY + timedelta(chance.randrange(-40, 400)))


@pytest.mark.parametrize("seed", range(12))
def test_every_day_is_in_one_span_and_close_to_its_chance(seed: int) -> None:
    chances = Random(seed)
    basis = made_up(chances, chances.choice((0, 3, 40, 4_000)))
    found = odds.both(basis, period(chances), TODAY)
    for dated, series in (
        (True, by_expected_day(found.by_day, NUMBER, EARLY)),
        (False, Series(NUMBER - 1_000, found.by_age.share[::-1], found.by_age.ratio[::-1])),
    ):
        every = list(spans(series, dated=dated))
        for day in range(NUMBER - 1_300, NUMBER + 900):
            holding = [one for one in every if one.begins <= day < one.until + one.days]
            share, ratio = series.at(day)
            assert len(holding) == 1 or (share == 0 and not holding)
            for one in holding:
                assert one.dated is dated
                into = (day - one.begins) % WEEK if one.days == WEEK else 0
                for stage in (0.1, 0.5, 0.9):
                    first, last = chance(stage, one.share, one.ratio), chance(stage, one.last_share, one.last_ratio)
                    drawn = first + (last - first) * into / (WEEK - 1)
                    assert drawn == pytest.approx(chance(stage, share, ratio), abs=TOLERANCE + 1e-12)


def test_a_step_is_read_day_by_day_and_what_is_even_by_weeks() -> None:
    even = odds_by_day(made_up(Random(1), 40_000), odds.window_of(period_of(PeriodKind.QUARTER, TODAY), TODAY))
    days = [one.days for one in spans(by_expected_day(even, NUMBER, EARLY), dated=True)]
    assert days.count(WEEK) > 40
    assert days.count(WEEK) > days.count(1) / WEEK
    certain = odds_by_day(Basis({0: 10_000}), odds.window_of(period_of(PeriodKind.QUARTER, TODAY), TODAY))
    found = list(spans(by_expected_day(certain, NUMBER, EARLY), dated=True))
    assert {one.days for one in found} == {1, WEEK}


@pytest.mark.parametrize("seed", range(2))
async def test_roll_ups_draw_what_the_deals_do_after_any_changes(demo: Demo, seed: int) -> None:
    chances = Random(seed)
    wanderer = Wanderer(demo, chances, {})
    await demo.database.fetch(
        "UPDATE opportunity SET expected_close_date = CASE WHEN id::text < '8' THEN CURRENT_DATE + 20"
        " - (get_byte(uuid_send(id), 15) * 3) END, created_at = created_at - get_byte(uuid_send(id), 14) * '1 day'"
        "::interval, forecast_category = CASE get_byte(uuid_send(id), 13) % 5 WHEN 0 THEN 'OMITTED'"
        " WHEN 1 THEN 'COMMIT' END WHERE status = 'OPEN'"
    )
    for _ in range(5):
        await wanderer.step()
        await fold(demo.database, chances.choice((1, 20)))
        await agree(demo, chances)
    await fold_all(demo.database)
    await agree(demo, chances)


async def agree(demo: Demo, chances: Random) -> None:
    now = datetime.now(UTC)
    today = now.date()
    viewer = await person(VENDOR)
    basis = chances.choice((made_up(chances, 400), await measure(demo.database, viewer, {}, now)))
    asked = period_of(chances.choice(list(PeriodKind)), today + timedelta(chances.randrange(300)))
    given: Mapping[str, object] = chances.choice(({}, {"playbook_key": "it-software"}))
    both = odds.both(basis, asked, today)
    slots = {**slots_of(viewer), **{f"filter.{name}": value for name, value in given.items()}}
    slots |= odds.slots(basis, both, today)
    names = frozenset(given)

    async def drawn(rolled: bool, tolerance: float = 0.0) -> dict[str, Drawn]:
        everything = VisibilityScope.EVERYTHING
        statement = rolled_odds.statement(everything, names) if rolled else odds.statement(everything, names, False)
        filled = {**slots, **rolled_odds.slots(both, today, tolerance)}
        return odds.read(await demo.database.fetch(statement.text, *statement.arguments(filled)))

    one_by_one = await drawn(rolled=False)
    rolled = figures(await drawn(rolled=True))
    assert rolled == {code: pytest.approx(one, rel=1e-9, abs=1e-3) for code, one in figures(one_by_one).items()}
    close = await drawn(rolled=True, tolerance=TOLERANCE)
    worth = await demo.database.fetch("SELECT currency, sum(amount) AS all FROM opportunity GROUP BY 1")
    most = {row["currency"]: float(row["all"] or 0) for row in worth}
    for code in {*one_by_one, *close}:
        expected = [found.get(code, Drawn()).expected for found in (one_by_one, close)]
        assert expected[0] == pytest.approx(expected[1], abs=TOLERANCE * most[code])


def figures(found: Mapping[str, Drawn]) -> dict[str, list[float]]:
    """Of currencies in which anything can be won."""
    return {
        code: [one.expected, one.mean, one.variance, one.shared, *chain.from_iterable(sorted(one.largest))]
        for code, one in found.items()
        if one.expected > 0
    }


async def test_large_programmes_are_read_from_roll_ups_and_small_ones_deal_by_deal(demo: Demo) -> None:
    vendor, manager = await person(VENDOR), await person(MANAGER)

    def reads_roll_ups(viewer: Any, names: frozenset[str] = frozenset(), past: bool = False) -> bool:
        return "expected_rollup" in drawing.statement(viewer, names, past).text

    assert not reads_roll_ups(vendor)
    use_sizes(Sizes(rows={"opportunity": 100_000}, of_partners={manager.organization_id: 100_000}))
    try:
        assert reads_roll_ups(vendor)
        assert reads_roll_ups(vendor, frozenset({"playbook_key"}))
        assert not reads_roll_ups(vendor, frozenset({"industry"}))
        assert not reads_roll_ups(vendor, past=True)
        assert not reads_roll_ups(manager)
    finally:
        use_sizes(Sizes())


def test_what_is_reckoned_for_a_day_is_kept_while_the_basis_is() -> None:
    basis, asked = Basis(stages={("a", "b"): StageRecord(3, 1)}), period_of(PeriodKind.QUARTER, TODAY)
    assert drawing.slots(basis, asked, TODAY) is drawing.slots(basis, asked, TODAY)
    assert drawing.slots(Basis(stages={("a", "b"): StageRecord(3, 2)}), asked, TODAY)["odds.won"] == [2]
