"""Ids of an export's rows, made the same wherever the same row is meant.

Salesforce writes an id with 15 characters, in which case counts, or with 18, of which the last three say which letters
are capitals; reports have the one form and exports the other. Spreadsheets spoil ids: long numbers become `1.23E+10`,
`3-1` becomes a date.
"""

import re
from enum import StrEnum
from string import ascii_uppercase

from app.deals.names import tidy
from app.imports.doubts import Doubt
from app.imports.faults import FieldFault, Sample

LONGEST_ID = 200
CHECK_LETTERS = ascii_uppercase + "012345"


class Ids(StrEnum):
    """`CHECKED`: any, but for a spreadsheet's notation; `SALESFORCE`: 15 characters are the same as 18; `TEXT`: as they
    stand in the file."""

    CHECKED = "checked"
    SALESFORCE = "salesforce"
    TEXT = "text"


SHORT, _LONG = re.compile(r"[a-zA-Z0-9]{15}"), re.compile(r"[a-zA-Z0-9]{15}[A-Za-z0-5]{3}")
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?[Ee]\+\d{1,3}")
_ERROR = re.compile(r"#+|#[A-Z][A-Z0-9/]*[!?]?")
"""What a spreadsheet shows in place of a value: that its column is too narrow, or that a formula failed."""
_KEPT = re.compile(r'="([^"]*)"')
"""Text that was written for spreadsheets to keep as it stands."""
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mrz|Mai|Okt|Dez"
_DATE = re.compile(rf"\d{{1,2}}[-. ]{{1,2}}({_MONTHS})\.?|({_MONTHS})[- ]\d{{2}}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FLOAT = re.compile(r"\d+\.0")
_MOST_STRANGE = 3
_WAY_OUT = (
    "Export the file anew without opening it in a spreadsheet, or format the column as text there; "
    "if these are the ids, say `ids: text` in the mapping, or --ids text."
)


class Identifiers:
    """Reads the ids of one import. `strange`: some that can't be of the system that the mapping is for."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.strange: list[str] = []
        self._doubts: dict[str, Doubt] = {}
        self._floats: dict[str, list[Sample] | None] = {}

    def read(self, text: str) -> str:
        """The id in `text`, which may be empty. Raises `FieldFault`."""
        found = text if text.isascii() and text.isalnum() else _KEPT.sub(r"\1", tidy(text))
        if len(found) > LONGEST_ID:
            raise FieldFault(f"is longer than {LONGEST_ID} characters")
        if self._ids is not Ids.SALESFORCE or not found:
            return found
        if _LONG.fullmatch(found):
            return restored(found)
        if SHORT.fullmatch(found):
            return found + checksum(found)
        if len(self.strange) < _MOST_STRANGE:
            self.strange.append(found)
        return found

    def look(self, place: str, line: int, text: str, *, dated: bool = False) -> None:
        """Notice a spreadsheet's notation in a column that identifies its rows. Raises `FileInDoubt`. `dated`: an ISO
        day is a date that a workbook holds, not text."""
        if self._ids is Ids.TEXT:
            return
        if text.isdecimal():
            self._floats[place] = None
        elif meant := _spoilt(text, dated):
            doubt = self._doubts.setdefault(place, Doubt(place, "the ids look like a spreadsheet's notation", _WAY_OUT))
            doubt.show(Sample(line, text, ("an id as it stands", f"what a spreadsheet {meant}")))
        elif (floats := self._floats.setdefault(place, [])) is not None:
            if _FLOAT.fullmatch(text):
                floats[3:] = [Sample(line, text, (f"the id {text}", f"the id {text[:-2]}, taken for a number"))]
            else:
                self._floats[place] = None

    def settle(self) -> None:
        """At the end of all files. Raises `FileInDoubt`."""
        for doubt in self._doubts.values():
            doubt.settle()
        for place, floats in self._floats.items():
            if floats:
                Doubt(place, "the ids look like a spreadsheet's notation", _WAY_OUT, floats).settle()


def _spoilt(text: str, dated: bool) -> str | None:
    """What a spreadsheet may have made of the id, if it looks like that."""
    if _SCIENTIFIC.fullmatch(text):
        return "made of a long number, the end of which is lost"
    if _DATE.fullmatch(text) or (dated and _DAY.fullmatch(text)):
        return "made of a date"
    return "shows where it can't show a value" if _ERROR.fullmatch(text) else None


def checksum(short: str) -> str:
    """The three characters that make a Salesforce id of 15 one of 18: a bit for each letter, set where it is a capital,
    five bits a character, the first letter lowest."""
    return "".join(
        CHECK_LETTERS[sum(1 << place for place, letter in enumerate(short[at : at + 5]) if letter in ascii_uppercase)]
        for at in (0, 5, 10)
    )


def restored(long: str) -> str:
    """An id of 18 characters with the capitals that its last three tell of, if something made all its letters small or
    all of them capitals. Raises `FieldFault` when they can't be."""
    if checksum(long[:15]) == long[15:].upper():
        return long[:15] + long[15:].upper()
    bits = [CHECK_LETTERS.index(letter) for letter in long[15:].upper()]
    letters = [
        letter.upper() if bits[place // 5] >> place % 5 & 1 else letter.lower()
        for place, letter in enumerate(long[:15])
    ]
    made = "".join(letters)
    if checksum(made) != long[15:].upper() or not (long.isupper() or long.islower()):
        raise FieldFault("is damaged: its last three characters don't belong to the others")
    return made + long[15:].upper()
