"""The job that does the steps whose time has come, each in a transaction of its own: what it changes and that it is
done are there together, or neither, whoever is killed.

An attempt is counted before it is begun, so that a step which its worker doesn't survive ends as well. Steps of a run
are done in their order; one that fails ends its run, and those after it are left out.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog

from app.audit import doing
from app.automation import facts as known
from app.automation import limits, steps, store
from app.automation.beginning import RUN_STEPS
from app.automation.consumer import about_event
from app.automation.definition import Step
from app.automation.language import Facts
from app.automation.schedules import zone
from app.automation.steps.acting import Acting, StepFailed
from app.database import Database, Transaction, database, joined
from app.database.failures import is_unreachable
from app.events import wake
from app.events.log import COLUMNS, logged
from app.jobs import jobs
from app.redaction import without_values
from app.vocabulary import Role, RunStatus

log = structlog.get_logger(__name__)

ATTEMPTS = 4
LEASE = timedelta(minutes=1)
LONGEST_ERROR = 500
LOST = "The worker or its connection died while it was done."
NO_LONGER = "Its `onlyIfStill` does not hold any more."
GONE = "The deal is no more."
AFTER_FAILURE = "A step before it failed."

_CLAIM = """
UPDATE automation_step_run SET attempts = attempts + 1, due_at = $1::timestamptz + $2::interval WHERE id = (
  SELECT s.id FROM automation_step_run s
  WHERE s.status = 'WAITING' AND s.due_at <= $1 AND NOT EXISTS (
    SELECT FROM automation_step_run b WHERE b.run_id = s.run_id AND b.position < s.position AND b.status = 'WAITING')
  ORDER BY s.due_at, s.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, attempts
"""
_HOLD = """
SELECT s.id, s.run_id, s.position, s.step::text AS step, r.automation_id, r.version, r.moment, r.opportunity_id,
  r.registration_id, r.event_seq, r.depth, r.started_at, a.key, a.time_zone,
  coalesce(r.role, a.role) AS role, CASE WHEN r.role IS NULL THEN a.scopes ELSE r.scopes END AS scopes
FROM automation_step_run s JOIN automation_run r ON r.id = s.run_id JOIN automation a ON a.id = r.automation_id
WHERE s.id = $1 AND s.attempts = $2 AND s.status = 'WAITING' FOR UPDATE OF s, r SKIP LOCKED
"""
_EVENT = f"SELECT {COLUMNS} FROM event e WHERE e.seq = $1 AND {store.TOLD}"  # noqa: S608
_END = """
UPDATE automation_step_run SET status = $2, outcome = $3, error = $4, finished_at = $5 WHERE id = $1
"""
_LEAVE_OUT = """
UPDATE automation_step_run SET status = 'SKIPPED', error = $2, finished_at = $3
WHERE run_id = $1 AND status = 'WAITING'
"""
_RUN = """
UPDATE automation_run r SET status = CASE
    WHEN EXISTS (SELECT FROM automation_step_run s WHERE s.run_id = r.id AND s.status = 'FAILED') THEN 'FAILED'
    WHEN EXISTS (SELECT FROM automation_step_run s WHERE s.run_id = r.id AND s.status = 'WAITING') THEN 'RUNNING'
    WHEN EXISTS (SELECT FROM automation_step_run s WHERE s.run_id = r.id AND s.status = 'DONE') THEN 'DONE'
    ELSE 'SKIPPED' END,
  error = coalesce($2, r.error),
  finished_at = CASE WHEN EXISTS (SELECT FROM automation_step_run s WHERE s.run_id = r.id AND s.status = 'WAITING')
    THEN NULL ELSE $3::timestamptz END
WHERE r.id = $1
"""
_RETRY = "UPDATE automation_step_run SET due_at = $2 WHERE id = $1 AND status = 'WAITING'"


@dataclass(frozen=True, slots=True)
class Ended:
    status: RunStatus
    outcome: str | None = None
    error: str | None = None


async def run_due(source: Database, at: datetime | None = None) -> int:
    """Do what is due; how many steps came to an end or were put off. `at`: as of when, for tests."""
    ended = 0
    while True:
        now = at or datetime.now(UTC)
        claimed = await source.fetchrow(_CLAIM, now, LEASE)
        if claimed is None:
            return ended
        ended += 1
        try:
            await _one(source, claimed["id"], claimed["attempts"], now)
        except Exception as failure:
            if is_unreachable(failure):
                raise
            log.warning("automation.step_failed", step=str(claimed["id"]), reason=_reason(failure))
            await _put_off(source, claimed["id"], claimed["attempts"], _reason(failure), now)


async def _one(source: Database, id: UUID, attempts: int, now: datetime) -> None:
    async with source.transaction() as tx:
        row = await tx.fetchrow(_HOLD, id, attempts)
        if row is None:
            return
        await _end(
            tx, row, Ended(RunStatus.FAILED, error=LOST) if attempts > ATTEMPTS else await _do(tx, row, now), now
        )
    wake()


async def _do(tx: Transaction, row: asyncpg.Record, now: datetime) -> Ended:
    step = Step.of(orjson.loads(row["step"]))
    facts, actor_id = await _facts(tx, row, now)
    if row["opportunity_id"] is not None and facts.values["deal"] is None:
        return Ended(RunStatus.SKIPPED, error=GONE)
    if step.only_if_still is not None and not facts.hold(step.only_if_still):
        return Ended(RunStatus.SKIPPED, error=NO_LONGER)
    label = f"automation {row['key']}, version {row['version']}"
    acting = Acting(
        viewer=await store.viewer_of(tx, row["automation_id"], Role(row["role"]), row["scopes"]),
        facts=facts,
        at=now,
        zone=zone(row["time_zone"]),
        effect_key=f"{row['automation_id']}/{row['version']}/{row['moment']}/{row['position']}",
        label=label,
        begun_at=row["started_at"],
        opportunity_id=row["opportunity_id"],
        registration_id=row["registration_id"],
        actor_id=actor_id,
        event_seq=row["event_seq"],
        depth=row["depth"] + 1,
    )
    try:
        async with tx.connection.transaction():
            with joined(tx), doing(label, f"run_{row['run_id']}"):
                await limits.caused(tx, acting.depth)
                outcome = await steps.read(step.kind, step.settings).perform(tx, acting)
    except StepFailed as failed:
        return Ended(RunStatus.FAILED, error=str(failed)[:LONGEST_ERROR])
    return Ended(RunStatus.DONE, outcome=outcome[:LONGEST_ERROR])


async def _facts(tx: Transaction, row: asyncpg.Record, now: datetime) -> tuple[Facts, UUID | None]:
    """As they are when the step's time has come, with the event as it was; and who made that."""
    told = None if row["event_seq"] is None else await tx.fetchrow(_EVENT, row["event_seq"])
    if told is not None:
        event = logged(told)
        about = await about_event(tx, event)
        by_automation = row["depth"] > 0
        said = await known.of_event(tx, event, by_automation=by_automation)
        return Facts({**about.values(now, zone(row["time_zone"])), "event": said}), event.actor_id
    return Facts(await _now(tx, row, now)), None


async def _now(tx: Transaction, row: asyncpg.Record, now: datetime) -> Any:
    id = row["opportunity_id"]
    found = (await known.deals(tx, [id])).get(id) if id is not None else None
    return known.NOTHING if found is None else known.of_deal(found, now, zone(row["time_zone"]))


async def _end(tx: Transaction, row: asyncpg.Record, ended: Ended, now: datetime) -> None:
    await tx.execute(_END, row["id"], ended.status.value, ended.outcome, ended.error, now)
    if ended.status is RunStatus.FAILED:
        await tx.execute(_LEAVE_OUT, row["run_id"], AFTER_FAILURE, now)
    await tx.execute(_RUN, row["run_id"], ended.error if ended.status is RunStatus.FAILED else None, now)


async def _put_off(source: Database, id: UUID, attempts: int, reason: str, now: datetime) -> None:
    """It is tried again, after longer and longer pauses, or given up."""
    async with source.transaction() as tx:
        if attempts < ATTEMPTS:
            await tx.execute(_RETRY, id, now + timedelta(seconds=5 * 4**attempts))
            return
        row = await tx.fetchrow(_HOLD, id, attempts)
        if row is not None:
            await _end(tx, row, Ended(RunStatus.FAILED, error=reason), now)


def _reason(failure: Exception) -> str:
    """Without the values that messages quote: runs are shown to people."""
    return f"{type(failure).__name__}: {without_values(str(failure))}"[:LONGEST_ERROR]


@jobs.task(name=RUN_STEPS, lock=RUN_STEPS)
async def soon() -> None:
    await run_due(database())


@jobs.periodic(cron="* * * * *")
@jobs.task(name="run_delayed_automation_steps", queueing_lock="run_delayed_automation_steps", lock=RUN_STEPS)
async def every_minute(timestamp: int) -> None:  # noqa: ARG001 # it may have waited
    await run_due(database())
