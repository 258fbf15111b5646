"""The job that tells an endpoint again of what has happened since a place in the log."""

from uuid import UUID

from app.database import database
from app.events.log import Position, position, read
from app.jobs import jobs
from app.webhooks.enqueuing import enqueue
from app.webhooks.matching import told_of
from app.webhooks.sending_again import REPLAY

PAGE = 200


@jobs.task(name=REPLAY)
async def replay_webhook(endpoint_id: str, after: list[int]) -> None:
    """Up to what has happened when it begins; later events have the consumer tell of them. Run again after a worker
    died, it tells of nothing twice that has not been sent meanwhile."""
    db, endpoint = database(), UUID(endpoint_id)
    end, at = await position(db), Position(*after)
    while at < end:
        page = await read(db, after=at, up_to=end, limit=PAGE)
        async with db.transaction() as tx:
            for event in page:
                await enqueue(tx, event, await told_of(tx, event, only=endpoint), again=True)
        if len(page) < PAGE:
            return
        at = page[-1].position
