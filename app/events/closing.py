"""The closing of parts of the event log whose month is over; see `app.events.parts`."""

from datetime import datetime, timedelta

import asyncpg

from app.database.partitions import SCHEMA
from app.events.parts import FIRST, LAST

GRACE = timedelta(days=1)
"""After the end of a month; what is written to its part later reopens it."""

_OVER = """
SELECT name FROM log_partition
WHERE parent = 'event' AND first_xid IS NULL AND ends_at < $1 ORDER BY begins_at
"""
# Its lock waits for those who are writing to the part, and has others wait: none is missed by the statement after it.
_WATCH = """
CREATE OR REPLACE TRIGGER event_part_reopened BEFORE INSERT ON {part}
FOR EACH ROW EXECUTE FUNCTION event_part_reopened()
"""
_CLOSE = """
UPDATE log_partition SET (first_xid, last_xid) = (
  SELECT coalesce(min(xid), {last}), coalesce(max(xid), {first}) FROM {part})
WHERE name = $1
"""


async def over(connection: asyncpg.Connection, now: datetime) -> list[str]:
    """The parts that may be closed."""
    return [row["name"] for row in await connection.fetch(_OVER, now - GRACE)]


async def close(connection: asyncpg.Connection, name: str) -> None:
    """In a transaction of the part's owner."""
    part = f"{SCHEMA}.{name}"
    await connection.execute(_WATCH.format(part=part))
    await connection.execute(_CLOSE.format(part=part, first=FIRST, last=LAST), name)
