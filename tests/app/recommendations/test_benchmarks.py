"""What partners' advice rests on tells nothing of a competitor."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random

import pytest

from app.database import Database
from app.deals.benchmarks.rule import is_released
from guidance.actions import ActionKind
from guidance.history import Basis, Distribution
from tests import hunts
from tests.app.recommendations.worlds import (
    NOW,
    Deal,
    Part,
    View,
    measure,
    measured,
    parts,
    satisfies,
    some_partner,
    views,
    write,
)

WORLDS = hunts.size(6, whole=150)


def behind(
    figure: tuple[object, ...], released: Sequence[Mapping[tuple[object, ...], Part]]
) -> list[tuple[object, ...]]:
    """The measured figures that one which advice rests on is made of."""
    match figure:
        case ("threshold", stage):
            return [("stays", stage)]
        case ("rate", *_):
            return sorted({cell for world in released for cell in world if cell[0] == "answers"}, key=str)
        case ("effect", kind):
            return [("effects", kind, "COMPLETED"), ("effects", kind, "DISMISSED")]
    return [figure]


def unexplained(one: View, other: View, before: Sequence[Deal], after: Sequence[Deal]) -> list[tuple[object, ...]]:
    """Figures that differ although the rule doesn't hold for them in both worlds."""
    worlds = parts(before), parts(after)
    told = [{figure: part for figure, part in world.items() if is_released(part.values())} for world in worlds]
    differing = [figure for figure in {*one, *other} if one.get(figure) != other.get(figure)]
    found = []
    for figure in differing:
        made_of = behind(figure, told)
        if not made_of or not all(satisfies(world.get(cell, {})) for cell in made_of for world in worlds):
            found.append(figure)
    return sorted(found, key=str)


def some_world(random: Random) -> list[Deal]:
    """From a few deals to many, at times with a partner that has more than all others."""
    partners = random.randrange(3, 10)
    sizes = [random.choice((0, 3, 12, 30)) for _ in range(partners)]
    if random.random() < 0.4:
        sizes[0] = 150
    return [deal for partner, size in enumerate(sizes) for deal in some_partner(random, partner, size)]


async def test_no_partner_s_coming_or_going_is_seen_but_in_figures_over_many(database: Database) -> None:
    start, compared, differing = hunts.seed(), 0, 0
    for seed in range(start, start + WORLDS):
        random = Random(seed)
        world = some_world(random)
        there = sorted({deal.partner for deal in world})
        if len(there) < 2:
            continue
        gone = random.choice((there[0], random.choice(there)))
        others = [deal for deal in world if deal.partner != gone]
        whole, without = await measured(database, world), await measured(database, others)
        for partner in without:
            assert unexplained(whole[partner], without[partner], world, others) == [], (seed, gone, partner)
            differing += sum(whole[partner].get(figure) != view for figure, view in without[partner].items())
            compared += len(without[partner])
    if WORLDS > 100:
        hunts.record(
            "Benchmarks", f"seed {start}", f"{compared:,} figures compared", f"{differing:,} differed, by the rule"
        )


@pytest.fixture
def crowd() -> list[Deal]:
    random = Random(7)
    return [deal for partner in range(8) for deal in some_partner(random, partner, 80)]


def is_own(figure: tuple[object, ...], value: object) -> bool:
    """Whether it rests on what the partner itself did."""
    return figure[0] == "rate" or getattr(value, "basis", None) is Basis.OWN


async def test_many_partners_are_told_figures_without_counts_in_two_digits(
    database: Database, crowd: list[Deal]
) -> None:
    seen = await measured(database, crowd)
    shared = [{figure: view[figure] for figure in view if not is_own(figure, view[figure])} for view in seen.values()]
    assert all(view == shared[0] for view in shared)
    told = seen[0]
    stays, remaining = told["stays", "qualify"], told["remaining", "qualify"]
    assert isinstance(stays, Distribution)
    assert isinstance(remaining, Distribution)
    for one in (stays, remaining):
        assert (one.samples, one.basis, one.known, len(one.points)) == (None, Basis.PARTNERS, True, 21)
        assert one.points[0] == one.points[2]
        assert one.points[18] == one.points[20]  # no single deal decides an end
        assert all(float(f"{point:.2g}") == pytest.approx(point) for point in one.points)
    assert told["threshold", "qualify"] == pytest.approx(max(1.0, stays.quantile(0.8)))


async def test_the_day_s_figures_stand_whatever_competitors_do(database: Database, crowd: list[Deal]) -> None:
    before = await measured(database, crowd)
    more = [
        Deal(1, 1_000 + n, (0.5, 0.5), "WON", ((ActionKind.SHARE_CONTENT, "qualify", "DISMISSED"),)) for n in range(300)
    ]
    await write_beside(database, [*crowd, *more])
    await measure(database, NOW + timedelta(hours=11))
    assert {partner: view for partner, view in (await views(database, range(8))).items() if partner != 1} == {
        partner: view for partner, view in before.items() if partner != 1
    }
    await measure(database, NOW + timedelta(hours=12))
    after = await views(database, range(8))
    assert after[0]["stays", "qualify"] != before[0]["stays", "qualify"]
    turned_down = ("rate", ActionKind.SHARE_CONTENT, "qualify")
    assert float(str(after[0][turned_down])) < float(str(before[0][turned_down]))


async def write_beside(database: Database, deals: Sequence[Deal]) -> None:
    """The deals anew, and what was measured before as it was."""
    kept = {
        table: [dict(row) for row in await database.fetch(f"SELECT * FROM {table}")]
        for table in ("benchmark_day", "stage_benchmark", "action_benchmark")
    }
    days = [dict(row) for row in await database.fetch("SELECT id, stall_after_days, own_stall_days FROM stage")]
    await write(database, deals)
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL ROLE NONE")
        for table, rows in kept.items():
            if rows:
                await tx.connection.copy_records_to_table(
                    table, columns=list(rows[0]), records=[tuple(row.values()) for row in rows]
                )
        for row in days:
            await tx.execute(
                "UPDATE stage SET stall_after_days = $2, own_stall_days = $3::text::jsonb WHERE id = $1", *row.values()
            )


async def test_with_few_partners_each_is_told_of_its_own_deals(database: Database) -> None:
    random = Random(3)
    world = [deal for partner, size in enumerate((60, 60, 60, 60, 8)) for deal in some_partner(random, partner, size)]
    seen = await measured(database, world)
    told = [seen[partner]["stays", "qualify"] for partner in range(5)]
    assert [one.basis for one in told if isinstance(one, Distribution) and one.known] == [Basis.OWN] * 4
    assert len({repr(one) for one in told}) == 5
    assert seen[4]["threshold", "qualify"] == 14  # too few of its own: what the playbook says
    assert len({seen[partner]["threshold", "qualify"] for partner in range(4)}) > 1
    assert {seen[4]["rate", kind, "qualify"] for kind in (ActionKind.CUSTOM, ActionKind.ADVANCE_STAGE)} == {0.35}


async def test_one_with_more_deals_than_all_others_counts_with_half(database: Database) -> None:
    small = [Deal(1 + n % 6, n, (10.0, 10.0), "WON", ()) for n in range(120)]
    large = [Deal(0, n, (100.0, 100.0), "LOST", ()) for n in range(900)]
    seen = await measured(database, [*small, *large])
    fate = seen[1]["fates", "qualify", 0]
    assert (fate.rate, fate.basis) == (0.5, Basis.PARTNERS)  # type: ignore[attr-defined]
