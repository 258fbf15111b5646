"""Detection of a CSV file's delimiter: by its first line (`sep=;`), or as the one sign that makes a table of it."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from app.imports.doubts import FileInDoubt
from app.imports.faults import Sample

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = ",;\t|"
_SEP = re.compile(r"""\ufeff?"?sep=(.)"?\r?\n?""", re.IGNORECASE)
_ROWS = 30
_NAMES = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """`skipped`: lines before the header, that only speak of the file. `told`: the file names its delimiter. `titles`:
    some of the skipped lines are not blank."""

    delimiter: str
    quote: str = '"'
    escape: str | None = None
    skipped: int = 0
    told: bool = False
    titles: bool = False

    def reader(self, lines: Iterable[str]) -> "Reader":
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            doublequote=True,
            skipinitialspace=True,
            strict=True,
        )


def dialect_of(
    place: Path, lines: Sequence[str], *, delimiter: str | None, quote: str = '"', escape: str | None = None
) -> Dialect:
    """By the first lines of the file. Raises `FileInDoubt` where two signs make a table of it."""
    told = _SEP.fullmatch(lines[0]) if lines else None
    skipped = 1 if told else 0
    if delimiter or told:
        return Dialect(delimiter or (told[1] if told else ","), quote, escape, skipped, told is not None)
    tables = {sign: width for sign in DELIMITERS if (width := _width(lines, Dialect(sign, quote, escape))) > 1}
    if len(tables) == 1:
        return Dialect(next(iter(tables)), quote, escape)
    if not tables:
        return Dialect(max(DELIMITERS, key=lambda sign: _header(lines, Dialect(sign, quote, escape))), quote, escape)
    return Dialect(_widest(place, lines, tables), quote, escape)


def _width(lines: Sequence[str], dialect: Dialect) -> int:
    """The number of cells that the header and all rows have; 0 where they differ."""
    widths: set[int] = set()
    try:
        # The last of them may be cut off within a quote.
        for row in islice(dialect.reader(iter(lines[:-1] if len(lines) > _ROWS else lines)), _ROWS):
            if any(cell.strip() for cell in row):
                widths.add(len(row))
    except csv.Error:
        return 0
    return widths.pop() if len(widths) == 1 else 0


def _header(lines: Sequence[str], dialect: Dialect) -> int:
    try:
        return len(next(dialect.reader(iter(lines)), []))
    except csv.Error:
        return 0


def _widest(place: Path, lines: Sequence[str], tables: dict[str, int]) -> str:
    """A sign that stands in one cell of every row makes a table, too; it is a doubt where the widths are the same."""
    ordered = sorted(tables, key=lambda sign: -tables[sign])
    if len(lines) > 1 and tables[ordered[0]] > tables[ordered[1]]:
        return ordered[0]
    samples = tuple(
        Sample(number, line.strip(), tuple(f"{tables[sign]} cells by {_NAMES[sign]}" for sign in ordered))
        for number, line in enumerate(lines[:3], start=1)
    )
    raise FileInDoubt(
        str(place),
        "several signs may separate its cells",
        samples,
        'Name the right one with --delimiter, such as --delimiter ";", or `delimiter:` in the mapping.',
    )
