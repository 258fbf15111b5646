"""The consumer by which advice follows its deal: what a change has made void expires within a minute, read or not.

One job does so for all deals that changed, so a deal that changes ten times in a minute is looked at once.
"""

from datetime import timedelta

from app.consumers.consumer import Consumer
from app.database import Transaction
from app.events.log import LoggedEvent
from app.jobs import defer_missing
from app.recommendations.upkeep import RENEW
from app.vocabulary import EventType

WITHIN = timedelta(seconds=30)

OF_DEALS = frozenset(
    {
        EventType.OPPORTUNITY_CREATED,
        EventType.OPPORTUNITY_STAGE_CHANGED,
        EventType.OPPORTUNITY_UPDATED,
        EventType.CRITERION_MARKED,
        EventType.ACTIVITY_COMPLETED,
    }
)


async def _follow(tx: Transaction, event: LoggedEvent) -> None:
    await defer_missing(tx, RENEW, {RENEW: {"since": event.at.isoformat()}}, after=WITHIN)


ADVICE = Consumer("advice", OF_DEALS, _follow)
