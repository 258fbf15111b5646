"""URLs that are called, read by a grammar of ours: what it doesn't know is refused, so that no two readers can differ.

A host is a name of letters, digits and hyphens, of two labels at least (international names become ASCII), an IPv4
address in four decimal numbers, or an IPv6 address in brackets.
"""

import re
from dataclasses import dataclass

import idna

from app.outgoing.addresses import may_be_reached, read_address
from app.outgoing.rules import HTTP_PORT, HTTPS_PORT, Rules

LONGEST_URL = 2_000
"""In characters."""

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]{2,45}\]|[^\s/?#@:\\\[\]%]{1,253})(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<target>(?:/[!$&-;=@-Z_a-z~%]*)?(?:\?[!$&-;=?@-Z_a-z~%]*)?)",
    re.IGNORECASE | re.ASCII,
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


class BadUrl(Exception):
    """It is not called; the message says why, and what would do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Target:
    """`host`: in ASCII, an IPv6 address without its brackets. `path`: with the query, percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """As the header `Host` has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (HTTPS_PORT if self.scheme == "https" else HTTP_PORT) else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def read_url(text: str, rules: Rules) -> Target:
    """Raises `BadUrl`. Says nothing of what a name stands for: that is looked up when it is called."""
    if len(text) > LONGEST_URL:
        raise BadUrl(f"A URL has at most {LONGEST_URL:,} characters; this one has {len(text):,}.")
    found = _URL.fullmatch(text)
    if found is None:
        raise BadUrl("Must be a URL such as https://example.com/hooks, without a user name, a fragment or spaces.")
    scheme = found["scheme"].lower()
    if scheme == "http" and not rules.plain:
        raise BadUrl("Must begin with https://.")
    port = int(found["port"]) if found["port"] else HTTPS_PORT if scheme == "https" else HTTP_PORT
    if port not in rules.ports:
        listed = ", ".join(map(str, sorted(rules.ports)))
        raise BadUrl(f"Port {port} is not called from here; the ports that are: {listed}.")
    path = found["target"]
    return Target(scheme, _host(found["host"], rules), port, path if path.startswith("/") else f"/{path}")


def _host(written: str, rules: Rules) -> str:
    address = read_address(written.strip("[]"))
    if address is not None:
        if (address.version == 6) is not written.startswith("[") or not may_be_reached(address, rules.networks):
            raise BadUrl("This address is none of the public internet; name a server that is.")
        return str(address)
    labels = _ascii(written).removesuffix(".").split(".")
    if len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)):
        raise BadUrl("Must name a server by its full domain name, such as hooks.example.com.")
    if _NUMBER.fullmatch(labels[-1]):
        raise BadUrl("An address has to be written as four decimal numbers; a domain name doesn't end in a number.")
    return ".".join(labels)


def _ascii(name: str) -> str:
    if name.isascii():
        return name.lower()
    try:
        return idna.encode(name, uts46=True, transitional=False).decode()
    except idna.IDNAError:
        raise BadUrl("This is no domain name.") from None
