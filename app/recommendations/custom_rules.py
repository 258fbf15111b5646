"""Rules of guidance that administrators write for a stage, by the keys of playbook and stage."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app import audit
from app.database import Transaction, database, transaction
from app.events.log import Reader
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, UserError, refused
from app.playbooks.spec import KEBAB_CASE
from app.vocabulary import ErrorCode, Permission
from expressions import trial
from guidance.actions import ActionKind, Urgency
from guidance.rules.custom import CustomRule, check, sample_variables
from guidance.rules.custom_syntax import LANGUAGE, condition_of

_DATABASES = 8

_IN_FORCE = """
SELECT key, playbook_key, stage_key, condition, title, rationale, kind, weight, urgency, effort_minutes, content_keys
FROM guidance_rule WHERE NOT removed ORDER BY playbook_key, key
"""

Rules = Mapping[tuple[str, str], Sequence[CustomRule]]
"""By playbook key and stage key."""

_kept: dict[str, tuple[datetime | None, Rules]] = {}


async def rules_in_force(db: Reader, changed_at: datetime | None) -> Rules:
    """`changed_at` is when any rule last changed: no statement while it stays the same."""
    source = database().url
    known_at, known = _kept.get(source, (None, {}))
    if known_at == changed_at:
        return known
    found = await _read(db)
    while len(_kept) >= _DATABASES:
        _kept.pop(next(iter(_kept)))
    _kept[source] = (changed_at, found)
    return found


async def _read(db: Reader) -> Rules:
    found: dict[tuple[str, str], list[CustomRule]] = defaultdict(list)
    for row in await db.fetch(_IN_FORCE):
        found[row["playbook_key"], row["stage_key"]].append(rule_of(row))
    return found


def rule_of(row: Mapping[str, Any]) -> CustomRule:
    return CustomRule(
        id=row["key"],
        condition=row["condition"],
        title=row["title"],
        rationale=row["rationale"],
        kind=ActionKind(row["kind"]),
        weight=row["weight"],
        urgency=Urgency(row["urgency"]),
        effort_minutes=row["effort_minutes"],
        playbook_key=row["playbook_key"],
        stage_key=row["stage_key"],
        content_ids=tuple(row["content_keys"]),
    )


LONGEST_KEY = 80
MOST_OF_A_STAGE = 50
"""Each is asked whenever a deal of the stage is looked at."""
PATHS = {"effort_minutes": "effortMinutes"}
_STAGE = """
SELECT bool_or(s.id IS NOT NULL) AS has_stage, array_agg(DISTINCT s2.key) AS keys,
  (SELECT count(*) FROM guidance_rule r
   WHERE r.playbook_key = $1 AND r.stage_key = $2 AND r.key <> $3 AND NOT r.removed) AS others
FROM playbook p
LEFT JOIN stage s ON s.playbook_id = p.id AND s.key = $2 AND s.kind = 'OPEN'
LEFT JOIN stage s2 ON s2.playbook_id = p.id AND s2.kind = 'OPEN'
WHERE p.key = $1 AND p.status <> 'ARCHIVED' GROUP BY p.key
"""
_UNKNOWN_CONTENTS = """
SELECT k FROM unnest($1::text[]) AS k WHERE NOT EXISTS (SELECT FROM content c WHERE c.key = k AND NOT c.archived)
"""
_COLUMNS = "stage_key, condition, title, rationale, kind, weight, urgency, effort_minutes, content_keys"
# Whoever reads the newest change must not miss an older one that commits later: rules are written one after another.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock($1)"
_LOCK = 0x57A6E9AC
_UPSERT = f"""
INSERT INTO guidance_rule (id, playbook_key, key, {_COLUMNS}, created_at, updated_at, updated_by_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, clock_timestamp(), clock_timestamp(), $13)
ON CONFLICT (playbook_key, key) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", "))}, removed = FALSE,
  updated_at = clock_timestamp(), updated_by_id = excluded.updated_by_id
