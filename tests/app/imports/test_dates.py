from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.imports.date_formats import DateFormatError, check_formats
from app.imports.dates import Days, Moments, ShownTwice
from app.imports.faults import Doubtful, FieldFault

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("format", "text", "expected"),
    [
        ("dd/mm/yyyy", "02/03/2022", datetime(2022, 3, 2, tzinfo=UTC)),
        ("dd/mm/yyyy", " 2/3/2022 ", datetime(2022, 3, 2, tzinfo=UTC)),
        ("dd/mm/yyyy HH:MM", "02/03/2022 16:11", datetime(2022, 3, 2, 16, 11, tzinfo=UTC)),
        ("mm/dd/yyyy", "02/03/2022", datetime(2022, 2, 3, tzinfo=UTC)),
        ("dd.mm.yyyy HH:MM:SS", "02.03.2022 16:11:09", datetime(2022, 3, 2, 16, 11, 9, tzinfo=UTC)),
        ("iso", "2022-03-02", datetime(2022, 3, 2, tzinfo=UTC)),
        ("iso", "2022-03-02 16:11", datetime(2022, 3, 2, 16, 11, tzinfo=UTC)),
        ("iso", "2022-03-02T16:11:09.000Z", datetime(2022, 3, 2, 16, 11, 9, tzinfo=UTC)),
        ("iso", "2022-03-02T16:11:09.000+0200", datetime(2022, 3, 2, 14, 11, 9, tzinfo=UTC)),
        ("iso", "  ", None),
    ],
)
def test_a_format_reads_its_dates(format: str, text: str, expected: datetime | None) -> None:
    moments = Moments([format], UTC)
    assert moments[text] == expected
    assert moments[text] is moments[text]


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("dd/mm/yyyy", "02/03/22"),
        ("dd/mm/yyyy", "02/03/2022 16:11"),
        ("dd/mm/yyyy", "02-03-2022"),
        ("dd.mm.yyyy", "02/03/2022"),
        ("iso", "02/03/2022"),
    ],
)
def test_a_format_reads_nothing_else(format: str, text: str) -> None:
    with pytest.raises(FieldFault) as refused:
        Moments([format], UTC)[text]
    assert refused.value.reason == f"is not a date as {format}"


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("dd/mm/yyyy", "31/02/2022"),
        ("dd/mm/yyyy", "00/00/0000"),
        ("dd/mm/yyyy HH:MM", "02/03/2022 24:00"),
        ("dd/mm/yyyy hh:MM AM", "02/03/2022 13:00 PM"),
        ("dd-mmm-yyyy", "02-Foo-2022"),
        ("iso", "2022-02-30"),
        ("iso", "0000-00-00"),
    ],
)
def test_what_looks_like_a_date_and_is_none_is_told_apart(format: str, text: str) -> None:
    with pytest.raises(FieldFault, match="is no day of the calendar"):
        Moments([format], UTC)[text]


@pytest.mark.parametrize(
    ("format", "text", "swapped", "option"),
    [
        ("dd/mm/yyyy", "03/15/2022", "15 March 2022 as mm/dd/yyyy", "--month-first"),
        ("mm/dd/yyyy", "15/03/2022", "15 March 2022 as dd/mm/yyyy", "--day-first"),
        ("dd.mm.yy", "3.15.22", "15 March 2022 as mm.dd.yy", "--month-first"),
        ("mm/dd/yyyy hh:MM AM", "15/03/2022 2:00 pm", "15 March 2022 as dd/mm/yyyy hh:MM AM", "--day-first"),
        ("iso", "2022-15-03", "15 March 2022 as yyyy-dd-mm", "--day-first"),
    ],
)
def test_a_date_that_only_the_other_order_reads_puts_its_file_in_doubt(
    format: str, text: str, swapped: str, option: str
) -> None:
    with pytest.raises(Doubtful) as doubtful:
        Moments([format], UTC)[text]
    assert doubtful.value.readings[1] == swapped
    assert option in doubtful.value.way_out


