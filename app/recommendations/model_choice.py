"""The choice of prompt version and wording for a playbook's deals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app import audit
from app.database import transaction
from app.events.log import Reader
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Refused, refused
from app.settings import settings
from app.vocabulary import ErrorCode, Permission
from guidance.prompts import versions
from guidance.wording import Wording

_CHOSEN = "SELECT prompt_version, wording FROM playbook_prompt WHERE playbook_key = $1"
_ALL = "SELECT playbook_key, prompt_version, wording FROM playbook_prompt ORDER BY playbook_key"
_KNOWN = "SELECT id FROM playbook WHERE key = $1 ORDER BY version DESC LIMIT 1"
_CHOOSE = """
INSERT INTO playbook_prompt (id, playbook_key, prompt_version, wording, updated_at, updated_by_id)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (playbook_key) DO UPDATE
SET prompt_version = excluded.prompt_version, wording = excluded.wording, updated_at = excluded.updated_at,
  updated_by_id = excluded.updated_by_id
"""
_FORGET = "DELETE FROM playbook_prompt WHERE playbook_key = $1"


@dataclass(frozen=True, slots=True)
class Choice:
    prompt_version: str
    wording: Wording


@dataclass(frozen=True, slots=True)
class PlaybookChoice:
    """None: as the settings say."""

    prompt_version: str | None
    wording: Wording | None


async def choice_for(db: Reader, playbook_key: str) -> Choice:
    """The playbook's own choice, in all its versions, if its prompt is still there; else the settings'."""
    row = await db.fetchrow(_CHOSEN, playbook_key)
    own = _choice(row) if row else PlaybookChoice(None, None)
    version = own.prompt_version if own.prompt_version in versions() else None
    return Choice(version or settings().llm_prompt_version, own.wording or settings().llm_wording)


async def chosen(db: Reader) -> dict[str, PlaybookChoice]:
    """By playbook key."""
    return {row["playbook_key"]: _choice(row) for row in await db.fetch(_ALL)}


def _choice(row: Mapping[str, Any]) -> PlaybookChoice:
    return PlaybookChoice(row["prompt_version"], row["wording"] and Wording(row["wording"]))


async def choose(viewer: Viewer, playbook_key: str, version: str | None, wording: Wording | None) -> str | Refused:
    """The playbook's key. None: as the setting says. What was worded before stays until its deal changes."""
    if not viewer.may(Permission.MANAGE_PLAYBOOKS):
        return refused(ErrorCode.FORBIDDEN, "Only the vendor's channel team chooses prompts; ask them for the change.")
    if version is not None and version not in versions():
        known = ", ".join(versions())
        return refused(ErrorCode.INVALID, f"There is no prompt “{version[:40]}”; there is {known}.", "promptVersion")
    async with transaction() as tx:
        named = None if "\0" in playbook_key else await tx.fetchrow(_KNOWN, playbook_key)
        if named is None:
            return refused(ErrorCode.NOT_FOUND, "There is no playbook with this key.", "playbookKey")
        if version is None and wording is None:
            await tx.execute(_FORGET, playbook_key)
        else:
            at, by = datetime.now(UTC), viewer.user_id
            await tx.execute(_CHOOSE, new_id(), playbook_key, version, wording and wording.value, at, by)
        detail = {"playbookKey": playbook_key, "promptVersion": version, "wording": wording and wording.value}
        await audit.add(tx, audit.Entry("PROMPT_CHOSEN", viewer.user_id, f"pbk_{named['id']}", detail))
    return playbook_key
