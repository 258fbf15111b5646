"""Export files as rows of text: gzip or not, whichever of the usual encodings, comma, semicolon or tab."""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from app.imports.faults import ImportStopped

_BLOCK = 1 << 20
_LONGEST_CELL = 1 << 20
_DELIMITERS = ",;\t"
_GZIP = b"\x1f\x8b"


@dataclass
class Source:
    """One CSV file. `spoiled`: characters that no database text can hold or that stand for undecodable bytes; a row
    that has one of them is not taken. `read`: bytes consumed so far, of `size` on disk."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    spoiled: tuple[str, ...] = ()
    notices: list[str] = field(default_factory=list)
    size: int = 0
    read: int = 0

    def rows(self) -> Iterator[tuple[int, list[str] | str]]:
        """(number of the line that the row begins on, its cells); or, in place of the cells, why it can't be read.
        Blank lines are passed over."""
        width = len(self.header)
        with self.path.open("rb") as raw, _text(raw, self.encoding) as lines:
            reader = csv.reader(lines, delimiter=self.delimiter)
            next(reader)
            begins = reader.line_num + 1
            while True:
                try:
                    row = next(reader)
                except StopIteration:
                    break
                except csv.Error as error:
                    yield begins, f"lines {begins} to {reader.line_num} are not CSV: {error}"
                    begins = reader.line_num + 1
                    continue
                if len(row) == width and not self.spoiled:
                    yield begins, row
                elif row:
                    yield begins, self._checked(row)
                if not begins & 0x3FF:
                    self.read = raw.tell()
                begins = reader.line_num + 1
            self.read = self.size

    def _checked(self, row: list[str]) -> list[str] | str:
        if len(row) != len(self.header):
            return f"has {len(row)} cells where the header has {len(self.header)}"
        for character in self.spoiled:
            if any(character in cell for cell in row):
                return "has a NUL character" if character == "\0" else f"has bytes that are not {self.encoding}"
        return row


def open_source(path: Path, delimiter: str | None = None) -> Source:
    """Look at the whole file once for its encoding. Raises `ImportStopped` when it is not there or not a CSV file."""
    csv.field_size_limit(_LONGEST_CELL)
    try:
        encoding, spoiled, notices = _encoding(path)
        with path.open("rb") as raw, _text(raw, encoding) as lines:
            first = lines.readline()
            lines.seek(0)
            delimiter = delimiter or max(_DELIMITERS, key=first.count)
            header = next(csv.reader(lines, delimiter=delimiter), [])
    except OSError as error:
        raise ImportStopped(f"{path}: {error.strerror or error}") from None
    except (EOFError, zlib.error, csv.Error) as error:
        raise ImportStopped(f"{path}: {error}") from None
    if not any(cell.strip() for cell in header):
        raise ImportStopped(f"{path}: the file is empty; its first line must name the columns.")
    return Source(
        path=path,
        encoding=encoding,
        delimiter=delimiter,
        header=tuple(cell.strip() for cell in header),
        spoiled=spoiled,
        notices=notices,
        size=path.stat().st_size,
    )


def _binary(raw: IO[bytes]) -> IO[bytes]:
    magic = raw.read(2)
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw) if magic == _GZIP else raw  # type: ignore[return-value]


def _text(raw: IO[bytes], encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(_binary(raw), encoding=encoding, errors="replace", newline="")


def _encoding(path: Path) -> tuple[str, tuple[str, ...], list[str]]:
    with path.open("rb") as raw:
        content = _binary(raw)
        start = content.read(4)
        content.seek(0)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", ("\0", "\ufffd"), [f"{path.name}: read as UTF-16"]
        decoder = codecs.getincrementaldecoder("utf-8")()
        nul = False
        try:
            while block := content.read(_BLOCK):
                nul = nul or b"\0" in block
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252", ("\0", "\ufffd"), [f"{path.name}: not UTF-8, so read as Windows-1252"]
    return "utf-8-sig", ("\0",) if nul else (), []
