"""Values of a contact as people give them and exports have them, made what is stored."""

import re
from collections.abc import Mapping
from typing import Any

from app.deals.fields import Field, Fields, text
from app.deals.names import tidy
from app.languages import NoSuchLanguage, canonical_language
from app.members.addresses import LONGEST, address_key, is_address
from app.outcomes import Refused, refused
from app.vocabulary import BuyingRole, ErrorCode

LONGEST_NAME = 200
LONGEST_PHONE = 50
_PHONE = re.compile(r"[\d+()/.\- ]+(?:\s*(?:ext\.?|x|#|;)\s*\d{1,10})?", re.IGNORECASE)
_FEWEST_DIGITS = 3


def is_phone(value: str) -> bool:
    """A number as people write it: digits, signs between them, an extension."""
    return len(value) <= LONGEST_PHONE and _PHONE.fullmatch(value) is not None and digits(value) >= _FEWEST_DIGITS


def digits(value: str) -> int:
    return sum(sign.isdecimal() for sign in value)


def _email(value: str, name: str) -> str | Refused | None:
    address = value.strip()
    if not address or is_address(address):
        return address or None
    message = f"This is no e-mail address: like name@example.com, up to {LONGEST} characters."
    return refused(ErrorCode.INVALID, message, name)


def _phone(value: str, name: str) -> str | Refused | None:
    number = tidy(value) if "\0" not in value else value
    if not number or is_phone(number):
        return number or None
    message = f"This is no telephone number: like +49 30 123456, up to {LONGEST_PHONE} characters."
    return refused(ErrorCode.INVALID, message, name)


def _language(value: str, name: str) -> str | Refused | None:
    try:
        return canonical_language(value.strip()) if value.strip() else None
    except NoSuchLanguage:
        return refused(ErrorCode.INVALID, "A BCP 47 tag, please: `de`, `pt-BR`.", name)


def _role(value: BuyingRole, _: str) -> str:
    return value.value


FIELDS: Fields = {
    "name": Field("name", text(LONGEST_NAME), missing="A person can't be without a name."),
    "title": Field("title", text(LONGEST_NAME)),
    "email": Field("email", _email),
    "phone": Field("phone", _phone),
    "language": Field("language", _language),
    "buying_role": Field("buyingRole", _role),
}


def keyed(values: Mapping[str, Any]) -> dict[str, Any]:
    """With what an address is found again by."""
    if "email" not in values:
        return dict(values)
    return {**values, "email_key": None if values["email"] is None else address_key(values["email"])}
