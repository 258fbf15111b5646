"""Faults of a value, a row, or a whole import."""

from collections.abc import Sequence
from dataclasses import dataclass

_LONGEST_SAMPLE = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """A cell, or a row's text, and what it may mean. `line` 0: of the whole file."""

    line: int
    cell: str
    readings: tuple[str, ...]

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        cell = self.cell if len(self.cell) <= _LONGEST_SAMPLE else f"{self.cell[:_LONGEST_SAMPLE]}…"
        return f"  {where}“{cell}”: {'; '.join(self.readings)}"


class FieldFault(Exception):
    """Why a value can't be taken. The message goes on from the value: “is not a date as iso”."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Doubtful(FieldFault):
    """A cell that tells of its file that it is written otherwise than stated. `doubt`, `readings`, `way_out` as in
    `app.imports.doubts`; `also`: cells that have both readings."""

    def __init__(
        self, reason: str, *, doubt: str, readings: tuple[str, ...], way_out: str, also: Sequence[Sample] = ()
    ) -> None:
        super().__init__(reason)
        self.doubt, self.readings, self.way_out, self.also = doubt, readings, way_out, also


class ImportStopped(Exception):
    """The import can't begin or go on, and nothing has been written. The message says why and offers a way out."""


class UnknownStages(ImportStopped):
    """Stage names of the export that the playbook doesn't have, with how many rows say each."""

    def __init__(self, playbook: str, counts: Sequence[tuple[str, int, int]], way_out: str) -> None:
        listed = "\n".join(f"  {name!r}: {deals} opportunities, {moves} history rows" for name, deals, moves in counts)
        super().__init__(f"These stage names are not in {playbook}; nothing was imported.\n{listed}\n{way_out}")
        self.counts = tuple(counts)
