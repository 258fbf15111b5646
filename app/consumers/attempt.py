"""One call of a consumer for one event: all of its effects, or none and the reason."""

import asyncio
from dataclasses import dataclass

import structlog

from app.consumers.consumer import Consumer
from app.database import Transaction, joined
from app.events.log import LoggedEvent
from app.redaction import without_values

log = structlog.get_logger(__name__)

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds, but for numbers. `poll`: between two looks at the log that nobody asked for. `pause`: after one.
    `batch`: after which a transaction takes no further event. `handle`: how long the handling of one may take.
    `lease`: after which PostgreSQL ends the transaction of a worker that is silent. `retry`: until the second attempt;
    each further pause is twice as long. `attempts`: after which an event is put aside. `stumble`: until a worker that
    lost the database or the whole transaction goes on, at most; the first time a fiftieth of it."""

    poll: float = 1.0
    pause: float = 0.2
    batch: float = 0.05
    handle: float = 5.0
    lease: float = 15.0
    retry: float = 1.0
    attempts: int = 6
    stumble: float = 5.0

    @property
    def silence(self) -> str:
        """The lease as PostgreSQL reads it."""
        return f"{round(self.lease * 1000)}ms"


@dataclass(frozen=True, slots=True)
class Attempt:
    """`reason`: why the effects are not written; None: they are. `is_last`: the transaction is to end with it."""

    reason: str | None = None
    is_last: bool = False


async def attempt(tx: Transaction, consumer: Consumer, event: LoggedEvent, within: float) -> Attempt:
    """Raises when the transaction can't go on."""
    try:
        async with asyncio.timeout(within), tx.connection.transaction():
            with joined(tx):
                is_last = await consumer.handle(tx, event)
    except Exception as error:
        if tx.connection.is_closed() or not tx.connection.is_in_transaction():
            raise
        reason = reason_of(error, within)
        log.warning("a consumer failed", consumer=consumer.name, event_seq=event.seq, type=event.type, reason=reason)
        return Attempt(reason)
    return Attempt(is_last=bool(is_last))


def reason_of(error: Exception, within: float) -> str:
    """Without the values that messages quote: it is kept, and shown to operators."""
    if isinstance(error, TimeoutError):
        return f"It took longer than {within:g} s."
    return f"{type(error).__name__}: {without_values(str(error))}"[:LONGEST_REASON]
