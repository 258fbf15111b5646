from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.imports.dates import DateFormatError, Days, Moments, check_formats
from app.imports.faults import FieldFault

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
        ("dd/mm/yyyy", "31/02/2022"),
        ("dd/mm/yyyy", "03/15/2022"),
        ("dd/mm/yyyy", "02/03/22"),
        ("dd/mm/yyyy", "02/03/2022 16:11"),
        ("dd/mm/yyyy", "02-03-2022"),
        ("dd.mm.yyyy", "02/03/2022"),
        ("dd/mm/yyyy HH:MM", "02/03/2022 24:00"),
        ("iso", "02/03/2022"),
        ("iso", "2022-02-30"),
    ],
)
def test_a_format_reads_nothing_else(format: str, text: str) -> None:
    with pytest.raises(FieldFault) as refused:
        Moments([format], UTC)[text]
    assert refused.value.reason == f"is not a date as {format}"


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
    ],
)
def test_formats_that_read_one_text_as_two_days_may_not_stand_together(formats: list[str]) -> None:
    with pytest.raises(DateFormatError, match="read the same text as different days; keep one of them"):
        check_formats(formats)


@pytest.mark.parametrize("format", ["dd/mm", "dd/mm/yy", "dd mmm yyyy", "dd/dd/mm/yyyy", "%d/%m/%Y", "yesterday", ""])
def test_a_format_must_be_one(format: str) -> None:
    with pytest.raises(DateFormatError, match="is not a date format"):
        check_formats([format])


def test_formats_of_different_shape_may_stand_together() -> None:
    check_formats(["dd/mm/yyyy", "dd/mm/yyyy HH:MM", "mm-dd-yyyy", "iso"])