@pytest.mark.parametrize(
    ("format", "text", "expected"),
    [
        ("mm/dd/yyyy hh:MM AM", "3/4/2026 2:15 PM", datetime(2026, 3, 4, 14, 15, tzinfo=UTC)),
        ("mm/dd/yyyy hh:MM AM", "3/4/2026 12:15 a.m.", datetime(2026, 3, 4, 0, 15, tzinfo=UTC)),
        ("mm/dd/yyyy hh:MM AM", "3/4/2026 12:00 PM", datetime(2026, 3, 4, 12, tzinfo=UTC)),
        ("mm/dd/yy", "3/4/26", datetime(2026, 3, 4, tzinfo=UTC)),
        ("dd.mm.yy", "4.3.69", datetime(2069, 3, 4, tzinfo=UTC)),
        ("dd.mm.yy", "4.3.70", datetime(1970, 3, 4, tzinfo=UTC)),
        ("dd-mmm-yyyy", "4-Mar-2026", datetime(2026, 3, 4, tzinfo=UTC)),
        ("dd. mmm yyyy", "4. März 2026", datetime(2026, 3, 4, tzinfo=UTC)),
        ("dd mmm yyyy", "4 févr. 2026", datetime(2026, 2, 4, tzinfo=UTC)),
        ("dd mmm yyyy", "4 enero 2026", datetime(2026, 1, 4, tzinfo=UTC)),
        ("mmm dd, yyyy", "Sep 4, 2026", datetime(2026, 9, 4, tzinfo=UTC)),
    ],
)
def test_clocks_of_twelve_hours_short_years_and_named_months(format: str, text: str, expected: datetime) -> None:
    assert Moments([format], UTC)[text] == expected


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Europe/Berlin", "2024-03-31 02:30"),
        ("America/New_York", "2024-03-10 02:30"),
        ("Australia/Lord_Howe", "2024-10-06 02:15"),
        ("Africa/Casablanca", "2024-04-14 02:30"),
    ],
)
def test_a_time_that_the_clock_skipped_is_none(zone: str, text: str) -> None:
    with pytest.raises(FieldFault, match="skipped when it was put forward"):
        Moments(["iso"], ZoneInfo(zone))[text]


@pytest.mark.parametrize(
    ("zone", "text", "minutes"),
    [
        ("Europe/Berlin", "2024-10-27 02:30", 60),
        ("America/New_York", "2024-11-03 01:30", 60),
        ("Australia/Lord_Howe", "2024-04-07 01:45", 30),
    ],
)
def test_a_time_that_the_clock_showed_twice_is_two(zone: str, text: str, minutes: int) -> None:
    moments = Moments(["iso"], ZoneInfo(zone))
    with pytest.raises(ShownTwice) as twice:
        moments[text]
    assert (twice.value.late - twice.value.early).total_seconds() == minutes * 60
    assert Days(["iso"], ZoneInfo(zone))[text] == date.fromisoformat(text[:10])
    assert moments[f"{text}+01:00"] is not None


def test_a_day_without_a_midnight_begins_when_it_begins() -> None:
    assert Moments(["iso"], ZoneInfo("Asia/Beirut"))["2024-03-31"] == datetime(2024, 3, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0022-03-02", "1899-12-31", "2201-01-01"])
def test_years_that_no_deal_has_are_refused(text: str) -> None:
    with pytest.raises(FieldFault, match="is not between the years 1900 and 2200"):
        Moments(["iso"], UTC)[text]


def test_a_day_begins_and_stays_where_it_is_meant() -> None:
    assert Moments(["iso"], BERLIN)["2022-07-01"] == datetime(2022, 6, 30, 22, tzinfo=UTC)
    days = Days(["iso"], BERLIN)
    assert (days["2022-07-01"], days["2022-06-30T23:30:00Z"], days[""]) == (date(2022, 7, 1), date(2022, 7, 1), None)


@pytest.mark.parametrize(
    "formats",
    [
        ["dd/mm/yyyy", "mm/dd/yyyy"],
        ["dd/mm/yyyy", "mm/dd/yyyy HH:MM"],
        ["iso", "yyyy-dd-mm"],
        ["dd/mm/yy", "yy/mm/dd"],
        ["dd/mm/yy HH:MM", "mm/dd/yy hh:MM AM"],
    ],
)
def test_formats_that_read_one_text_as_two_days_may_not_stand_together(formats: list[str]) -> None:
    with pytest.raises(DateFormatError, match="read the same text as different days; keep one of them"):
        check_formats(formats)


@pytest.mark.parametrize(
    "format",
    [
        "dd/mm",
        "dd/mm/yy/yyyy",
        "dd mm mmm yyyy",
        "dd/mm/yyyy hh:MM",
        "dd/mm/yyyy HH AM",
        "dd/dd/mm/yyyy",
        "%d/%m/%Y",
        "yesterday",
        "",
    ],
)
def test_a_format_must_be_one(format: str) -> None:
    with pytest.raises(DateFormatError, match="is not a date format"):
        check_formats([format])


def test_formats_of_different_shape_may_stand_together() -> None:
    check_formats(["dd/mm/yyyy", "dd/mm/yyyy HH:MM", "mm-dd-yyyy", "iso"])
