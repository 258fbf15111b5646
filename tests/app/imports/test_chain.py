"""How the rows of a history become transitions."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.database import database
from app.imports.apply import BEYOND_HISTORY
from tests.app.imports.builders import Exporter, counts, deal, moves, path, stored


async def test_rows_in_any_order_become_moves_in_the_order_of_their_dates(export: Exporter) -> None:
    history = moves(("1", "20/03/2026", "Negotiate"), ("1", "01/02/2026", "Qualify"), ("1", "02/03/2026", "Propose"))
    await export.run([deal("1", "Negotiate")], history)
    assert await path("1") == [
        ("CREATED", "qualify", "01/02/2026"),
        ("FORWARD", "propose", "02/03/2026"),
        ("FORWARD", "negotiate", "20/03/2026"),
    ]
    row = await stored("1")
    assert (row["status"], row["entered_stage_at"], row["closed_at"]) == (
        "OPEN",
        datetime(2026, 3, 20, tzinfo=UTC),
        None,
    )


async def test_every_kind_of_move_has_the_name_that_the_stage_machine_gives_it(export: Exporter) -> None:
    names = ["Qualify", "Negotiate", "Propose", "Closed Lost", "Propose", "Closed Won", "Closed Lost"]
    days = [f"{day:02d}/03/2026" for day in range(1, 8)]
    history = moves(*(("1", day, name) for day, name in zip(days, names, strict=True)))
    await export.run([deal("1", "Closed Lost")], history)
    kinds = [kind for kind, _, _ in await path("1")]
    assert kinds == ["CREATED", "SKIP", "BACK", "LOST", "REOPEN", "WON", "LOST"]


async def test_a_row_of_the_stage_the_deal_is_in_is_no_move_but_coming_back_is(export: Exporter) -> None:
    history = moves(
        ("1", "01/02/2026", "Qualify"),
        ("1", "05/02/2026", "qualify"),
        ("1", "09/02/2026", "Propose"),
        ("1", "11/02/2026", "Qualify"),
    )
    await export.run([deal("1", "Qualify")], history)
    assert await path("1") == [
        ("CREATED", "qualify", "01/02/2026"),
        ("FORWARD", "propose", "09/02/2026"),
        ("BACK", "qualify", "11/02/2026"),
    ]
    assert (await stored("1"))["entered_stage_at"] == datetime(2026, 2, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sorts", "expected"),
    [
        (("2", "1"), ["qualify", "propose"]),
        (("1", "2"), ["propose", "qualify"]),
        (("", ""), ["qualify", "propose"]),
    ],
    ids=["by-sort-order", "by-sort-order-against-the-playbook", "by-the-playbook"],
)
async def test_rows_of_one_day_stand_in_the_exports_order_else_in_the_playbooks(
    export: Exporter, sorts: tuple[str, str], expected: list[str]
) -> None:
    history = moves(("1", "01/02/2026", "Propose", sorts[0]), ("1", "01/02/2026", "Qualify", sorts[1]))
    await export.run([deal("1", expected[-1].title())], history)
    assert [stage for _, stage, _ in await path("1")] == expected


async def test_rows_that_tie_in_everything_stand_in_the_order_of_their_lines(export: Exporter) -> None:
    history = moves(("1", "01/02/2026", "Propose", "5"), ("1", "01/02/2026", "Qualify", "5"))
    await export.run([deal("1", "Qualify")], history)
    assert [stage for _, stage, _ in await path("1")] == ["propose", "qualify"]


async def test_a_history_that_ends_elsewhere_gives_way_to_the_opportunity(export: Exporter) -> None:
    history = moves(("1", "01/02/2026", "Propose"), ("1", "09/02/2026", "Qualify"), ("2", "01/02/2026", "Qualify"))
    report = await export.run([deal("1", "Closed Won"), deal("2")], history)
    assert await path("1") == [
        ("CREATED", "propose", "01/02/2026"),
        ("BACK", "qualify", "09/02/2026"),
        ("WON", "closed-won", "09/02/2026"),
    ]
    assert report.applied.beyond_history == 1
    rows = await database().fetch("SELECT kind, reason FROM stage_transition WHERE reason IS NOT NULL")
    assert [tuple(row) for row in rows] == [("WON", BEYOND_HISTORY)]
    row = await stored("1")
    assert (row["status"], row["closed_at"]) == ("WON", datetime(2026, 2, 9, tzinfo=UTC))


async def test_without_a_history_a_deal_was_created_in_its_stage(export: Exporter) -> None:
    report = await export.run([deal("1", "Propose"), deal("2", "Closed Lost", CreatedDate="")])
    assert await path("1") == [("CREATED", "propose", "01/02/2026")]
    assert await path("2") == [("CREATED", "closed-lost", "20/05/2026")]
    row = await stored("2")
    assert row["created_at"] == row["closed_at"] == datetime(2026, 5, 20, tzinfo=UTC)
    assert report.applied.transitions == 2


async def test_what_the_flags_of_the_export_say_of_closing_is_not_believed(export: Exporter) -> None:
    rows = [{**deal("1", "Qualify"), "IsClosed": "TRUE", "IsWon": "TRUE"}]
    await export.run(rows)
    row = await stored("1")
    assert (row["status"], row["closed_at"]) == ("OPEN", None)


async def test_dates_are_days_of_the_time_zone_that_is_given(export: Exporter) -> None:
    history = moves(("1", "01/07/2026", "Qualify"))
    await export.run([deal("1")], history, zone=ZoneInfo("America/New_York"))
    row = await stored("1")
    assert row["entered_stage_at"] == datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert row["expected_close_date"].isoformat() == "2026-06-30"


STAGES = ("Qualify", "Propose", "Negotiate", "Closed Won", "Closed Lost")
HISTORIES = st.lists(
    st.tuples(
        st.sampled_from(STAGES),
        st.lists(st.tuples(st.integers(0, 6), st.sampled_from(STAGES), st.integers(1, 3)), max_size=7),
    ),
    min_size=1,
    max_size=6,
)


def said_path(stage: str, rows: list[tuple[int, str, int]]) -> list[str]:
    """The rule once more, for one deal, by hand."""
    ordered = [name for _, _, _, name in sorted((day, sort, line, name) for line, (day, name, sort) in enumerate(rows))]
    walked = [*ordered, stage]
    return [name for before, name in zip([None, *walked], walked, strict=False) if name != before]


@settings(max_examples=25)
@given(histories=HISTORIES)
async def test_any_histories_become_chains_of_their_changes_of_stage(
    export: Exporter, histories: list[tuple[str, list[tuple[int, str, int]]]]
) -> None:
    await database().fetch("TRUNCATE opportunity CASCADE")
    first = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [
        (str(number), (first + timedelta(days=day)).strftime("%d/%m/%Y"), name, str(sort))
        for number, (_, said) in enumerate(histories)
        for day, name, sort in said
    ]
    deals = [deal(str(number), stage) for number, (stage, _) in enumerate(histories)]
    assert counts(await export.run(deals, moves(*rows))) == (len(deals), 0, 0, 0)
    for number, (stage, said) in enumerate(histories):
        expected = [name.lower().replace(" ", "-") for name in said_path(stage, said)]
        assert [key for _, key, _ in await path(str(number))] == expected
    assert counts(await export.run(deals, moves(*rows))) == (0, 0, len(deals), 0)


async def test_a_closed_deal_without_a_history_closed_on_its_close_date(export: Exporter) -> None:
    zone = ZoneInfo("America/New_York")
    past = {"CloseDate": "14/03/2026"}
    await export.run([deal("1", "Closed Won", **past), deal("2", "Closed Lost", **past), deal("3", **past)], zone=zone)
    for id in ("1", "2"):
        row = await stored(id)
        day = datetime(2026, 3, 14, 4, tzinfo=UTC)
        assert (row["closed_at"], row["entered_stage_at"]) == (day, day)
    assert (await stored("3"))["closed_at"] is None
    await export.run([deal("4", "Closed Won")], zone=zone)
    assert (await stored("4"))["closed_at"] == datetime(2026, 2, 1, 5, tzinfo=UTC), "a date to come closes nothing"


async def test_a_deal_that_an_export_closes_later_closed_on_its_close_date(export: Exporter) -> None:
    await export.run([deal("1", "Propose")])
    await export.run([deal("1", "Closed Won", CloseDate="14/03/2026")])
    row = await stored("1")
    assert (row["status"], row["closed_at"]) == ("WON", datetime(2026, 3, 14, tzinfo=UTC))
    assert (await path("1"))[-1] == ("WON", "closed-won", "14/03/2026")


async def test_a_history_knows_better_than_a_close_date(export: Exporter) -> None:
    history = moves(("1", "01/02/2026", "Qualify"), ("1", "09/02/2026", "Closed Won"))
    await export.run([deal("1", "Closed Won", CloseDate="14/03/2026")], history)
    assert (await stored("1"))["closed_at"] == datetime(2026, 2, 9, tzinfo=UTC)
