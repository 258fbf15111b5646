"""Workbooks as rows of text, written as a mapping expects text to be: real dates as ISO, numbers plainly."""

import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from xml.etree import ElementTree

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
    WorksheetNotFound,
    XmlError,
    ZipError,
    load_workbook,
)

from app.imports.faults import ImportStopped
from app.imports.sheet_errors import Place, without_value

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LARGEST = 1_000_000_000
"""Bytes that a workbook may unpack to."""
_EXACT = 10**15
"""A spreadsheet keeps 15 digits of a number."""
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"<html", "a web page"),
    (b"<!doct", "a web page"),
    (b"<?xml", "an XML document"),
    (b"<table", "a web page"),
    (b"mime-version:", "a web page"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite", "an SQLite database"),
)


def kind_of(path: Path, start: bytes) -> str:
    """`text` or `workbook`. Raises `ImportStopped` for what is neither, by its name."""
    if start.startswith(_OLE):
        return "workbook"
    if start.startswith(_ZIP):
        return _archive(path)
    head = start.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    for mark, name in _OTHERS:
        if head.startswith(mark.lower()):
            raise ImportStopped(f"{path}: this is {name}. Export the table as CSV or .xlsx.")
    return "text"


def _archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError):
        raise ImportStopped(f"{path}: this is a ZIP archive that can't be read.") from None
    names = {entry.filename for entry in entries}
    if not any(name.startswith("xl/") for name in names) and "content.xml" not in names:
        listed = ", ".join(sorted(names)[:5])
        raise ImportStopped(
            f"{path}: this is a ZIP archive; unpack it and give the file that is meant. It has {listed}."
        )
    if sum(entry.file_size for entry in entries) > _LARGEST:
        raise ImportStopped(f"{path}: the workbook is larger than {_LARGEST // 1_000_000} MB when unpacked.")
    return "workbook"


class Workbook:
    """One sheet of a workbook. Raises `ImportStopped` for one that can't be read or lacks the sheet."""

    def __init__(self, path: Path, sheet: str | None, decimal: str = ".") -> None:
        self.path = path
        self._decimal = decimal
        self._book = _opened(path)
        self._without_value: dict[int, dict[Place, str]] = defaultdict(dict)
        self.notices: list[str] = []
        hidden = [meta.name for meta in self._book.sheets_metadata if meta.visible != SheetVisibleEnum.Visible]
        shown = [name for name in self._book.sheet_names if name not in hidden]
        self.sheet = sheet or (shown or self._book.sheet_names or [""])[0]
        others = [name for name in self._book.sheet_names if name != self.sheet]
        for place, text in _without_value(path, self.sheet).items():
            self._without_value[place[0]][place] = text
        if others and sheet is None:
            self.notices.append(
                f"{path.name}: read the sheet “{self.sheet}”; --sheet names another: {', '.join(others)}"
            )

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """(number of the row, its cells as text), blank rows included."""
        try:
            sheet = self._book.get_sheet_by_name(self.sheet)
            first, left = sheet.start or (0, 0)
            for number, cells in enumerate(sheet.iter_rows(), start=first + 1):
                texts = [self._text(cell) for cell in cells]
                for (_, column), text in self._without_value.get(number, {}).items():
                    if 0 <= column - left - 1 < len(texts):
                        texts[column - left - 1] = text
                yield number, texts
        except WorksheetNotFound:
            listed = ", ".join(f"“{name}”" for name in self._book.sheet_names)
            raise ImportStopped(f"{self.path}: there is no sheet “{self.sheet}”; there are {listed}.") from None
        except (CalamineError, XmlError) as error:
            raise ImportStopped(f"{self.path}: the workbook can't be read: {error}") from None

    def _text(self, cell: object) -> str:
        if isinstance(cell, str):
            return cell
        if isinstance(cell, bool):
            return "TRUE" if cell else "FALSE"
        if isinstance(cell, int | float):
            return self._number(cell)
        if isinstance(cell, datetime):
            day = cell.time() == time() and not cell.microsecond
            return cell.date().isoformat() if day else cell.isoformat(sep=" ")
        if isinstance(cell, date | time):
            return cell.isoformat()
        return str(cell) if isinstance(cell, timedelta) else ""

    def _number(self, number: float) -> str:
        if abs(number) >= _EXACT:
            return f"{number:.14E}"
        text = str(int(number)) if number == int(number) else repr(number)
        return text.replace(".", self._decimal)


def _without_value(path: Path, sheet: str) -> dict[Place, str]:
    try:
        return without_value(path, sheet)
    except (zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise ImportStopped(f"{path}: the workbook can't be read: {error}") from None


def _opened(path: Path) -> CalamineWorkbook:
    try:
        return load_workbook(path)
    except PasswordError:
        raise ImportStopped(f"{path}: the workbook has a password; save it without one.") from None
    except (CalamineError, ZipError, XmlError) as error:
        raise ImportStopped(f"{path}: this is no workbook that can be read ({error}); export it as CSV.") from None
