"""Writing the policy of a playbook."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from app.database import Transaction
from app.deals.editing import within
from app.deals.fields import change
from app.events import append, facts
from app.identity.viewer import Viewer
from app.outcomes import Faults, Refused, outdated, refused
from app.playbooks.registering import ensure_policy
from app.registrations.policy import COLUMNS, Policy, documents, policy_of
from app.registrations.policy_checks import key_problem, problems
from app.vocabulary import ErrorCode

_TURN = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7326))"
_FOUND = f"SELECT {COLUMNS} FROM registration_policy WHERE playbook_key = $1 FOR UPDATE"  # noqa: S608 (constants)
_STAGES = """
SELECT DISTINCT s.key FROM playbook p JOIN stage s ON s.playbook_id = p.id
WHERE p.key = $1 AND p.status <> 'ARCHIVED'
"""
_TAKEN = "SELECT FROM registration_policy WHERE key = $1 AND playbook_key <> $2"
PLAIN = frozenset(field.name for field in fields(Policy)) - {"id", "version", "minimum", "playbook_key"}
_AS_JSON = frozenset({"questions", "calendars", "protection_days", "benefits"})


@dataclass(frozen=True, slots=True)
class PolicySaved:
    policy_id: UUID
    created: bool = False


async def upsert_policy(
    viewer: Viewer,
    playbook_key: str,
    given: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    tx: Transaction | None = None,
) -> PolicySaved | Refused:
    """`given`: fields of `Policy`; what is absent stays as it is, and is as of a starter in a new one. Each
    step of a registration is judged by the policy as it is then."""
    async with within(tx) as own:
        await own.fetch(_TURN, playbook_key)
        stages = [row["key"] for row in await own.fetch(_STAGES, playbook_key)]
        if not stages:
            return refused(ErrorCode.NOT_FOUND, "There is no such playbook in use.", "playbookKey")
        row = await own.fetchrow(_FOUND, playbook_key)
        created = row is None
        if row is None:
            if expected_version not in (None, 0):
                return refused(ErrorCode.CONFLICT, "The playbook has no policy yet.", "expectedVersion")
            await ensure_policy(own, playbook_key)
            row = await own.fetchrow(_FOUND, playbook_key)
            assert row is not None, "it has just been written"
        before = policy_of(row)
        if not created and expected_version not in (None, before.version):
            message = f"The policy is at version {before.version} now; read it again and retry."
            return outdated(before.id, message, "expectedVersion")
        after, faults = replace(before, **given), Faults()
        faults.note(await _key_problem(own, after), *problems(after, stages))
        if faults:
            return faults.refused()
        await _write(own, viewer, before, after, created=created)
        return PolicySaved(before.id, created)


async def _key_problem(tx: Transaction, policy: Policy) -> Refused | None:
    if await tx.fetchrow(_TAKEN, policy.key, policy.playbook_key):
        return refused(ErrorCode.CONFLICT, "The policy of another playbook has this key.", "key")
    return key_problem(policy.key, "key")


async def _write(tx: Transaction, viewer: Viewer, before: Policy, after: Policy, *, created: bool) -> None:
    changed = {name for name in (*PLAIN, "minimum") if getattr(before, name) != getattr(after, name)}
    if not changed and not created:
        return
    written = documents(after)
    values = {name: written[name] if name in _AS_JSON else _stored(getattr(after, name)) for name in changed & PLAIN}
    if "minimum" in changed:
        amount, currency = after.minimum or (None, None)
        values |= {"minimum_amount": amount, "minimum_currency": currency}
    raised = () if created else ("version = version + 1",)
    await change(tx, "registration_policy", before.id, values, *raised, "updated_at = clock_timestamp()")
    event = facts.registration_policy_changed(
        before.id,
        playbook_key=before.playbook_key,
        version=before.version + (not created),
        fields=map(_camel, changed),
        actor_id=viewer.user_id,
    )
    await append(tx, event)


def _stored(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _camel(name: str) -> str:
    first, *others = ("minimum_amount" if name == "minimum" else name).split("_")
    return first + "".join(map(str.capitalize, others))
