"""Readers of single cells, built once for a mapping. A reader takes a whole row and raises `FieldFault`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from unicodedata import normalize

from app.deals.money import EXACT, MoneyError, money
from app.deals.names import tidy
from app.imports.faults import FieldFault, ImportStopped
from app.imports.identifiers import Identifiers
from app.imports.mapping import Column, FileMapping, Numbers
from app.imports.numbers import NumberReader, code_in
from app.imports.sources import SourceFile

Reader = Callable[[Sequence[str]], object]

# Longer text would not fit an index of the tables; no export has such names.
LONGEST_NAME = 500
LONGEST_TEXT = 100_000
_ERROR = re.compile(
    r"#+|#(N/A|NV|(REF|BEZUG|NAME|VALUE|WERT|DIV/0|NUM|ZAHL|NULL|SPILL|CALC|BLOCKED|CONNECT|FIELD|BUSY)[!?]|GETTING_DATA)"
)
_LARGEST_INTEGER = 2**31 - 1
LARGEST_EXPONENT = 30


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a field stands: its column as the file calls it, and how to get its text, corrected and unstripped."""

    column: str
    text: Callable[[Sequence[str]], str]


def find_column(names: Iterable[str], source: SourceFile) -> int | None:
    """The first of `names` in the header; upper and lower case count only when several columns would fit. Raises
    `ImportStopped` for a name that several columns have."""
    for name in names:
        if source.header.count(name) > 1:
            places = [str(place) for place, column in enumerate(source.header, start=1) if column == name]
            raise ImportStopped(
                f"{source.path}: columns {' and '.join(places)} are both called “{name}”; rename all but the one that "
                "is meant, or name another in the mapping."
            )
        if name in source.header:
            return source.header.index(name)
    folded = [column.casefold() for column in source.header]
    for name in names:
        if folded.count(name.casefold()) == 1:
            return folded.index(name.casefold())
    return None


def needed_columns(file: FileMapping) -> list[tuple[str, ...]]:
    """The columns without which a file can't be read by the mapping, each with the names that it may have."""
    columns = [column for column in file.columns.values() if not column.optional]
    return [column.column for column in columns if column.column] + [(n,) for c in columns for n in c.join]


def missing_columns(file: FileMapping, source: SourceFile) -> list[str]:
    """The columns without which the file can't be read by the mapping."""
    missing: list[str] = []
    for column in file.columns.values():
        if column.optional:
            continue
        if column.column and find_column(column.column, source) is None:
            missing.append(" or ".join(column.column))
        missing += [name for name in column.join if find_column([name], source) is None]
    return missing


def cell(field: str, file: FileMapping, source: SourceFile) -> Cell | None:
    """None when the mapping or the file has no such column. Raises `ImportStopped` when the file lacks a needed one."""
    column = file.columns.get(field)
    if column is None:
        return None
    if column.join:
        return _joined(column, source)
    index = find_column(column.column, source)
    if index is None:
        if column.optional:
            return None
        wanted, found = " or ".join(column.column), ", ".join(source.header)
        raise ImportStopped(f"{source.path}: no column {wanted}; it has {found}.")
    return Cell(source.header[index], _plain(index, column.values))


def _plain(index: int, corrections: Mapping[str, str]) -> Callable[[Sequence[str]], str]:
    if not corrections:
        return itemgetter(index)
    return lambda row: corrections.get(row[index].strip(), row[index])


def _joined(column: Column, source: SourceFile) -> Cell:
    indices = [find_column([name], source) for name in column.join]
    readers = [_plain(index, column.values) for index in indices if index is not None]
    between = column.between

    def text(row: Sequence[str]) -> str:
        return between.join(part for reader in readers if (part := reader(row).strip()))

    return Cell(" + ".join(column.join), text)


def text_reader(at: Cell, longest: int) -> Reader:
    """Free text, in composed letters."""

    def read(row: Sequence[str]) -> str | None:
        text = at.text(row).strip()
        if len(text) > longest:
            raise FieldFault(f"is longer than {longest} characters")
        return (text if text.isascii() else normalize("NFC", text)) or None

    return read


def name_reader(at: Cell, *, required: bool = False) -> Reader:
    """A name, on one line."""

    def read(row: Sequence[str]) -> str | None:
        text = one_line(at.text(row))
        name = tidy(text)
        if len(name) > LONGEST_NAME:
            raise FieldFault(f"is longer than {LONGEST_NAME} characters")
        if required and not name:
            raise FieldFault("is empty")
        return name or None

    return read


def id_reader(at: Cell, ids: Identifiers, *, required: bool = False) -> Reader:
    def read(row: Sequence[str]) -> str | None:
        found = ids.read(one_line(at.text(row)))
        if required and not found:
            raise FieldFault("is empty")
        return found or None

    return read


def one_line(text: str) -> str:
    """Raises `FieldFault` for text of several lines."""
    text = text.strip()
    if "\n" in text or "\r" in text:
        raise FieldFault("has a line break, so that a quote may have been left open")
    if text.startswith("#") and _ERROR.fullmatch(text):
        raise FieldFault("is what a spreadsheet shows where it has no value")
    return text


def looked_up(at: Cell, values: Mapping[str, object]) -> Reader:
    """Through a dictionary that reads what it lacks: dates and stage names repeat."""
    text = at.text
    return lambda row: values[text(row)]


def money_reader(amount: Cell, currency: Cell | None, default: str | None, numbers: Numbers | None) -> Reader:
    """(amount, currency), or (None, None) for an empty amount."""
    number = NumberReader(numbers)

    def read(row: Sequence[str]) -> object:
        text = one_line(amount.text(row))
        if not text:
            return None, None
        code = (currency.text(row).strip().upper() if currency else "") or default or code_in(text)
        if code is None:
            raise FieldFault("has no currency; the mapping's `constants` or --currency can name one")
        value = number.read(text, code)
        try:
            exact = money(value.normalize(EXACT), code, withdrawn=True)
        except MoneyError as error:
            raise FieldFault(f"can't be kept exactly: {error.message}") from None
        return exact.amount, exact.currency

    return read


def number_reader(at: Cell, multiply: int, numbers: Numbers | None) -> Reader:
    number = NumberReader(numbers)

    def read(row: Sequence[str]) -> Decimal | None:
        text = one_line(at.text(row))
        if not text:
            return None
        value = number.read(text)
        if abs(value.adjusted()) > LARGEST_EXPONENT:
            raise FieldFault("is not a plain number")
        return Decimal(f"{value:f}") * multiply

    return read


def ordinal_reader(at: Cell, numbers: Numbers | None) -> Reader:
    """Numbers of which a file has few, read once each."""
    known: dict[str, object] = {}
    number = number_reader(Cell(at.column, itemgetter(0)), 1, numbers)
    text = at.text

    def read(row: Sequence[str]) -> object:
        given = text(row)
        if given not in known:
            known[given] = number((given,))
        return known[given]

    return read


def integer_reader(at: Cell, numbers: Numbers | None) -> Reader:
    number = number_reader(at, 1, numbers)

    def read(row: Sequence[str]) -> int | None:
        value = number(row)
        if value is None:
            return None
        assert isinstance(value, Decimal)
        if value != int(value) or not 0 <= value <= _LARGEST_INTEGER:
            raise FieldFault("is not a count")
        return int(value)

    return read
