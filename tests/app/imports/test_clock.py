"""Times that the clock showed twice, settled by the rows around them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.database import database
from app.imports.clock import only_order
from tests.app.imports.builders import TODAY, Exporter, counts, deal, moves

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2024, 10, 27, tzinfo=UTC)


async def instants(external_id: str) -> list[str]:
    rows = await database().fetch(
        "SELECT t.at FROM stage_transition t JOIN opportunity o ON o.id = t.opportunity_id WHERE o.external_id = $1"
        " ORDER BY t.seq",
        external_id,
    )
    return [row["at"].strftime("%H:%M") for row in rows]


def timed(*rows: tuple[str, str, str]) -> list[dict[str, str]]:
    return moves(*((of, f"27/10/2024 {at}" if len(at) == 5 else at, stage) for of, at, stage in rows))


async def test_the_file_s_order_tells_the_second_from_the_first(export: Exporter) -> None:
    history = timed(("1", "01:30", "Qualify"), ("1", "02:50", "Propose"), ("1", "02:10", "Negotiate"))
    report = await export.run([deal("1", "Negotiate", CreatedDate="")], history, zone=BERLIN)
    assert (counts(report), await instants("1")) == ((1, 0, 0, 0), ["23:30", "00:50", "01:10"])


async def test_it_tells_so_backwards_too(export: Exporter) -> None:
    history = timed(("1", "02:10", "Negotiate"), ("1", "02:50", "Propose"), ("1", "01:30", "Qualify"))
    report = await export.run([deal("1", "Negotiate", CreatedDate="")], history, zone=BERLIN)
    assert (counts(report), await instants("1")) == ((1, 0, 0, 0), ["23:30", "00:50", "01:10"])


@pytest.mark.parametrize(
    "rows",
    [
        [("1", "01:30", "Qualify"), ("1", "02:10", "Propose"), ("1", "03:30", "Negotiate")],
        [("1", "02:50", "Qualify"), ("1", "02:10", "Propose")],
        [("1", "02:50", "Qualify"), ("1", "02:10", "Propose"), ("2", "01:00", "Qualify"), ("2", "04:00", "Propose"),
         ("3", "04:00", "Qualify"), ("3", "01:00", "Propose")],
    ],
    ids=["two are left", "nothing shows the direction", "the file goes both ways"],
)  # fmt: skip
async def test_where_two_moments_are_left_the_deal_waits(export: Exporter, rows: list[tuple[str, str, str]]) -> None:
    report = await export.run([deal("1", CreatedDate="")], timed(*(row for row in rows if row[0] == "1")), zone=BERLIN)
    assert counts(report) == (0, 0, 0, 1)
    reasons = [reason for *_, column, _, reason in export.rejects() if column == "CreatedDate"]
    assert reasons
    assert all(reason.startswith("is one of two moments") for reason in reasons)


async def test_a_time_that_never_was_is_kept_out(export: Exporter) -> None:
    rows = [("1", "31/03/2024 01:59", "Qualify"), ("1", "31/03/2024 02:30", "Propose")]
    assert counts(await export.run([deal("1")], moves(*rows), zone=BERLIN)) == (0, 0, 0, 1)
    assert "skipped" in export.rejects()[0][4]


async def test_the_hoped_for_day_is_the_same_at_both_times(export: Exporter) -> None:
    rows = [deal("1", CloseDate="27/10/2024 02:30")]
    assert counts(await export.run(rows, zone=BERLIN)) == (1, 0, 0, 0)


async def test_a_time_of_creation_has_no_neighbours(export: Exporter) -> None:
    assert counts(await export.run([deal("1", CreatedDate="27/10/2024 02:30")], zone=BERLIN, at=TODAY)) == (0, 0, 0, 1)


HOURS = st.lists(st.integers(0, 59), min_size=1, max_size=8)


@given(HOURS, st.integers(0, 255))
def test_what_is_chosen_is_the_only_order(minutes: list[int], meant: int) -> None:
    """Of all ways to choose, those in order: a row is settled if and only if they agree on it."""
    rows = [(AT + timedelta(minutes=m), AT + timedelta(minutes=m + 60)) for m in minutes]
    ways = [
        [rows[i][mask >> i & 1] for i in range(len(rows))]
        for mask in range(2 ** len(rows))
        if all(rows[i][mask >> i & 1] <= rows[i + 1][mask >> (i + 1) & 1] for i in range(len(rows) - 1))
    ]
    agreed = [way[0] if len(set(way)) == 1 else None for way in zip(*ways, strict=True)] if ways else [None] * len(rows)
    assert list(only_order(rows)) == agreed
