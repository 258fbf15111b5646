"""Values of an account as people give them, made what is stored: tidied, in one form, or refused with a way out."""

import re
from decimal import Decimal

import idna

from app.deals.fields import Field, Fields, text
from app.deals.names import tidy
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode

MOST_EMPLOYEES = 100_000_000
LARGEST_REVENUE = Decimal(10) ** 15
REVENUE_DIGITS = 4
FACTS = ("name", "industry", "country", "employees")
"""What conditions see of an account."""

_BEFORE_HOST = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_AFTER_HOST = re.compile(r"[/?#].*", re.DOTALL)
_LONG_NAME = text(100)
_COUNTRY_CODE = re.compile(r"[a-z]{2}", re.IGNORECASE)


def _country(value: str, name: str) -> str | Refused | None:
    found = _LONG_NAME(value, name)
    return found.upper() if isinstance(found, str) and _COUNTRY_CODE.fullmatch(found) else found


def _employees(value: int, name: str) -> int | Refused:
    if 0 <= value <= MOST_EMPLOYEES:
        return value
    return refused(ErrorCode.INVALID, f"From 0 to {MOST_EMPLOYEES:,} people.", name)


def _revenue(value: Decimal, name: str) -> Decimal | Refused:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or not 0 <= value < LARGEST_REVENUE or exponent < -REVENUE_DIGITS:
        message = f"At least 0, with up to 15 digits before the point and {REVENUE_DIGITS} after it."
        return refused(ErrorCode.INVALID, message, name)
    return value.copy_abs()


def _domain(value: str, name: str) -> str | Refused | None:
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
        return refused(ErrorCode.INVALID, message, name)
    return spelled


FIELDS: Fields = {
    "name": Field("name", text(200), missing="A customer can't be without a name."),
    "industry": Field("industry", text(120)),
    "country": Field("country", _country),
    "employees": Field("employees", _employees),
    "annual_revenue": Field("annualRevenue", _revenue),
    "domain": Field("domain", _domain),
    "registration_number": Field("registrationNumber", _LONG_NAME),
}
