"""The file of rows that were not taken, one line each with its reason. It is written as the import goes.

What a spreadsheet would run as a formula has an apostrophe in front.
"""

import csv
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from app.defused import defused

HEADER = ("file", "line", "column", "value", "reason")
_LONGEST_VALUE = 200


class Rejects:
    """Replaces what an earlier import left at `path`; where nothing is rejected and there was no file, makes none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.by_reason: dict[tuple[str, str], int] = {}
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        if self.path.exists():
            self._open()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, file: str, line: int, column: str, value: str, reason: str) -> None:
        out = self._file or self._open()
        shown = value[:_LONGEST_VALUE].encode("utf-8", "replace").decode()  # half letters among them
        csv.writer(out).writerow((defused(file), line, defused(column), defused(shown), defused(reason)))
        self.count += 1
        kind = (file, reason.split(":")[0].split(" (lines ")[0])
        self.by_reason[kind] = self.by_reason.get(kind, 0) + 1

    def _open(self) -> IO[str]:
        self._file = self.path.open("w", encoding="utf-8", newline="")
        csv.writer(self._file).writerow(HEADER)
        return self._file
