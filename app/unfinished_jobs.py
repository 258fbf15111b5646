"""Jobs whose worker didn't get to their end are run again: it was stopped, it died, or it lost the database.

So a job may run twice, and has to bear that.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from procrastinate import App, BaseRetryStrategy, RetryDecision
from procrastinate.exceptions import ConnectorException, JobAborted, UniqueViolation
from procrastinate.jobs import Job, Status

from app.database.failures import Cause, is_unreachable
from app.database.incidents import over

HEARTBEAT_SECONDS = 3.0
DEAD_AFTER_SECONDS = 15.0
"""Without a heartbeat for so long a worker counts as dead."""
LOOK_EVERY_SECONDS = 5.0
MOST_ATTEMPTS, LONGEST_PAUSE_SECONDS = 20, 300
"""Of a job that something keeps from being done which is no fault of its own: together more than an hour."""

log = structlog.get_logger(__name__)


class HandedBack(BaseRetryStrategy):
    """Puts a job back into the queue when it was cut short, and leaves its failures to the task's own strategy."""

    def __init__(self, own: BaseRetryStrategy | None) -> None:
        self.own = own

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, JobAborted | asyncio.CancelledError):
            return RetryDecision()
        if is_unreachable(exception) and job.attempts < MOST_ATTEMPTS:  # other services may be unreachable as well
            return RetryDecision(retry_in={"seconds": min(2**job.attempts, LONGEST_PAUSE_SECONDS)})
        return None if self.own is None else self.own.get_retry_decision(exception=exception, job=job)


def hand_back(tasks: Mapping[str, Any]) -> None:
    """Make every task's jobs go back to the queue when they are cut short; doing it again changes nothing."""
    for task in tasks.values():
        if not isinstance(task.retry_strategy, HandedBack):
            task.retry_strategy = HandedBack(task.retry_strategy)


async def give_back_stalled(app: App, *, every: float = LOOK_EVERY_SECONDS, dead_after: float | None = None) -> None:
    """Go on for ever, putting the jobs of dead workers back into the queue."""
    silence = DEAD_AFTER_SECONDS if dead_after is None else dead_after
    while True:
        try:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silence):
                await _give_back(app, job)
                log.warning("a worker died; its job will be run again", job=job.id, task=job.task_name)
            over(Cause.UNREACHABLE, Cause.TOO_MANY_CONNECTIONS)
        except ConnectorException:
            log.debug("can't look for stalled jobs")  # the worker beside us says so, and begins anew
        await asyncio.sleep(every)


async def _give_back(app: App, job: Job) -> None:
    """One of its kind may wait already, and there is to be one at most: that does all that this one would have."""
    try:
        await app.job_manager.retry_job(job)
    except UniqueViolation:
        await app.job_manager.finish_job(job, status=Status.ABORTED, delete_job=True)
