"""Snapshots of the days that `forecastAccuracy` looks back at, where none was taken in its night: of the vendor, whose
deals are many. Of partners', the few milliseconds that each takes are spent when somebody asks.

They are taken from the history of deals, and anew each night, since a history may be put right; those that were taken
in their own night stand.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from app.database import Database, database
from app.forecast.accuracy import DAYS_BEFORE, USUAL_PERIODS
from app.forecast.snapshots import take_snapshots
from app.jobs import jobs
from app.periods import period_of
from app.vocabulary import PeriodKind

FROM_HISTORY = time(23, 59, 59)
"""When a day is over for a snapshot that is taken later."""
_VENDOR = "SELECT id FROM organization WHERE kind = 'VENDOR'"
_OF_THEIR_NIGHT = """
SELECT n.taken_on FROM forecast_snapshot n WHERE n.organization_id = ANY ($1::uuid[]) AND n.taken_on = ANY ($2::date[])
  AND (n.taken_at AT TIME ZONE 'UTC')::time <> $3::time
"""


def looked_back_at(today: date) -> Iterator[date]:
    """By who asks for the usual kind and number of periods, latest first."""
    current = period_of(PeriodKind.QUARTER, today)
    for nth in range(1, USUAL_PERIODS + 1):
        ends = current.shifted(-nth).ends
        yield from ((ends - timedelta(days=days + 1)).date() for days in DAYS_BEFORE)


async def take_missing(db: Database, now: datetime) -> int:
    """How many were taken."""
    vendor = [row["id"] for row in await db.fetch(_VENDOR)]
    days = sorted(set(looked_back_at(now.astimezone(UTC).date())))
    stand = {row["taken_on"] for row in await db.fetch(_OF_THEIR_NIGHT, vendor, days, FROM_HISTORY)}
    missing = [day for day in days if day not in stand]
    for day in missing:
        await take_snapshots(db, datetime.combine(day, FROM_HISTORY, UTC), vendor)
    return len(missing)


@jobs.periodic(cron="23 0 * * *")
@jobs.task(name="take_missing_forecast_snapshots", queueing_lock="take_missing_forecast_snapshots")
async def take_missing_every_night(timestamp: int) -> None:
    await take_missing(database(), datetime.fromtimestamp(timestamp, UTC))
