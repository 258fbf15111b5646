"""Export files as rows of text: CSV in whichever encoding and dialect, gzip or not, or one sheet of a workbook."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from app.deals.names import tidy
from app.imports.dialects import Dialect, dialect_of
from app.imports.doubts import FileInDoubt
from app.imports.encodings import WRONG, Encoding, encoding_of
from app.imports.faults import ImportStopped
from app.imports.headers import Needed, below_title, has_needed
from app.imports.spreadsheets import Workbook, kind_of

if TYPE_CHECKING:
    from _csv import Reader

_LONGEST_CELL = 1 << 20
_LOOKED_AT = 200
"""Lines of a file by which its dialect is told."""
_MARK = "\ufeff"
_GZIP = b"\x1f\x8b"
_END_OF_FILE = ["\x1a"]
"""Which programs of DOS wrote behind the last line."""

Rows = Iterator[tuple[int, list[str] | str]]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is written, as far as that is stated; the rest is told by the file itself, or is a doubt. `needed`:
    the columns by which a header is known that stands below a title."""

    encoding: str | None = None
    delimiter: str | None = None
    quote: str = '"'
    escape: str | None = None
    sheet: str | None = None
    decimal: str = "."
    needed: Needed = ()


@dataclass
class SourceFile:
    """One file. `encoding`, `dialect`: None of a workbook. `read`: bytes consumed so far, of `size` on disk. `begins`:
    the row of a workbook that is its header. `ended`: the last line of the row that was read last. `blank`, `headers`:
    rows passed over, since nothing stands there, or the header again."""

    path: Path
    header: tuple[str, ...]
    encoding: Encoding | None = None
    dialect: Dialect | None = None
    workbook: Workbook | None = None
    notices: list[str] = field(default_factory=list)
    size: int = 0
    read: int = 0
    begins: int = 1
    ended: int = 0
    blank: int = 0
    headers: int = 0

    def rows(self) -> Rows:
        """(number of the line that the row begins on, its cells); or, in place of the cells, why it can't be read.
        Rows in which nothing stands are passed over."""
        self.blank = self.headers = 0
        for line, row in self._sheet() if self.workbook is not None else self._lines():
            if isinstance(row, str):
                yield line, row
            elif not (row and row[0].strip()) and not any(cell.strip() for cell in row):
                self.blank += bool(row)
            elif row == _END_OF_FILE:
                self.blank += 1
            elif row[0].lstrip(_MARK) == self.header[0] and [tidy(cell) for cell in row] == list(self.header):
                self.headers += 1
            else:
                yield line, row if len(row) == len(self.header) else self._fitted(row)
        self.read = self.size

    def _sheet(self) -> Rows:
        assert self.workbook is not None
        rows = self.workbook.rows()
        next((row for number, row in rows if number == self.begins), None)
        for number, row in rows:
            self.ended = number
            yield number, row

    def _lines(self) -> Rows:
        assert self.encoding is not None
        assert self.dialect is not None
        checked, before = self.encoding.damaged or self.encoding.has_nul, self.dialect.skipped
        with self.path.open("rb") as raw, _text(raw, self.encoding.name) as lines:
            reader = _after_header(lines, self.dialect)
            begins = reader.line_num + 1 + before
            while True:
                try:
                    row: list[str] | str = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    row = f"is not CSV: {error}"
                self.ended = reader.line_num + before
                yield begins, self._sound(row) if checked and not isinstance(row, str) else row
                if not begins & 0x3FF:
                    self.read = raw.tell()
                begins = self.ended + 1

    def _sound(self, row: list[str]) -> list[str] | str:
        assert self.encoding is not None
        text = "".join(row)
        if WRONG in text:
            return f"has bytes that are not {self.encoding.name.removesuffix('-sig')}"
        return "has a NUL character" if "\0" in text else row

    def _fitted(self, row: list[str]) -> list[str] | str:
        """Cells beyond the header in which nothing stands are none, and so are columns without a name that lack."""
        width = len(self.header)
        if len(row) < width and not any(self.header[len(row) :]):
            return row + [""] * (width - len(row))
        if len(row) > width and not any(cell.strip() for cell in row[width:]):
            return row[:width]
        return f"has {len(row)} cells where the header has {width}"


