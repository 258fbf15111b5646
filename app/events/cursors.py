"""Cursors of the event log as clients carry them: an event's number, sealed."""

import orjson

from app.sealing import CURSORS, in_letters

LOG = "events"
DIGITS = 19
"""Of PostgreSQL's largest `bigint`."""


def log_cursor(seq: int, scope: str = LOG) -> str:
    """Of the log, or of another sequence by its name. Padded: sealed, a number still shows its length, and with it how
    much all others have done."""
    return in_letters(orjson.dumps((f"{seq:0{DIGITS}}",)), CURSORS, scope)
