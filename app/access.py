"""Access as settings write it, a role and perhaps a partner: `CHANNEL_MANAGER`, `PARTNER_SELLER@alpine-it`."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from app.vocabulary import Role

_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_OF_PARTNERS = frozenset({Role.PARTNER_MANAGER, Role.PARTNER_SELLER})
_STRENGTH = (Role.VENDOR_ADMIN, Role.CHANNEL_MANAGER, Role.PARTNER_MANAGER, Role.PARTNER_SELLER)


class NoSuchAccess(ValueError):
    """What is written is no access; the message says what would be."""


class Grant(NamedTuple):
    """`partner`: its key; None for the vendor's people."""

    role: Role
    partner: str | None = None

    def __str__(self) -> str:
        return self.role if self.partner is None else f"{self.role}@{self.partner}"


def read_access(text: str) -> Grant:
    """Raises `NoSuchAccess`."""
    role, sign, partner = text.strip().partition("@")
    return _grant(role, partner if sign else None, text)


def access_by_name(name: str, prefix: str) -> Grant | None:
    """What a group gives by its name, `PREFIX:ROLE:PARTNER`, in whatever case; None: nothing. No name gives a role at
    the vendor: in many directories whoever makes a group names it."""
    given, *parts = (part.strip() for part in name.split(":"))
    if not prefix or given.casefold() != prefix.casefold() or len(parts) != 2:
        return None
    try:
        return _grant(parts[0], parts[1].lower(), name)
    except NoSuchAccess:
        return None


def granted(groups: Iterable[str], mapping: Mapping[str, str], prefix: str) -> Grant | None:
    """What the strongest of these groups gives; None: none of them gives anything. Names count without their case."""
    mapped = {name.casefold(): access for name, access in mapping.items()}
    found = [
        read_access(access) if (access := mapped.get(name.casefold())) else access_by_name(name, prefix)
        for name in groups
    ]
    return strongest([grant for grant in found if grant is not None])


def access_said(role: object, partner: object) -> Grant | None:
    """What two claims say together; None where they make no sense."""
    try:
        return _grant(str(role), str(partner).lower() if isinstance(partner, str) and partner else None, str(role))
    except NoSuchAccess:
        return None


def strongest(grants: list[Grant]) -> Grant | None:
    """The role that may most; of equal ones, that at the partner whose key comes first."""
    return min(grants, key=lambda grant: (_STRENGTH.index(grant.role), grant.partner or ""), default=None)


def _grant(role: str, partner: str | None, text: str) -> Grant:
    spelt = role.strip().upper().replace("-", "_").replace(" ", "_")
    if spelt not in Role.__members__:
        raise NoSuchAccess(f"“{text}” has no role of {', '.join(Role)}")
    found = Role(spelt)
    if (partner is not None) is not (found in _OF_PARTNERS):
        raise NoSuchAccess(f"“{text}” has to be like {Role.CHANNEL_MANAGER}, or {Role.PARTNER_SELLER}@KEY-OF-PARTNER")
    if partner is not None and not _KEY.fullmatch(partner):
        raise NoSuchAccess(f"“{text}” has no partner's key behind the @")
    return Grant(found, partner)
