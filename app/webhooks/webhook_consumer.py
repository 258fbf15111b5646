"""The consumer by which each event finds the endpoints that are told of it."""

from app.consumers.consumer import Consumer
from app.database import Transaction
from app.events.log import LoggedEvent
from app.vocabulary import EventType
from app.webhooks.enqueuing import enqueue
from app.webhooks.matching import told_of


async def _tell(tx: Transaction, event: LoggedEvent) -> None:
    await enqueue(tx, [(endpoint, event) for endpoint in await told_of(tx, event)])


WEBHOOKS = Consumer("webhooks", frozenset(EventType), _tell)
