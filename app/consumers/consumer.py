"""A consumer of the event log, and the way out of the database for its effects."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.database import Transaction
from app.events.log import LoggedEvent
from app.jobs import defer
from app.vocabulary import EventType

Handle = Callable[[Transaction, LoggedEvent], Awaitable[bool | None]]


@dataclass(frozen=True, slots=True)
class Consumer:
    """A name, under which the database keeps its cursor; the types of events that it wants; and their effects.

    `handle` is called for each event, in log order among those of one deal, and writes by the transaction that it is
    given, in which the cursor moves: its effects are there exactly once, or not at all when it raises. Then it is
    called again later. Use cases that it calls join the transaction by themselves. It takes milliseconds, since
    whatever began after it is delivered to nobody until it has committed; it begins no task and no transaction of its
    own. What leaves the database is enqueued (`outside`).

    Several events are handled in one transaction. True from `handle`: it is to end with this one, since others may wait
    for what it has locked; so nothing is locked for two events at once, in whatever order.

    `from_start`: a consumer that is new begins at the start of the log, and not with what happens from then on.
    `page`: events that are looked at in one transaction, most of which it may not want.
    """

    name: str
    types: frozenset[EventType]
    handle: Handle
    from_start: bool = False
    page: int = 500


def effect_id(consumer: str, event: LoggedEvent, part: str = "") -> str:
    """The same however often the effect is tried, so that whoever receives it can tell a repetition."""
    return f"{consumer}/{event.seq}/{part}" if part else f"{consumer}/{event.seq}"


async def outside(
    tx: Transaction, consumer: str, event: LoggedEvent, task: str, *, part: str = "", **arguments: Any
) -> int:
    """Enqueue the job that carries an effect out of the database, with `effect_id` among its arguments; its number.

    It runs at least once. Jobs of one consumer, deal and `part` run one after the other, in the order of their events.
    `part` tells apart several effects of one event, such as one for each address.
    """
    lock = f"{consumer}/{event.order_key}/{part}"
    return await defer(tx, task, lock=lock, effect_id=effect_id(consumer, event, part), **arguments)
