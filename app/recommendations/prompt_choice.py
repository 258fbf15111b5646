"""Which version of the prompt a playbook's deals are asked about with."""

from datetime import UTC, datetime

from app import audit
from app.database import transaction
from app.events.log import Reader
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Refused, refused
from app.settings import settings
from app.vocabulary import ErrorCode, Permission
from guidance.prompts import versions

_CHOSEN = "SELECT prompt_version FROM playbook_prompt WHERE playbook_key = $1"
_ALL = "SELECT playbook_key, prompt_version FROM playbook_prompt ORDER BY playbook_key"
_KNOWN = "SELECT id FROM playbook WHERE key = $1 ORDER BY version DESC LIMIT 1"
_CHOOSE = """
INSERT INTO playbook_prompt (id, playbook_key, prompt_version, updated_at, updated_by_id) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (playbook_key) DO UPDATE
SET prompt_version = excluded.prompt_version, updated_at = excluded.updated_at, updated_by_id = excluded.updated_by_id
"""
_FORGET = "DELETE FROM playbook_prompt WHERE playbook_key = $1"


async def prompt_version_for(db: Reader, playbook_key: str) -> str:
    """The playbook's own choice, in all its versions, if the version is still there; else the setting's."""
    row = await db.fetchrow(_CHOSEN, playbook_key)
    return row["prompt_version"] if row and row["prompt_version"] in versions() else settings().llm_prompt_version


async def chosen(db: Reader) -> dict[str, str]:
    """By playbook key."""
    return {row["playbook_key"]: row["prompt_version"] for row in await db.fetch(_ALL)}


async def choose(viewer: Viewer, playbook_key: str, version: str | None) -> str | Refused:
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
        if version is None:
            await tx.execute(_FORGET, playbook_key)
        else:
            await tx.execute(_CHOOSE, new_id(), playbook_key, version, datetime.now(UTC), viewer.user_id)
        detail = {"playbookKey": playbook_key, "promptVersion": version}
        await audit.add(tx, audit.Entry("PROMPT_CHOSEN", viewer.user_id, f"pbk_{named['id']}", detail))
    return playbook_key