RETURNING id
"""  # noqa: S608 (the texts are constants)
_REMOVE = """
UPDATE guidance_rule SET removed = TRUE, updated_at = clock_timestamp(), updated_by_id = $2
WHERE id = $1 AND NOT removed RETURNING playbook_key, key
"""


@dataclass(frozen=True, slots=True)
class RuleSaved:
    rule_id: UUID


async def upsert_rule(viewer: Viewer, rule: CustomRule) -> RuleSaved | Refused:
    """Create or replace the rule with this key (`rule.id`) of its playbook. It applies to its stage in all versions."""
    if not viewer.may(Permission.MANAGE_PLAYBOOKS):
        return refused(ErrorCode.FORBIDDEN, "Only the vendor's channel team writes rules; ask them for the change.")
    faults = Faults(*_faults(rule))
    if not faults:
        faults.note(await _trial(rule))
    async with transaction() as tx:
        await tx.execute(_ONE_AT_A_TIME, _LOCK)
        faults.note(*await _misplaced(tx, rule))
        if faults:
            return faults.refused()
        row = await tx.fetchrow(
            _UPSERT,
            new_id(),
            rule.playbook_key,
            rule.id,
            rule.stage_key,
            rule.condition,
            rule.title,
            rule.rationale,
            rule.kind.value,
            rule.weight,
            rule.urgency.value,
            rule.effort_minutes,
            list(rule.content_ids),
            viewer.user_id,
        )
        assert row is not None
        await _audited(tx, viewer, row["id"], "GUIDANCE_RULE_SAVED", rule.playbook_key, rule.id)
        return RuleSaved(row["id"])


async def remove_rule(viewer: Viewer, rule_id: UUID) -> RuleSaved | Refused:
    """What it has proposed expires when the deals are looked at next."""
    if not viewer.may(Permission.MANAGE_PLAYBOOKS):
        return refused(ErrorCode.FORBIDDEN, "Only the vendor's channel team writes rules; ask them for the change.")
    async with transaction() as tx:
        await tx.execute(_ONE_AT_A_TIME, _LOCK)
        row = await tx.fetchrow(_REMOVE, rule_id, viewer.user_id)
        if row is None:
            return refused(ErrorCode.NOT_FOUND, "There is no such rule.", "ruleId")
        await _audited(tx, viewer, rule_id, "GUIDANCE_RULE_REMOVED", row["playbook_key"], row["key"])
    return RuleSaved(rule_id)


async def _audited(tx: Transaction, viewer: Viewer, id: UUID, action: str, playbook_key: str | None, key: str) -> None:
    detail = {"playbookKey": playbook_key, "ruleKey": key}
    await audit.add(tx, audit.Entry(action, viewer.user_id, f"rul_{id}", detail))


def _faults(rule: CustomRule) -> tuple[UserError, ...]:
    texts = {"key": rule.id, "condition": rule.condition, "title": rule.title, "rationale": rule.rationale}
    unstorable = [name for name, text in texts.items() if "\0" in text]
    if unstorable:
        return tuple(UserError(ErrorCode.INVALID, "Text can't hold the character NUL.", (name,)) for name in unstorable)
    found = [UserError(ErrorCode.INVALID, p.message, (PATHS.get(p.field, p.field),)) for p in check(rule)]
    if not KEBAB_CASE.issuperset(rule.id) or not all(rule.id.split("-")) or len(rule.id) > LONGEST_KEY:
        message = f"A key is made of lower-case letters, digits and single hyphens, {LONGEST_KEY} characters at most."
        found.insert(0, UserError(ErrorCode.INVALID, message, ("key",)))
    return tuple(found)


async def _trial(rule: CustomRule) -> Refused | None:
    """Of a rule without faults."""
    [complaint] = await trial.tried(LANGUAGE, sample_variables(), [condition_of(rule.condition)])
    return refused(ErrorCode.INVALID, f"The condition can’t be used: {complaint}.", "condition") if complaint else None


async def _misplaced(tx: Transaction, rule: CustomRule) -> list[Refused]:
    sayable = [key for key in rule.content_ids if "\0" not in key]
    unknown = [key for key in rule.content_ids if key not in sayable]
    unknown += [one["k"] for one in await tx.fetch(_UNKNOWN_CONTENTS, sayable)]
    nowhere = [refused(ErrorCode.INVALID, f"There is no content “{unknown[0]}”.", "contentKeys")] if unknown else []
    return [*await _stage_problems(tx, rule), *nowhere]


async def _stage_problems(tx: Transaction, rule: CustomRule) -> list[Refused]:
    row = None
    if "\0" not in f"{rule.playbook_key}{rule.stage_key}":
        row = await tx.fetchrow(_STAGE, rule.playbook_key, rule.stage_key, rule.id.replace("\0", ""))
    if row is None:
        return [refused(ErrorCode.NOT_FOUND, "There is no playbook with this key.", "playbookKey")]
    if not row["has_stage"]:
        known = ", ".join(key for key in row["keys"] if key)
        message = f"“{rule.playbook_key}” has no open stage “{rule.stage_key}”; it has {known}."
        return [refused(ErrorCode.INVALID, message, "stageKey")]
    if row["others"] >= MOST_OF_A_STAGE:
        message = f"A stage has at most {MOST_OF_A_STAGE} rules: remove one, or say two in one."
        return [refused(ErrorCode.INVALID, message, "stageKey")]
    return []
