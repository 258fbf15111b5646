"""Internet domains as evidence of a company: the part that was registered, and which of them say nothing."""

import re
from functools import lru_cache
from typing import NamedTuple

from idna import IDNAError, encode

from app.company_names.lists import words

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_SECOND = words("second_level_labels")
"""Labels under which countries have companies register, as in `co.uk`."""
SHARED = words("shared_domains")
"""Mail, pages and shops for everybody."""


class Domain(NamedTuple):
    registered: str
    """As `nordwind.co.uk`, in ASCII."""
    label: str
    """As `nordwind`."""


@lru_cache(maxsize=20_000)
def domain_of(text: str | None) -> Domain | None:
    """Of a domain, an address of the web or of mail. None where there is none, or where it belongs to everybody."""
    host = _SCHEME.sub("", (text or "").strip().casefold()).split("/")[0].split("?")[0].rpartition("@")[2]
    host = host.split(":")[0].strip(".")
    if "." not in host:
        return None
    try:
        ascii_host = host if host.isascii() else encode(host, uts46=True).decode()
    except IDNAError:
        return None
    labels = [label for label in ascii_host.split(".") if label]
    if len(labels) < 2 or labels[-1].isdigit():
        return None
    below = (len(labels[-1]) == 2 and labels[-2] in _SECOND) or labels[-2] == "example"
    size = 3 if len(labels) > 2 and below else 2
    registered = ".".join(labels[-size:])
    if registered in SHARED or ".".join(labels[-3:]) in SHARED:
        return None
    return Domain(registered, labels[-size])
