"""Rates in the form of the European Central Bank's CSV files, `eurofxref-hist.csv` and `eurofxref.csv`: a line for each
day, with units of each currency for one euro, and `N/A` where there is none."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from app.currencies.rates import EURO
from app.deals.money import minor_units

LARGEST = 100_000_000
"""Bytes of a file, unpacked."""
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
_NONE = frozenset({"", "N/A", "-"})
_DAYS = ("%Y-%m-%d", "%d %B %Y")

Row = tuple[str, date, Decimal]
"""Currency, day, units for one euro."""


class RatesStopped(Exception):
    """The file can't be read; nothing was changed."""


def read(path: Path) -> list[Row]:
    """All rates of the file, which may be zipped. Raises `RatesStopped`, naming the line, for what isn't certain."""
    lines = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    found: dict[tuple[str, date], Decimal] = {}
    try:
        currencies = _header(next(lines, []))
        for cells in lines:
            for row in _line(cells, currencies, lines.line_num):
                known = found.setdefault(row[:2], row[2])
                if known != row[2]:
                    raise RatesStopped(f"Line {lines.line_num}: {row[1]} has another rate of {row[0]} before.")
    except csv.Error as error:
        raise RatesStopped(f"Line {lines.line_num} is no CSV: {error}.") from None
    if not found:
        raise RatesStopped("The file holds no rates.")
    return [(*key, rate) for key, rate in found.items()]


def _text(path: Path) -> str:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                names = [one for one in packed.infolist() if one.filename.lower().endswith(".csv")]
                if len(names) != 1 or names[0].file_size > LARGEST:
                    raise RatesStopped(f"{path} doesn't hold one CSV file of at most {LARGEST:,} bytes.")
                raw = packed.read(names[0])
        else:
            if path.stat().st_size > LARGEST:
                raise RatesStopped(f"{path} has more than {LARGEST:,} bytes.")
            raw = path.read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise RatesStopped(f"{path}: {error.strerror}.") from None
    except (UnicodeDecodeError, zipfile.BadZipFile):
        raise RatesStopped(f"{path} is no CSV file in UTF-8.") from None


def _header(cells: Sequence[str]) -> list[str]:
    """The currencies, in order; the last column may be empty."""
    named = [cell.strip() for cell in cells]
    if not named or named[0] != "Date":
        raise RatesStopped(
            "The first line has to begin with “Date”, as in the European Central Bank's eurofxref-hist.csv."
        )
    while named[-1] == "":
        named.pop()
    currencies = named[1:]
    for code in currencies:
        if code == EURO or minor_units(code) is None:
            raise RatesStopped(f"Line 1: “{code[:20]}” is no currency with a rate for the euro.")
        if currencies.count(code) > 1:
            raise RatesStopped(f"Line 1: {code} has two columns.")
    return currencies


def _line(cells: Sequence[str], currencies: Sequence[str], number: int) -> Iterator[Row]:
    said = [cell.strip() for cell in cells]
    if not any(said):
        return
    day, values = _day(said[0], number), said[1:]
    if any(values[len(currencies) :]) or len(values) < len(currencies):
        raise RatesStopped(f"Line {number} has {len(values)} rates for {len(currencies)} currencies.")
    for code, text in zip(currencies, values, strict=False):
        if text in _NONE:
            continue
        if not _NUMBER.fullmatch(text) or not Decimal(text):
            raise RatesStopped(f"Line {number}: “{text[:40]}” is no rate of {code}.")
        yield code, day, Decimal(text)


def _day(text: str, number: int) -> date:
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 # a day, anywhere
        except ValueError:
            continue
    raise RatesStopped(f"Line {number}: “{text[:40]}” is no day; write it as 2026-03-01.")
