"""The language and the time zone that people set for themselves."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app import audit
from app.database import transaction
from app.database.sql import joined, sql
from app.identity.users import forget
from app.identity.viewer import Viewer
from app.languages import NoSuchLanguage, NoSuchTimeZone, canonical_language, canonical_time_zone
from app.outcomes import Refused, UserError, refused
from app.vocabulary import ErrorCode

MAX_ZONE = 64


@dataclass(frozen=True, slots=True)
class PreferencesSaved:
    user_id: UUID
    language: str


def language_of(given: str) -> str | UserError:
    """As it is spelled, or what to tell who gave it. For every place that takes a user's language."""
    try:
        return canonical_language(given.strip())
    except NoSuchLanguage:
        message = "This isn't a language tag (BCP 47): write it like “en”, “de-AT” or “pt-BR”."
        return UserError(ErrorCode.INVALID, message, ("language",))


def time_zone_of(given: str) -> str | UserError:
    """As it is spelled, or what to tell who gave it. For every place that takes a user's time zone."""
    try:
        return canonical_time_zone(given.strip()[: MAX_ZONE + 1])
    except NoSuchTimeZone:
        message = "There is no such time zone: name one as IANA does, like “Europe/Berlin” or “America/New_York”."
        return UserError(ErrorCode.INVALID, message, ("timeZone",))


async def set_preferences(viewer: Viewer, given: dict[str, str | None]) -> PreferencesSaved | Refused:
    """`given` holds `language`, `time_zone` or both; a time zone of None takes it back. What is left out stays."""
    checked: dict[str, Any] = {}
    if (language := given.get("language")) is not None:
        checked["language"] = language_of(language)
    elif "language" in given:
        return refused(ErrorCode.INVALID, "Name a language; leave it out to keep the one you have.", "language")
    if "time_zone" in given:
        zone = given["time_zone"]
        checked["time_zone"] = None if zone is None else time_zone_of(zone)
    if wrong := tuple(value for value in checked.values() if isinstance(value, UserError)):
        return Refused(wrong)
    if checked:
        await _store(viewer, checked)
    return PreferencesSaved(viewer.user_id, checked.get("language", viewer.language))


async def _store(viewer: Viewer, values: dict[str, str | None]) -> None:
    same = joined(" AND ", (sql(f"{name} IS NOT DISTINCT FROM {{}}::text", value) for name, value in values.items()))
    terms = joined(", ", (sql(f"{name} = {{}}", value) for name, value in values.items()))
    statement = sql(
        "UPDATE user_account SET {} WHERE id = {} AND NOT ({}) RETURNING id", terms, viewer.user_id, same
    ).statement()
    async with transaction() as tx:
        if await tx.fetchrow(statement.text, *statement.arguments({})) is not None:
            entry = audit.Entry("PREFERENCES_CHANGED", viewer.user_id, f"usr_{viewer.user_id}", {"fields": [*values]})
            await audit.add(tx, entry)
    forget(viewer.user_id)
