"""Numbers as exports write them, read only where the mapping leaves one reading.

1.234,50   decimal `,`, thousands `.`: groups of exactly three
12,34,567  with `grouping: indian`: three, then twos
8.0E7      a power of ten, as exact as any other number
(500) 500- negative, as accountants write it
$1,250.00  a sign or code that belongs to the row's currency
"""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

from app.deals.money import minor_units
from app.imports.currency_signs import signs_of
from app.imports.faults import Doubtful, FieldFault
from app.imports.mapping import Grouping, Numbers

PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_LONGEST = 40
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "−": "-", "–": "-", "‐": "-", "‑": "-"})
_CODE = re.compile(r"\b[A-Z]{3}\b")
_POWER = re.compile(r"(.+?)[eE]([+-]?[0-9]{1,2})")
_MARK = re.compile(r"[^\d\s.,'()+\-]+(?:\.(?=\s|\d|$))?")
_CONVENTIONS = tuple(
    Numbers(decimal=decimal, thousands=thousands)
    for decimal, thousands in (
        (".", ""),
        (",", ""),
        (".", ","),
        (",", "."),
        (".", "'"),
        (",", "'"),
        (".", " "),
        (",", " "),
    )
)
_BETWEEN = ",.' "

NOT_PLAIN = "is not a plain number"


class NumberReader:
    """Text of a cell → exact number. `numbers` None: the mapping doesn't say how they are written, so that they are
    plain, and a cell which only another convention reads puts the file in doubt."""

    def __init__(self, numbers: Numbers | None) -> None:
        self._stated = numbers is not None
        self._numbers = numbers or Numbers()
        self._shape = _shape(self._numbers)
        self._between_unsaid = numbers is not None and "thousands" not in numbers.model_fields_set

    def read(self, text: str, currency: str | None = None) -> Decimal:
        """Raises `FieldFault`, among them `Doubtful`."""
        if self._numbers.decimal == "." and PLAIN.fullmatch(text) and len(text) <= _LONGEST:
            return Decimal(text)
        unsigned, negative = _unsigned(_simple(text))
        bare = _unmarked(unsigned, currency)
        if bare != unsigned and not negative:  # the sign stood behind the currency's
            bare, negative = _unsigned(bare)
        value = _number(bare, self._shape, self._numbers)
        if value is None and self._between_unsaid:
            value = _grouped(bare, self._numbers.decimal)
        if value is None:
            raise self._fault(bare)
        return -value if negative else value

    def _fault(self, bare: str) -> FieldFault:
        sign = self._numbers.thousands
        if self._stated:
            why = f": “{sign}” stands between groups of three" if sign and sign in bare else ""
            return FieldFault(NOT_PLAIN + why)
        read = ((convention, _number(bare, _shape(convention), convention)) for convention in _CONVENTIONS)
        others = sorted({f"{value:f} if decimals stand after “{c.decimal}”" for c, value in read if value is not None})
        if not others:
            return FieldFault(NOT_PLAIN)
        return Doubtful(
            NOT_PLAIN,
            doubt="numbers are not written plainly, and nothing says how",
            readings=tuple(others),
            way_out='Say how with --decimal and --thousands, or `numbers: {decimal: ",", thousands: "."}` in the '
            "mapping.",
        )


def _grouped(bare: str, decimal: str) -> Decimal | None:
    """Where the decimal sign alone is stated: other signs can only stand between thousands, if two groups or the
    decimals behind them show that they do."""
    for sign in _BETWEEN.replace(decimal, ""):
        if sign in bare and (bare.count(sign) > 1 or decimal in bare):
            convention = Numbers(decimal=decimal, thousands=sign)
            value = _number(bare, _shape(convention), convention)
            if value is not None:
                return value
    return None


def code_in(text: str) -> str | None:
    """The currency that an amount names itself, by its code or the one sign that only one currency has."""
    if "€" in text:
        return "EUR"
    code = _CODE.search(text)
    return code[0] if code and minor_units(code[0]) is not None else None


def _simple(text: str) -> str:
    """One sign for all that look like it. Raises `FieldFault` for digits of other scripts."""
    plain = unicodedata.normalize("NFKC", text).translate(_QUOTES).strip()
    if len(plain) > _LONGEST:
        raise FieldFault("is not a plain number: it is too long")
    if any(c.isdigit() and not c.isascii() for c in plain):
        raise FieldFault("is not a plain number: it has other digits than 0 to 9")
    return plain


def _unmarked(text: str, currency: str | None) -> str:
    """Without a currency's sign or code at either end. Raises `FieldFault` when it is another currency's."""
    for found in (_MARK.match(text), _MARK.search(text, _last_mark(text))):
        if found is None or _POWER.fullmatch(text.replace(" ", "")):
            continue
        mark = found[0].strip().rstrip(".").casefold()
        rest = f"{text[: found.start()]} {text[found.end() :]}".strip()
        if not rest or not any(c.isdigit() for c in rest):
            continue
        if currency is None:
            raise FieldFault(f"is not a plain number: “{found[0]}” stands in it")
        if mark not in signs_of(currency):
            known = minor_units(mark.upper()) is not None or any(unicodedata.category(c) == "Sc" for c in mark)
            what = f"“{found[0]}” is not a sign of {currency}" if known else f"“{found[0]}” stands in it"
            raise FieldFault(f"is not a plain number: {what}")
        return rest
    return text


def _last_mark(text: str) -> int:
    place = len(text)
    while place and not text[place - 1].isdigit():
        place -= 1
    return place


def _unsigned(text: str) -> tuple[str, bool]:
    """(text without its sign, whether it is negative)."""
    bare = text.strip()
    if bare.startswith("(") and bare.endswith(")"):
        return bare[1:-1].strip(), True
    for sign, negative in (("-", True), ("+", False)):
        if bare.startswith(sign):
            return bare[1:].strip(), negative
    return (bare[:-1].strip(), True) if bare.endswith("-") else (bare, False)


def _number(bare: str, shape: Callable[[str], re.Match[str] | None], numbers: Numbers) -> Decimal | None:
    power = _POWER.fullmatch(bare)
    mantissa, exponent = (power[1], int(power[2])) if power else (bare, 0)
    if not shape(mantissa):
        return None
    digits = mantissa.replace(numbers.thousands, "") if numbers.thousands else mantissa
    return Decimal(digits.replace(numbers.decimal, ".")).scaleb(exponent)


def _shape(numbers: Numbers) -> Callable[[str], re.Match[str] | None]:
    fraction = rf"(?:{re.escape(numbers.decimal)}\d+)?"
    whole = r"\d+"
    if numbers.thousands:
        sign = re.escape(numbers.thousands)
        later = rf"(?:{sign}\d{{2}})*{sign}\d{{3}}" if numbers.grouping is Grouping.INDIAN else rf"(?:{sign}\d{{3}})+"
        first = r"\d{1,2}" if numbers.grouping is Grouping.INDIAN else r"\d{1,3}"
        whole = rf"(?:\d+|{first}{later})"
    return re.compile(rf"{whole}{fraction}|{re.escape(numbers.decimal)}\d+", re.ASCII).fullmatch
