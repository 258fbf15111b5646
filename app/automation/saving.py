"""Making automations, changing them, and switching them on and off."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.audit import Entry, add
from app.automation import checking, store
from app.automation.definition import Definition, Stored
from app.database import Transaction
from app.deals.editing import within
from app.deals.fields import change, insert
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, outdated, refused
from app.vocabulary import ErrorCode, Role

MOST = 200
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('automations', 7327))"
_COUNT = "SELECT count(*) AS n FROM automation WHERE removed_at IS NULL"
_PLAYBOOK = "SELECT id FROM playbook WHERE key = $1 LIMIT 1"
_STANDS = """
INSERT INTO user_account (id, organization_id, name, role, active, api_client, created_at)
VALUES ($1, $2, $3, $4, FALSE, TRUE, now())
ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role WHERE user_account.api_client
"""
# Deals of which the log has told nothing yet, such as a demo's, begin to be silent with their last change.
_PULSES = """
INSERT INTO deal_pulse (id, opportunity_id, last_at)
SELECT gen_random_uuid(), o.id, o.updated_at FROM opportunity o
WHERE o.status = 'OPEN' AND NOT EXISTS (SELECT FROM deal_pulse p WHERE p.opportunity_id = o.id)
ON CONFLICT (opportunity_id) DO NOTHING
"""
CALLED = "Automation: "
REMOVED = "The automation was removed."
# A step that is being done comes to its end first.
_LEAVE_OUT = """
WITH waiting AS (
  SELECT s.id, s.run_id FROM automation_step_run s JOIN automation_run r ON r.id = s.run_id
  WHERE r.automation_id = $1 AND s.status = 'WAITING' ORDER BY s.run_id, s.position FOR UPDATE OF s, r
), left_out AS (
  UPDATE automation_step_run s SET status = 'SKIPPED', error = $2, finished_at = clock_timestamp()
  FROM waiting w WHERE s.id = w.id
)
UPDATE automation_run r SET error = $2, finished_at = clock_timestamp(), status = CASE
  WHEN EXISTS (SELECT FROM automation_step_run s WHERE s.run_id = r.id AND s.status = 'DONE') THEN 'DONE'
  ELSE 'SKIPPED' END
