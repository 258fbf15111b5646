"""The consumer by which advice follows its deal: what a change has made void expires within seconds, read or not; a
new deal gets its first advice; and where somebody has answered an action, the rules are asked what comes next.

One job does so for all deals that changed, so a deal that changes ten times in a moment is looked at once.
"""

from datetime import timedelta

from app.consumers.consumer import Consumer
from app.database import Transaction
from app.events.log import LoggedEvent
from app.jobs import defer_missing
from app.recommendations.upkeep import RENEW
from app.vocabulary import EventType

WITHIN = timedelta(seconds=5)

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
    if event.type is EventType.RECOMMENDATIONS_UPDATED and "response" not in event.payload:
        return  # the advice itself has changed
    await defer_missing(tx, RENEW, {RENEW: {"since": event.at.isoformat()}}, after=WITHIN)


ADVICE = Consumer("advice", OF_DEALS | {EventType.RECOMMENDATIONS_UPDATED}, _follow)
