"""A log restored from a dump into another database cluster, whose transaction ids start over."""

from app.database import Database
from app.events.log import START

# Any constant will do; it keeps two servers that start together from moving the log twice.
_LOCK = 0x57A6E9A8
_PARTS = "UPDATE log_partition SET first_xid = first_xid - $1, last_xid = last_xid - $1"


async def adopt_restored_log(database: Database) -> bool:
    """Put a log whose xids this cluster has not reached yet before everything that will be written; True if it was so.

    Left alone, its events would count as unsettled for as long as the new cluster's ids are smaller, and new events
    would sort among the old. Their order is kept: all xids are moved down by the same amount, to zero and below, and
    the cursors of consumers with them.
    To be called at start-up, before anything is written.
    """
    async with database.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        foreign = await tx.fetchrow(
            "SELECT max(xid) AS xid FROM event HAVING max(xid) >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        )
        if foreign is None:
            return False
        await tx.execute("UPDATE event SET xid = xid - $1", foreign["xid"])
        await tx.execute("UPDATE consumer_cursor SET xid = xid - $1 WHERE xid > $2", foreign["xid"], START.xid)
        await tx.execute("UPDATE delayed_event SET xid = xid - $1", foreign["xid"])
        await tx.execute(_PARTS, foreign["xid"])
        return True
