"""A sample of the process's and its database's state, a few seconds old."""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import orjson

from app.consumers.standing import Lag, lags
from app.database import Database
from app.database.failures import Cause, cause_of
from app.database.incidents import met
from app.database.versions import UP_TO_DATE, MigrationState, standing
from app.events.parts import floor
from app.unfinished_jobs import DEAD_AFTER_SECONDS

WRITTEN_BYTES = 1_000_000
"""What the database has to have room for."""

SPILL = f"""
SET LOCAL work_mem = '64kB';
SELECT count(*) FROM (
  SELECT repeat(chr(65 + g % 26), 1000) AS filler FROM generate_series(1, {WRITTEN_BYTES // 1000}) AS g
  ORDER BY filler, g
) AS sorted
"""  # noqa: S608
"""A sort that doesn't fit into memory: one transaction that writes a temporary file where the tables lie, no more."""

_BEHIND = f"""
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(e.at)), 0)::float AS seconds FROM event e
WHERE (e.xid, e.seq) > ($1, $2) AND e.at >= {floor("$1")} AND e.at < clock_timestamp()
"""  # noqa: S608

_DATABASE = f"""
SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS read_only,
       (SELECT count(*) FROM procrastinate_workers
        WHERE last_heartbeat > now() - interval '{DEAD_AFTER_SECONDS:g} seconds') AS workers
"""  # noqa: S608

_WAITING = """
SELECT w.queue, w.jobs, greatest(extract(epoch FROM now() - coalesce(
         j.scheduled_at,
         (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'deferred'),
         now()
       )), 0)::float AS oldest
FROM (SELECT queue_name AS queue, count(*) AS jobs, min(id) AS first FROM procrastinate_jobs
      WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()) GROUP BY queue_name) AS w
JOIN procrastinate_jobs j ON j.id = w.first
"""
_ROLLUPS = """
SELECT (SELECT count(*) FROM (SELECT FROM rollup_change LIMIT 100000) c) AS waiting,
  (SELECT jsonb_object_agg(name, wrong) FROM rollup_check)::text AS differences
"""
_STATUSES = "SELECT status::text, count(*) AS n FROM procrastinate_jobs GROUP BY status"


class Waiting(NamedTuple):
    """Jobs of one queue that could run now. `oldest`: since when the first of them waits, in seconds."""

    jobs: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Sample:
    """`at` in monotonic seconds. `workers`: those with a heartbeat, of all machines. `rollup_changes`: changes of deals
    that are yet to be folded into roll-ups, at most so many that it tells; `rollup_differences`: rows of each that
    differed when they were compared last."""

    at: float = field(default_factory=time.monotonic)
    tail_lag: float = 0.0
    read_only: bool = False
    disk_full: bool = False
    workers: int = 0
    waiting: Mapping[str, Waiting] = field(default_factory=dict)
    jobs: Mapping[str, int] = field(default_factory=dict)
    consumers: Sequence[Lag] = ()
    rollup_changes: int = 0
    rollup_differences: Mapping[str, int] = field(default_factory=dict)
    standing: MigrationState = UP_TO_DATE


async def take(database: Database, position: tuple[int, int]) -> Sample:
    """Raises what the database raises. `position`: of the reader of the log."""
    behind = await database.fetchrow(_BEHIND, *position)
    state = await database.fetchrow(_DATABASE)
    waiting = await database.fetch(_WAITING)
    jobs = await database.fetch(_STATUSES)
    assert behind is not None
    assert state is not None
    migrated = await standing(database)
    rollups = None if migrated.behind else await database.fetchrow(_ROLLUPS)
    return Sample(
        tail_lag=behind["seconds"],
        read_only=state["read_only"],
        disk_full=await is_full(database),
        workers=state["workers"],
        waiting={row["queue"]: Waiting(row["jobs"], row["oldest"]) for row in waiting},
        jobs={row["status"]: row["n"] for row in jobs},
        consumers=await lags(database),
        rollup_changes=rollups["waiting"] if rollups else 0,
        rollup_differences=orjson.loads((rollups and rollups["differences"]) or "{}"),
        standing=migrated,
    )


async def is_full(database: Database) -> bool:
    """Whether the database's disk has no room for a megabyte. Raises other failures."""
    try:
        async with database.pool.borrow() as connection:
            await connection.execute(SPILL)
    except Exception as error:
        if cause_of(error) is not Cause.DISK_FULL:
            raise
        met(error, by="looking for room on its disk")
        return True
    return False


def free_bytes(folder: Path) -> int:
    """What an ordinary user may still write where `folder` is, or would be."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free
