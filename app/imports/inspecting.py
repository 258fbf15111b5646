"""Looks at a file before it is imported: how it is written, what its columns hold, and which fields they may be."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from itertools import islice
from pathlib import Path

from app.imports.date_formats import ISO
from app.imports.dates import Moments
from app.imports.faults import FieldFault
from app.imports.field_words import guessed_field
from app.imports.mapping import Grouping, Numbers
from app.imports.numbers import NumberReader
from app.imports.sources import ReadOptions, SourceFile, open_source

LOOKED_AT = 20_000
_EXAMPLES = 3
_DAYS = ("dd/mm/yyyy", "mm/dd/yyyy", "dd.mm.yyyy", "dd-mm-yyyy", "mm-dd-yyyy", "yyyy/mm/dd", "dd/mm/yy", "mm/dd/yy",
         "dd.mm.yy", "dd-mmm-yyyy", "dd mmm yyyy", "dd. mmm yyyy", "mmm dd, yyyy", "dd-mmm-yy")  # fmt: skip
_CLOCKS = ("", " HH:MM", " HH:MM:SS", " hh:MM AM", ", hh:MM AM")
FORMATS = (ISO, *(day + clock for day in _DAYS for clock in _CLOCKS))
CONVENTIONS = (
    Numbers(decimal=".", thousands=""),
    Numbers(decimal=",", thousands=""),
    *(
        Numbers(decimal=d, thousands=t)
        for d, t in ((".", ","), (",", "."), (".", "'"), (",", " "), (".", " "), (",", "'"))
    ),
    Numbers(decimal=".", thousands=",", grouping=Grouping.INDIAN),
)


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """`dates`, `numbers`: every way in which all cells can be read, if it makes a difference; none for other cells."""

    name: str
    filled: int
    examples: tuple[str, ...]
    dates: tuple[str, ...]
    numbers: tuple[Numbers, ...]
    field: str | None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """`numbers`: the conventions that read all columns of numbers, if it makes a difference."""

    source: SourceFile
    rows: int
    unreadable: int
    columns: tuple[ColumnFacts, ...]
    numbers: tuple[Numbers, ...]

    @property
    def dates(self) -> tuple[str, ...]:
        """The formats that some column surely has."""
        return tuple(dict.fromkeys(column.dates[0] for column in self.columns if len(column.dates) == 1))


def inspect(path: Path, reading: ReadOptions) -> FileFacts:
    """Raises `ImportStopped`."""
    source = open_source(path, reading)
    cells: list[list[str]] = [[] for _ in source.header]
    rows = unreadable = 0
    for _, row in islice(source.rows(), LOOKED_AT):
        if isinstance(row, str):
            unreadable += 1
            continue
        rows += 1
        for column, cell in zip(cells, row, strict=True):
            if cell.strip():
                column.append(cell.strip())
    columns = tuple(_facts(name, values) for name, values in zip(source.header, cells, strict=True))
    told = [
        cell for facts, values in zip(columns, cells, strict=True) if facts.numbers for cell in dict.fromkeys(values)
    ]
    numbers = _telling(tuple(n for n in CONVENTIONS if _all_read(_number(n), told)), told) if told else ()
    return FileFacts(source, rows, unreadable, _one_of_each(columns), numbers)


def _facts(name: str, values: Sequence[str]) -> ColumnFacts:
    distinct = list(dict.fromkeys(values))
    dates = _dates(distinct)
    numbers = () if dates else tuple(n for n in CONVENTIONS if distinct and _all_read(_number(n), distinct))
    return ColumnFacts(
        name, len(values), tuple(distinct[:_EXAMPLES]), dates, _telling(numbers, distinct), guessed_field(name)
    )


def _dates(values: Sequence[str]) -> tuple[str, ...]:
    if not values or not any(sign in values[0] for sign in "/.- "):
        return ()
    readers = {text: Moments((text,), UTC) for text in FORMATS}
    return tuple(text for text, moments in readers.items() if _all_read(moments.__getitem__, values))


def _number(numbers: Numbers) -> Callable[[str], Decimal]:
    reader = NumberReader(numbers)
    return lambda text: reader.read(_unmarked(text))


def _unmarked(text: str) -> str:
    """Without the sign or code of a currency, whichever it is."""
    return text.strip("$€£¥₹ \u00a0ABCDEFGHIJKLMNOPQRSTUVWXYZ") if any(c.isdigit() for c in text) else text


def _telling(numbers: tuple[Numbers, ...], values: Sequence[str]) -> tuple[Numbers, ...]:
    """One convention for each set of values that the cells may have."""
    kept: dict[tuple[Decimal, ...], Numbers] = {}
    for convention in numbers:
        read = _number(convention)
        kept.setdefault(tuple(read(value) for value in values), convention)
    return tuple(kept.values())


def _all_read(read: Callable[[str], object], values: Iterable[str]) -> bool:
    try:
        for value in values:
            read(value)
    except FieldFault:
        return False
    return True


def _one_of_each(columns: Sequence[ColumnFacts]) -> tuple[ColumnFacts, ...]:
    """A field is the first column's that looks like it."""
    taken: set[str] = set()
    made = []
    for column in columns:
        field = column.field if column.field not in taken else None
        taken.add(field or "")
        made.append(ColumnFacts(column.name, column.filled, column.examples, column.dates, column.numbers, field))
    return tuple(made)
