"""Beginning a run: once for each moment, within the limits, where the condition holds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app.automation.definition import Stored
from app.automation.language import Facts
from app.automation.limits import MOST_DEPTH, reached
from app.database import Transaction
from app.jobs import defer_missing
from app.models.columns import new_id
from app.vocabulary import RunStatus

RUN_STEPS = "run_automation_steps"
_TURN = "SELECT pg_try_advisory_xact_lock(hashtextextended('automation steps', 7328)) AS ours"
TOO_DEEP = f"A chain of {MOST_DEPTH} automations has led to this, one because of the other; it ends here."

_RUN = """
INSERT INTO automation_run (id, automation_id, version, moment, opportunity_id, registration_id, event_seq, depth,
  status, error, started_at, finished_at, role, scopes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text, $10, $11,
  CASE WHEN $9::text = 'SKIPPED' THEN $11::timestamptz END, $12, $13)
ON CONFLICT (automation_id, version, moment) DO NOTHING RETURNING id
"""
_STEPS = """
INSERT INTO automation_step_run (id, run_id, position, kind, step, status, due_at)
SELECT gen_random_uuid(), $1, x.position, x.kind, x.step, 'WAITING', x.due_at
FROM jsonb_to_recordset($2::text::jsonb) AS x(position int, kind text, step jsonb, due_at timestamptz)
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a run is begun because of. `key`: the same for the same, whoever looks, however often."""

    key: str
    at: datetime
    opportunity_id: UUID | None = None
    registration_id: UUID | None = None
    event_seq: int | None = None
    depth: int = 0


def concerns(automation: Stored, facts: Facts) -> bool:
    """Whether it is about a deal of the automation's playbook, and its condition holds."""
    definition, deal = automation.definition, facts.values["deal"]
    if definition.playbook_key is not None and (deal is None or deal["playbook"] != definition.playbook_key):
        return False
    return facts.hold(definition.condition)


async def begin(tx: Transaction, automation: Stored, moment: Moment, now: datetime) -> UUID | None:
    """The run's id; None where there is one of that moment already. Before the transaction ends, `run_soon`."""
    if moment.depth >= MOST_DEPTH:
        return await _skip(tx, automation, moment, TOO_DEEP, now)
    if limit := await reached(tx, automation, moment.opportunity_id, moment.registration_id, now):
        why, key = limit
        about = Moment(key, moment.at, moment.opportunity_id, moment.registration_id, moment.event_seq, moment.depth)
        return await _skip(tx, automation, about, why, now)
    id = await _write(tx, automation, moment, RunStatus.WAITING, None, now)
    if id is not None:
        steps = [
            {"position": place, "kind": step.kind, "step": step.stored(), "due_at": (now + step.after).isoformat()}
            for place, step in enumerate(automation.definition.steps)
        ]
        await tx.execute(_STEPS, id, orjson.dumps(steps).decode())
    return id


async def run_soon(tx: Transaction) -> None:
    """Have the steps of runs that were begun done when the transaction has ended. It waits for nobody: where another
    transaction is about to say the same, these may be left to the job that comes every minute."""
    turn = await tx.fetchrow(_TURN)
    if turn is not None and turn["ours"]:
        await defer_missing(tx, RUN_STEPS, {RUN_STEPS: {}})


async def _skip(tx: Transaction, automation: Stored, moment: Moment, why: str, now: datetime) -> UUID | None:
    return await _write(tx, automation, moment, RunStatus.SKIPPED, why, now)


async def _write(
    tx: Transaction, automation: Stored, moment: Moment, status: RunStatus, error: str | None, now: datetime
) -> UUID | None:
    row = await tx.fetchrow(
        _RUN,
        new_id(),
        automation.id,
        automation.version,
        moment.key,
        moment.opportunity_id,
        moment.registration_id,
        moment.event_seq,
        moment.depth,
        status.value,
        error,
        now,
        automation.role.value,
        None if automation.scopes is None else sorted(automation.scopes),
    )
    return None if row is None else row["id"]
