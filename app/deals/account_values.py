"""Values of an account as people give them, made what is stored: tidied, in one form, or refused with a way out."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import idna

from app.deals.fields import text_problem
from app.deals.names import tidy
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode

LONGEST = {"name": 200, "industry": 120, "country": 100, "registration_number": 100}
MOST_EMPLOYEES = 100_000_000
LARGEST_REVENUE = Decimal(10) ** 15
REVENUE_DIGITS = 4
FIELDS = {
    "name": "name",
    "industry": "industry",
    "country": "country",
    "employees": "employees",
    "annual_revenue": "annualRevenue",
    "domain": "domain",
    "registration_number": "registrationNumber",
}
"""Columns that may change, by the API's names of their fields."""

FACTS = ("name", "industry", "country", "employees")
"""What conditions see of an account."""

_BEFORE_HOST = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_AFTER_HOST = re.compile(r"[/?#].*", re.DOTALL)
_COUNTRY_CODE = re.compile(r"[a-z]{2}", re.IGNORECASE)


def checked(changes: Mapping[str, Any]) -> dict[str, Any] | Refused:
    """`changes` by column, each as it is stored; blank texts are empty. Everything but the name may be."""
    stored: dict[str, Any] = {}
    faults = Faults()
    for column, value in changes.items():
        stored[column] = None if value is None else _READERS[column](value, column)
        faults.note(stored[column])
        if column == "name" and not stored[column]:
            faults.note(refused(ErrorCode.INVALID, "A customer can't be without a name.", "name"))
    return faults.refusal() or stored


def _text(value: str, column: str) -> str | Refused | None:
    tidied = tidy(value) if "\0" not in value else value
    return text_problem(tidied, LONGEST[column], FIELDS[column]) or tidied or None


def _country(value: str, column: str) -> str | Refused | None:
    found = _text(value, column)
    return found.upper() if isinstance(found, str) and _COUNTRY_CODE.fullmatch(found) else found


def _employees(value: int, column: str) -> int | Refused:
    if 0 <= value <= MOST_EMPLOYEES:
        return value
    return refused(ErrorCode.INVALID, f"From 0 to {MOST_EMPLOYEES:,} people.", FIELDS[column])


def _revenue(value: Decimal, column: str) -> Decimal | Refused:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or not 0 <= value < LARGEST_REVENUE or exponent < -REVENUE_DIGITS:
        message = f"At least 0, with up to 15 digits before the point and {REVENUE_DIGITS} after it."
        return refused(ErrorCode.INVALID, message, FIELDS[column])
    return value.copy_abs()


def _domain(value: str, column: str) -> str | Refused | None:
    """`https://www.Müller.de/kontakt` is `müller.de`: a domain by which the same company is found again."""
    host = _AFTER_HOST.sub("", _BEFORE_HOST.sub("", tidy(value.replace("\0", "")))).rpartition("@")[2]
    host = host.partition(":")[0].rstrip(".").casefold().removeprefix("www.")
    if not host and not value.strip():
        return None
    try:
        spelled = idna.decode(idna.encode(host, uts46=True))
    except (idna.IDNAError, UnicodeError):
        spelled = ""
    if "." not in spelled or spelled.rpartition(".")[2].isdigit() or "\0" in value:
        message = "This is no domain: write it like “example.com”, without what stands before or after it."
        return refused(ErrorCode.INVALID, message, FIELDS[column])
    return spelled


_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "name": _text,
    "industry": _text,
    "country": _country,
    "registration_number": _text,
    "employees": _employees,
    "annual_revenue": _revenue,
    "domain": _domain,
}