def open_source(path: Path, reading: ReadOptions | None = None) -> SourceFile:
    """Look at the whole file once for its encoding. Raises `ImportStopped` when it is not there or no table."""
    csv.field_size_limit(_LONGEST_CELL)
    try:
        with path.open("rb") as raw:
            start = raw.read(512)
        opened = _workbook if kind_of(path, start) == "workbook" else _csv
        source = opened(path, reading or ReadOptions())
    except OSError as error:
        raise ImportStopped(f"{path}: {error.strerror or error}") from None
    except (EOFError, zlib.error, csv.Error) as error:
        raise ImportStopped(f"{path}: {error}") from None
    if not any(source.header):
        raise ImportStopped(f"{path}: the file is empty; its first line must name the columns.")
    source.size = path.stat().st_size
    return source


def _workbook(path: Path, reading: ReadOptions) -> SourceFile:
    book = Workbook(path, reading.sheet, reading.decimal)
    first = list(islice(_filled(book.rows()), _LOOKED_AT)) or [(1, list[str]())]
    headers = [found for found in first if has_needed(found[1], reading.needed)]
    if len({tuple(row) for _, row in headers}) > 1:
        numbers = " and ".join(str(number) for number, _ in headers)
        raise ImportStopped(
            f"{path}: rows {numbers} may both be the header, with other columns each; leave one table in the sheet."
        )
    begins, header = (headers or first)[0]
    return SourceFile(path, _names(header), workbook=book, notices=book.notices, begins=begins)


def _csv(path: Path, reading: ReadOptions) -> SourceFile:
    with path.open("rb") as raw:
        encoding = encoding_of(path, _binary(raw), reading.encoding)
    with path.open("rb") as raw, _text(raw, encoding.name) as lines:
        first = list(islice(lines, _LOOKED_AT))
    dialect, header = _dialect(path, first, reading)
    notices = [] if encoding.name == "utf-8-sig" else [f"{path.name}: read as {encoding.name}"]
    if dialect.titles:
        notices.append(f"{path.name}: took line {dialect.skipped + 1} for the header; what stands above it is no row")
    return SourceFile(path, _names(header), encoding, dialect, notices=notices)


def _dialect(path: Path, first: list[str], reading: ReadOptions) -> tuple[Dialect, list[str]]:
    """The dialect, and the header. A title above the header is passed over, if the mapping's columns tell it."""
    doubt: FileInDoubt | None = None
    try:
        dialect = dialect_of(path, first, delimiter=reading.delimiter, quote=reading.quote, escape=reading.escape)
    except FileInDoubt as error:
        doubt, dialect = error, Dialect(reading.delimiter or ",", reading.quote, reading.escape)
    dialect, header = _below_blanks(dialect, first)
    if doubt is None and (has_needed(header, reading.needed) or not reading.needed):
        return dialect, header
    fixed = reading.delimiter is not None or dialect.told
    found = below_title(path, first, dialect, reading.needed, fixed=fixed)
    if found is None:
        if doubt is not None:
            raise doubt
        return dialect, header
    return replace(found, titles=found.skipped > dialect.skipped), next(found.reader(iter(first[found.skipped :])))


def _below_blanks(dialect: Dialect, first: list[str]) -> tuple[Dialect, list[str]]:
    """The first row in which something stands."""
    reader = dialect.reader(iter(first[dialect.skipped :]))
    before = 0
    for row in reader:
        if any(cell.strip() for cell in row):
            return replace(dialect, skipped=dialect.skipped + before), row
        before = reader.line_num
    return dialect, []


def _names(header: Iterable[str]) -> tuple[str, ...]:
    return tuple(tidy(cell) for cell in header)


def _filled(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    return (row for row in rows if any(cell.strip() for cell in row[1]))


def _after_header(lines: io.TextIOWrapper, dialect: Dialect) -> "Reader":
    for _ in range(dialect.skipped):
        next(lines)
    reader = dialect.reader(lines)
    next(reader)
    return reader


def _binary(raw: IO[bytes]) -> IO[bytes]:
    magic = raw.read(2)
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw) if magic == _GZIP else raw  # type: ignore[return-value]


def _text(raw: IO[bytes], encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(_binary(raw), encoding=encoding, errors="stagepath.mark", newline="")
