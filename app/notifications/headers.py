"""Header fields of mails as they go over the wire (RFC 5322). Ids and links are written whole, never folded or encoded.
What people have written becomes one line or encoded words (RFC 2047), and is never read as such words itself."""

import re
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.utils import formataddr

from app.notifications.words import one_line

LONGEST_LINE, LONGEST_WORD, LONGEST_ADDRESS = 998, 75, 254
_VALUE = re.compile(r"[!-~][ -~]*(\r\n [!-~][ -~]*)*")


class BadAddress(Exception):
    """No mail can be sent to this address."""


class BadField(Exception):
    """The value would be another field, or isn't ASCII, or a line of it is too long."""


def field(name: str, value: str) -> bytes:
    """Raises `BadField`."""
    written = f"{name}: {value}"
    if not _VALUE.fullmatch(value) or any(len(line) > LONGEST_LINE for line in written.split("\r\n")):
        raise BadField(name)
    return f"{written}\r\n".encode("ascii")


def plain(text: str, longest: int) -> str:
    """One line, with nothing in it that a reader's program would take for an encoded word."""
    return one_line(text).replace("=?", "= ?")[:longest].strip()


def written(field_name: str, said: str) -> str:
    """`said`, of `plain`, as the field's value."""
    if said.isascii():
        return said or "-"
    return Header(said, "utf-8", maxlinelen=LONGEST_WORD, header_name=field_name).encode(linesep="\r\n")


def mailbox(field_name: str, name: str, address: str) -> str:
    """Raises `BadAddress`. `name`, of `plain`, is quoted or encoded."""
    if not is_address(address):
        raise BadAddress(address)
    if name.isascii():
        return formataddr((name, address))
    return f"{written(field_name, name)} <{address}>"


def is_address(address: str) -> bool:
    """Nothing but one address, in ASCII."""
    odd = ("=?", *' <>,;:"\\()[]')
    if len(address) > LONGEST_ADDRESS or not address.isascii() or not address.isprintable():
        return False
    if any(one in address for one in odd):
        return False
    try:
        return bool(Address(addr_spec=address).domain)
    except (MessageError, ValueError, IndexError):
        return False
