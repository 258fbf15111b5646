"""Parts of the event log that a reader can leave out, since all in them comes before what it reads.

The log is partitioned by when events were written, and read in the order of transactions (`app.events.log`). These
agree but for transactions that overlap, and for clocks that were set. So a part whose month is over is *closed*: it is
noted with the first and the last transaction that wrote to it. Should another one write there all the same, a trigger
takes the note back in that very transaction, so whoever sees its events doesn't leave out the part.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

FIRST, LAST = -(2**62), 2**63 - 1
"""Before and after the number of any transaction."""
SKEW = timedelta(days=31)
"""By which clocks of servers and database differ at most."""
EVER = datetime(1900, 1, 1, tzinfo=UTC)

_OF_EVENTS = "FROM log_partition p WHERE p.parent = 'event'"
_FILLED = "p.first_xid <= p.last_xid"
"""Closed, and not empty."""


def floor(xid: str) -> str:
    """SQL of the time before which nothing was written that comes after this transaction: for `e.at >= …`."""
    return f"(SELECT min(p.begins_at) {_OF_EVENTS} AND (p.last_xid IS NULL OR p.last_xid >= {xid}))"


def floor_before(xid: str, parts: str) -> str:
    """Likewise for events before this transaction, so many closed parts farther back."""
    older = (
        f"SELECT p.begins_at {_OF_EVENTS} AND {_FILLED} AND p.last_xid < {xid} ORDER BY p.begins_at DESC LIMIT {parts}"
    )
    return f"(SELECT least({floor(xid)}, (SELECT min(o.begins_at) FROM ({older}) o)))"  # noqa: S608


def beyond(time: str) -> str:
    """SQL of the last transaction that wrote before that time; null: none did, or there is nothing before."""
    return f"(SELECT max(p.last_xid) {_OF_EVENTS} AND p.begins_at < {time})"


def ceiling_after(xid: str, parts: str) -> str:
    """SQL of the time before which so many closed parts begin with events after this transaction."""
    later = f"{_FILLED} AND p.last_xid >= {xid} ORDER BY p.begins_at OFFSET {parts} LIMIT 1"
    return f"coalesce((SELECT p.begins_at {_OF_EVENTS} AND {later}), 'infinity')"


def open_since() -> str:
    """SQL of the time from which on parts may get more."""
    return f"(SELECT min(p.begins_at) {_OF_EVENTS} AND p.first_xid IS NULL)"


def behind(time: str) -> str:
    """SQL of the first transaction that wrote to closed parts from that time on; null: none did, or there are none."""
    return f"(SELECT min(p.first_xid) {_OF_EVENTS} AND {_FILLED} AND p.begins_at >= {time})"


def written_since(id: UUID) -> datetime:
    """Nothing was written before that about what has this id, which says when it was given."""
    if id.version != 7:
        return EVER
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC) - SKEW


def since(id: str) -> str:
    """SQL of the same."""
    milliseconds = f"('x' || left(translate({id}::text, '-', ''), 12))::bit(48)::bigint"
    begun = f"to_timestamp({milliseconds} / 1000.0) - interval '{SKEW.days} days'"
    return f"CASE WHEN substr({id}::text, 15, 1) = '7' THEN {begun} ELSE '-infinity' END"