WHERE r.id IN (SELECT w.run_id FROM waiting w)
"""


@dataclass(frozen=True, slots=True)
class AutomationSaved:
    automation_id: UUID
    created: bool = False


async def upsert_automation(
    viewer: Viewer,
    definition: Definition,
    *,
    enabled: bool | None = None,
    expected_version: int | None = None,
    tx: Transaction | None = None,
) -> AutomationSaved | Refused:
    """Create or replace the one with this key. Each change is a version, with the rights of who saves it; what has
    begun goes on as it was. What is as it was changes nothing. `enabled`: off for a new one."""
    faults = Faults()
    faults.note(*checking.problems(definition))
    if not faults:
        faults.note(await checking.tried(definition))
    async with within(tx) as own:
        await own.execute(_TURN)
        known = None if faults.at("key") else await store.by_key(own, definition.key, lock=True)
        faults.note(*checking.rights(viewer, definition), *await _place_problems(own, definition))
        if faults:
            return faults.refused()
        if expected_version is not None and expected_version != (known.version if known else 0):
            message = f"The automation is at version {known.version if known else 0} now; read it again and retry."
            if known is None:
                return refused(ErrorCode.CONFLICT, message, "expectedVersion")
            return outdated(known.id, message, "expectedVersion")
        if definition.trigger.days_silent is not None:
            await own.execute(_PULSES)
        if known is None:
            return await _create(own, viewer, definition, enabled=bool(enabled))
        return await _replace(own, viewer, known, definition, known.enabled if enabled is None else enabled)


async def set_enabled(
    viewer: Viewer,
    automation_id: UUID,
    enabled: bool,
    *,
    expected_version: int | None = None,
    tx: Transaction | None = None,
) -> AutomationSaved | Refused:
    """What happened while it was off is none of its business. What has begun goes on, on or off."""
    async with within(tx) as own:
        known = await _there(own, automation_id, expected_version)
        if isinstance(known, Refused):
            return known
        if known.enabled != enabled:
            await change(own, "automation", known.id, _switched(enabled), "updated_at = clock_timestamp()")
            await _audited(
                own, viewer, "AUTOMATION_ENABLED" if enabled else "AUTOMATION_DISABLED", known, known.version
            )
        return AutomationSaved(known.id)


async def remove_automation(
    viewer: Viewer, automation_id: UUID, *, expected_version: int | None = None, tx: Transaction | None = None
) -> AutomationSaved | Refused:
    """It begins nothing any more, and steps that wait for their time are left out, visibly in their runs."""
    async with within(tx) as own:
        known = await _there(own, automation_id, expected_version)
        if isinstance(known, Refused):
            return known
        values = {**_switched(False), "updated_by_id": _person(viewer)}
        await change(own, "automation", known.id, values, "removed_at = now()", "updated_at = clock_timestamp()")
        await own.execute(_LEAVE_OUT, known.id, REMOVED)
        await _audited(own, viewer, "AUTOMATION_REMOVED", known, known.version)
    return AutomationSaved(automation_id)


async def _there(tx: Transaction, automation_id: UUID, expected_version: int | None) -> Stored | Refused:
    """Held until the transaction ends."""
    known = await store.by_id(tx, automation_id, lock=True)
    if known is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such automation.", "automationId")
    if expected_version not in (None, known.version):
        message = f"The automation is at version {known.version} now; read it again and retry."
        return outdated(known.id, message, "expectedVersion")
    return known


async def _place_problems(tx: Transaction, definition: Definition) -> list[Refused]:
    key = definition.playbook_key
    if key is not None and ("\0" in key or await tx.fetchrow(_PLAYBOOK, key) is None):
        return [refused(ErrorCode.NOT_FOUND, "There is no playbook with this key.", "playbookKey")]
    return []


async def _create(
    tx: Transaction, viewer: Viewer, definition: Definition, *, enabled: bool
) -> AutomationSaved | Refused:
    row = await tx.fetchrow(_COUNT)
    if row is not None and row["n"] >= MOST:
        return refused(ErrorCode.INVALID, f"There are {MOST} automations at most: change one that is there.", "key")
    id = new_id()
    await tx.execute(_STANDS, id, viewer.organization_id, CALLED + definition.name, viewer.role.value)
    values = {
        "id": id,
        "key": definition.key,
        "role": viewer.role.value,
        "scopes": _scopes(viewer),
        "updated_by_id": _person(viewer),
        **definition.columns(),
        **_switched(enabled),
    }
    await insert(tx, "automation", values)
    await _audited(tx, viewer, "AUTOMATION_SAVED", Stored(id, 1, enabled, viewer.role, definition, None), 1)
    return AutomationSaved(id, created=True)


async def _replace(
    tx: Transaction, viewer: Viewer, known: Stored, definition: Definition, enabled: bool
) -> AutomationSaved:
    switched = _switched(enabled) if enabled != known.enabled else {}
    if definition == known.definition and viewer.role is known.role and _scopes(viewer) == _sorted(known.scopes):
        if switched:
            await change(tx, "automation", known.id, switched, "updated_at = clock_timestamp()")
            action = "AUTOMATION_ENABLED" if enabled else "AUTOMATION_DISABLED"
            await _audited(tx, viewer, action, known, known.version)
        return AutomationSaved(known.id)
    await tx.execute(_STANDS, known.id, viewer.organization_id, CALLED + definition.name, viewer.role.value)
    # The deals whose time has come are looked through anew from now on, by the new trigger.
    anew = _switched(enabled) if definition.trigger != known.trigger else {}
    values = {
        "role": viewer.role.value,
        "scopes": _scopes(viewer),
        "updated_by_id": _person(viewer),
        **definition.columns(),
        **switched,
        **anew,
    }
    await change(tx, "automation", known.id, values, "version = version + 1", "updated_at = clock_timestamp()")
    await _audited(tx, viewer, "AUTOMATION_SAVED", known, known.version + 1)
    return AutomationSaved(known.id)


def _switched(enabled: bool) -> dict[str, object]:
    now = datetime.now(UTC)
    return {"enabled": enabled, "active_since": now if enabled else None, "looked_until": now, "looked_id": None}


def _scopes(viewer: Viewer) -> list[str] | None:
    return None if viewer.client is None else _sorted(viewer.client.scopes)


def _sorted(scopes: Collection[str] | None) -> list[str] | None:
    return None if scopes is None else sorted(map(str, scopes))


def _person(viewer: Viewer) -> UUID | None:
    return None if viewer.client else viewer.user_id


async def _audited(tx: Transaction, viewer: Viewer, action: str, automation: Stored, version: int) -> None:
    detail = {"key": automation.definition.key, "version": version, "role": Role(viewer.role).value}
    await add(tx, Entry(action, viewer.user_id, f"aut_{automation.id}", detail))
