"""Language tags (BCP 47) and time zones (IANA): which there are, how they are spelled, and in which order a reader's
languages are tried."""

import re
from functools import lru_cache
from zoneinfo import available_timezones

import langcodes

MAX_TAG = 35
TAG = re.compile(r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|[0-9]{3}))?((?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)")
NOT_SPOKEN = re.compile(r"und|mul|mis|zxx|q[a-t][a-z]")
"""Languages that say that there is none, several or an unknown one, and those for private use."""
NO_SCRIPT = re.compile(r"-(?:qa[a-b][a-x]|z[ismxyz][a-z]{2})")
NO_REGION = re.compile(r"-(?:aa|q[m-z]|x[a-jl-z]|zz|uk|eu|un|ez)")
"""Private use, and what the registry of subtags doesn't have: the United Kingdom is GB."""
NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})
"""Names in the time zone database that stand for no zone."""


class NoSuchLanguage(ValueError):
    """It isn't a language tag, or a part of it isn't in the registry."""


class NoSuchTimeZone(ValueError):
    """The time zone database has no zone of this name."""


@lru_cache(maxsize=1_000)
def canonical_language(tag: str) -> str:
    """As it is spelled: `pt-BR` for “PT-br”. Raises `NoSuchLanguage`."""
    found = TAG.fullmatch(tag.lower()) if len(tag) <= MAX_TAG else None
    if found is None:
        raise NoSuchLanguage(tag)
    language, script, region, variants = found.groups()
    refused = NOT_SPOKEN.fullmatch(language), NO_SCRIPT.fullmatch(script or ""), NO_REGION.fullmatch(region or "")
    if any(refused) or not langcodes.tag_is_valid(tag):
        raise NoSuchLanguage(tag)
    return str(language) + (script or "").title() + (region or "").upper() + variants


def canonical_time_zone(name: str) -> str:
    """As it is spelled: `Europe/Berlin` for “europe/berlin”. Raises `NoSuchTimeZone`."""
    found = _time_zones().get(name.lower())
    if found is None:
        raise NoSuchTimeZone(name)
    return found


@lru_cache(maxsize=1)
def _time_zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() - NO_PLACE}


@lru_cache(maxsize=1_000)
def ancestry(tag: str) -> tuple[str, ...]:
    """The tag in small letters, then without its last part, and so on (the lookup of RFC 4647): `de-at`, `de`."""
    parts = tag.lower().split("-")
    return tuple("-".join(parts[:n]) for n in range(len(parts), 0, -1))


@lru_cache(maxsize=1_000)
def anywhere(tag: str) -> str:
    """In small letters, without region and variants; a script stays: `zh-hant` of `zh-Hant-TW`."""
    language, _, rest = tag.lower().partition("-")
    script = rest.split("-")[0]
    return f"{language}-{script}" if len(script) == 4 and script.isalpha() else language


def tried(tag: str) -> tuple[str, ...]:
    """Where a text in a reader's language is looked up among translations: as frames of the query engine do."""
    return tuple(dict.fromkeys((tag.lower(), anywhere(tag))))
