"""Invitations that nobody has answered in time expire."""

from datetime import UTC, datetime

from app.cosell.offering import go_on
from app.cosell.stored import become
from app.database import transaction
from app.events import wake
from app.jobs import jobs
from app.vocabulary import InvitationStatus

AT_ONCE = 200

_DUE = """
SELECT * FROM deal_partner WHERE status = 'INVITED' AND expires_at <= $1
ORDER BY expires_at, id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
"""


async def expire(at: datetime) -> int:
    """How many expired; each once, however many ask."""
    expired = 0
    while True:
        async with transaction() as tx:
            due = await tx.fetch(_DUE, at, AT_ONCE)
            for row in due:
                await become(tx, row, InvitationStatus.EXPIRED, at, None)
                await go_on(tx, row, at)
        if due:
            wake()
        expired += len(due)
        if len(due) < AT_ONCE:
            return expired


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="expire_invitations", queueing_lock="expire_invitations")
async def expire_invitations(timestamp: int) -> None:  # noqa: ARG001 # every periodic task is given its time
    await expire(datetime.now(UTC))
