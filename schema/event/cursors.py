"""Cursors of the event log. One stands for one event, by its number, and serves queries and subscriptions alike."""

from app.events.cursors import LOG as LOG
from app.events.cursors import log_cursor as log_cursor
from app.events.log import LoggedEvent
from schema.engine.cursors import unseal
from schema.scalars import Cursor


def event_cursor(event: LoggedEvent) -> Cursor:
    return Cursor(log_cursor(event.seq))


def event_number(cursor: str | None, argument: str, scope: str = LOG) -> int | None:
    """Raises `ClientError` for a cursor of another sequence."""
    if cursor is None:
        return None
    (number,) = unseal(cursor, scope, argument)
    return int(number or 0)
