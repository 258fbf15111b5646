"""An operator's hand in a consumer's events: what was put aside is tried again or skipped, and a consumer forgotten."""

from app.audit import Entry, add
from app.consumers.running import woken
from app.database import Database

_RETRY = """
UPDATE delayed_event SET attempts = 0, due_at = now(), put_aside_at = NULL
WHERE consumer = $1 AND ($2::bigint IS NULL OR seq = $2) AND put_aside_at IS NOT NULL RETURNING seq
"""
_SKIP = "DELETE FROM delayed_event WHERE consumer = $1 AND seq = $2 RETURNING seq, reason"
_FORGET = ("DELETE FROM delayed_event WHERE consumer = $1", "DELETE FROM consumer_cursor WHERE name = $1 RETURNING seq")


async def retry_again(db: Database, consumer: str, seq: int | None = None) -> list[int]:
    """Have the event tried again, or all that were put aside; their numbers."""
    async with db.transaction() as tx:
        found = [row["seq"] for row in await tx.fetch(_RETRY, consumer, seq)]
        for one in found:
            await add(tx, Entry("CONSUMER_EVENT_RETRIED", detail={"consumer": consumer, "seq": one}))
    woken()
    return sorted(found)


async def skip(db: Database, consumer: str, seq: int) -> bool:
    """Give the event up for this consumer; False when it isn't delayed."""
    async with db.transaction() as tx:
        found = await tx.fetchrow(_SKIP, consumer, seq)
        if found is not None:
            await add(tx, Entry("CONSUMER_EVENT_SKIPPED", detail={"consumer": consumer, "seq": seq}))
    return found is not None


async def forget(db: Database, consumer: str) -> bool:
    """Remove the cursor of a consumer that is no more; False when there is none."""
    delayed, cursor = _FORGET
    async with db.transaction() as tx:
        await tx.execute(delayed, consumer)
        found = await tx.fetchrow(cursor, consumer)
        if found is not None:
            await add(tx, Entry("CONSUMER_FORGOTTEN", detail={"consumer": consumer, "seq": found["seq"]}))
    return found is not None
