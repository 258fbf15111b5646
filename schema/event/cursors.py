"""Cursors of the event log. One stands for one event, by its number, and serves queries and subscriptions alike."""

from app.events.log import LoggedEvent
from schema.engine.cursors import seal, unseal
from schema.scalars import Cursor

LOG = "events"
DIGITS = 19
"""Of PostgreSQL's largest `bigint`."""


def event_cursor(event: LoggedEvent) -> Cursor:
    return Cursor(log_cursor(event.seq))


def log_cursor(seq: int) -> str:
    """Padded: sealed, a number still shows its length, and with it how much all others have done."""
    return seal((f"{seq:0{DIGITS}}",), LOG)


def event_number(cursor: str | None, argument: str) -> int | None:
    """Raises `ClientError` for a cursor that is not the log's."""
    if cursor is None:
        return None
    (number,) = unseal(cursor, LOG, argument)
    return int(number or 0)
