"""Detection of a text file's header: its first row, or a later one below a title, as in reports.

Below a title it is known by the columns that the mapping needs. More than one such row is a doubt.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app.deals.names import tidy
from app.imports.dialects import DELIMITERS, Dialect
from app.imports.faults import ImportStopped

_LOOKED_AT = 50
"""Lines in which a header is looked for."""

Needed = Sequence[Sequence[Sequence[str]]]
"""For each file that the mapping describes: its needed columns, each with the names that it may have."""


def has_needed(row: Sequence[str], needed: Needed) -> bool:
    """Whether the row names all needed columns of one of the files; upper and lower case don't count."""
    names = {tidy(cell).casefold() for cell in row}
    return any(
        bool(columns) and all(any(name.casefold() in names for name in column) for column in columns)
        for columns in needed
    )


def below_title(place: Path, lines: Sequence[str], told: Dialect, needed: Needed, *, fixed: bool) -> Dialect | None:
    """`told` with the header's place and its delimiter (another one only unless `fixed`); None where no row is a
    header. Raises `ImportStopped` where several rows may be."""
    found: dict[int, tuple[Dialect, list[str]]] = {}
    for sign in told.delimiter if fixed else DELIMITERS:
        dialect = replace(told, delimiter=sign)
        for start, row in _rows(lines, dialect):
            if has_needed(row, needed):
                found.setdefault(start, (replace(dialect, skipped=start), row))
    headers = {tuple(row) for _, row in found.values()}
    if len(headers) > 1:
        numbers = " and ".join(str(start + 1) for start in sorted(found))
        raise ImportStopped(
            f"{place}: lines {numbers} may both be the header, with other columns each; leave one table in the file."
        )
    return found[min(found)][0] if found else None


def _rows(lines: Sequence[str], dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """(lines before it, the row that begins there)."""
    for start in range(dialect.skipped, min(len(lines), _LOOKED_AT)):
        try:
            yield start, next(dialect.reader(iter(lines[start:])), [])
        except csv.Error:
            continue
