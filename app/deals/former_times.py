"""The time in which a deal was somebody else's: nothing that is said of it today is dated into that. Figures of the
past are of who led a deal then, so that its former partner would read there what has become of it."""

from datetime import datetime
from uuid import UUID

from app.events.log import Reader
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode

_CAME = """
SELECT max(c.at) AS at FROM (
  SELECT f.at FROM field_change f WHERE f.opportunity_id = $1 AND f.field = 'partner'
  UNION ALL SELECT h.at FROM handover h
  WHERE h.opportunity_id = $1 AND h.from_partner_id IS DISTINCT FROM h.to_partner_id
) c
"""


async def time_problem(db: Reader, opportunity_id: UUID, at: datetime, path: str) -> Refused | None:
    """Why it can't have happened then, of a deal whose partner has changed since."""
    row = await db.fetchrow(_CAME, opportunity_id)
    came: datetime | None = None if row is None else row["at"]
    if came is None or at >= came:
        return None
    since = came.isoformat(timespec="seconds")
    message = f"The deal was another partner's until {since}, and that time is closed: give a time since then."
    return refused(ErrorCode.INVALID, message, path)
