"""Cells of a workbook (.xlsx) that have no value: errors, and formulas that no program has calculated.

The reader of workbooks gives them as empty, as which an amount would be lost without a word.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from posixpath import join, normpath
from typing import IO
from xml.etree import ElementTree

Place = tuple[int, int]
"""(row, column) from 1."""

NOT_CALCULATED = "#CALC!"
_TELLING = re.compile(rb't="e"|<f[ >/]')
_BLOCK, _OVERLAP = 1 << 20, 8
_PLACE = re.compile(r"([A-Z]+)([0-9]+)")


def without_value(path: Path, sheet: str) -> dict[Place, str]:
    """Where such cells are, and what a spreadsheet shows there. Empty for other kinds of workbooks."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return {}
        with archive.open(part) as content:
            if not _tells(content):
                return {}
        with archive.open(part) as content:
            return dict(_found(content))


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of the sheet's part; None where there is none, such as in .ods."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 # expat bounds what entities grow to
    related = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {one.get("Id"): one.get("Target", "") for one in related}
    for element in book.iter():
        if _local(element.tag) == "sheet" and element.get("name") == sheet:
            target = targets.get(next((v for k, v in element.items() if _local(k) == "id"), None), "")
            part = normpath(join("xl", target)).lstrip("/")
            return part if part in names else None
    return None


def _tells(content: IO[bytes]) -> bool:
    before = b""
    while block := content.read(_BLOCK):
        if _TELLING.search(before + block):
            return True
        before = block[-_OVERLAP:]
    return False


def _found(content: IO[bytes]) -> Iterator[tuple[Place, str]]:
    for _, element in ElementTree.iterparse(content):  # noqa: S314
        if _local(element.tag) == "c":
            shown = _shown(element)
            place = _PLACE.fullmatch(element.get("r", ""))
            if shown and place:
                yield (int(place[2]), _column(place[1])), shown
        elif _local(element.tag) == "row":
            element.clear()


def _shown(cell: ElementTree.Element) -> str | None:
    parts = {_local(part.tag): part.text or "" for part in cell}
    if cell.get("t") == "e":
        return parts.get("v") or NOT_CALCULATED
    uncalculated = "f" in parts and not parts.get("v") and cell.get("t") != "str"
    return NOT_CALCULATED if uncalculated else None


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
