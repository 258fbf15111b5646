"""E-mail addresses: which are ones, and which of them are the same."""

import re
import unicodedata

LONGEST = 254
"""As RFC 5321 has it."""

_LABEL = r"[^\W_](?:[^\W_]|-(?!\.|$))*"
_ADDRESS = re.compile(rf"[\w!#$%&'*+/=?^`{{|}}~.-]+@{_LABEL}(?:\.{_LABEL})*")


def is_address(text: str) -> bool:
    """`text` as it stands: no blanks around it, no name beside it, no quoted local part."""
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None


def address_key(address: str) -> str:
    """The same for addresses that a person takes for one: they differ in case, or in how Unicode spells a letter."""
    return unicodedata.normalize("NFC", address.strip()).casefold()


def same_mailbox(one: str, other: str) -> bool:
    """Whether the addresses differ in the case of ASCII letters at most: nothing else may let anybody in, since letters
    that fold alike (`K` and the Kelvin sign) may be two mailboxes."""
    return _lowered(one) == _lowered(other)


def _lowered(address: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in address.strip())
