"""The reading plan of one file: steps made once for its header, and what reading teaches the import."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from app.imports.date_formats import ISO
from app.imports.dates import Days, Moments
from app.imports.doubts import Doubts
from app.imports.faults import Doubtful, FieldFault
from app.imports.fields import Cell, Reader, cell, find_column
from app.imports.identifiers import Identifiers
from app.imports.mapping import FileMapping, Mapping
from app.imports.rejects import Rejects
from app.imports.sources import SourceFile
from app.imports.stages import StageNames


@dataclass
class Export:
    """An export being read, and what has been learnt of it.

    `lines`: external id → line of its opportunity, negative when that row was rejected.
    `broken`: line of an opportunity → the first line of its history that can't be read.
    `held_back`: history rows of rejected opportunities.
    `account_names`: `name_key` of accounts that only deals name → the id that stands for them.
    `twice`: history rows whose time is one of two, to be settled by their neighbours.
    """

    mapping: Mapping
    zone: tzinfo
    currency: str | None
    rejects: Rejects
    stages: StageNames = field(default_factory=StageNames)
    lines: dict[str, int] = field(default_factory=dict)
    broken: dict[int, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    held_back: int = 0
    account_names: dict[str, object] = field(default_factory=dict)
    twice: list["Twice"] = field(default_factory=list)
    doubts: Doubts = field(default_factory=Doubts)
    ids: Identifiers = field(init=False)

    def __post_init__(self) -> None:
        self.ids = Identifiers(self.mapping.ids)

    def settle(self) -> None:
        """When all files have been read. Raises `FileInDoubt`."""
        self.doubts.settle()
        self.ids.settle()


@dataclass(frozen=True, slots=True)
class Twice:
    """A row of a deal's history at a time that the clock showed twice."""

    deal: int
    line: int
    file: str
    column: str
    text: str
    early: datetime
    late: datetime


class Plan:
    def __init__(self, role: str, export: Export, source: SourceFile) -> None:
        self.role = role
        self.export = export
        self.source = source
        self.file: FileMapping = export.mapping.files[role]
        self._refusals: list[tuple[str, int, frozenset[str]]] = []
        self._steps: list[tuple[str, int | None, Reader]] = []
        for column, values in self.file.reject_when.items():
            index = find_column([column], source)
            if index is not None:
                self._refusals.append((column, index, frozenset(value.casefold() for value in values)))

    def take(self, name: str, make: Callable[[Cell], Reader]) -> None:
        """Add a field; None for every row where mapping or file have no column for it."""
        at = cell(name, self.file, self.source)
        if at is None:
            self._steps.append((name, None, _nothing))
        else:
            self._steps.append((at.column, find_column([at.column], self.source), make(at)))

    def moments(self, name: str) -> Moments:
        return Moments(self._formats(name), self.export.zone, self.export.mapping.two_digit_years)

    def days(self, name: str) -> Days:
        return Days(self._formats(name), self.export.zone, self.export.mapping.two_digit_years)

    def _formats(self, name: str) -> Sequence[str]:
        formats = self.file.columns[name].dates or self.export.mapping.dates
        if self.source.workbook is not None and ISO not in formats:
            return (*formats, ISO)  # as which its real dates are written
        return formats

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line and cells of every row that is CSV; the others are rejected."""
        read = 0
        for line, row in self.source.rows():
            read += 1
            if isinstance(row, str):
                self.reject(line, "", "", row)
            else:
                yield line, row
        self.export.read[self.role] = read

    def values(self, line: int, row: list[str]) -> list[object] | None:
        """The fields in the order they were added; None when the row has been rejected."""
        for column, at, refused in self._refusals:
            if row[at].strip().casefold() in refused:
                self.reject(line, column, row[at], "marks a row that the mapping keeps out")
                return None
        values: list[object] = []
        try:
            for _, _, read in self._steps:
                values.append(read(row))
        except FieldFault as fault:
            column, index, _ = self._steps[len(values)]
            self.refuse(line, column, "" if index is None else row[index], fault)
            return None
        return values

    def refuse(self, line: int, column: str, value: str, fault: FieldFault) -> None:
        """Reject the row for one of its cells. Raises `FileInDoubt` where enough such cells tell of the whole file."""
        if isinstance(fault, Doubtful):
            self.export.doubts.note(self.place(column), line, value, fault)
        self.reject(line, column, value, fault.reason)

    def turn_down(self, line: int, column: str, value: str, reason: str) -> None:
        """Reject a row after the whole file was read."""
        self.export.rejects.add(self.source.path.name, line, column, value, reason)

    def place(self, column: str) -> str:
        return f"{self.source.path}, column “{column}”"

    def column(self, place: int) -> str:
        return self._steps[place][0]

    def reject(self, line: int, column: str, value: str, reason: str) -> None:
        if self.source.ended > line:
            reason = f"{reason} (lines {line} to {self.source.ended})"
        self.export.rejects.add(self.source.path.name, line, column, value, reason)


def _nothing(_: Sequence[str]) -> None:
    return None
