"""Which statements a piece of a test sends, in transactions and outside of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.database import Database

_IGNORED = ("BEGIN", "COMMIT", "ROLLBACK", "SELECT pg_advisory_unlock_all()")


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    """The statements that connections of the pool send inside the block, without those that begin and end."""
    sent: list[str] = []

    def note(record: Any) -> None:
        if not record.query.lstrip().startswith(_IGNORED):
            sent.append(record.query)

    connections = [holder._con for holder in database.pool._holders if holder._con is not None]
    for connection in connections:
        connection.add_query_logger(note)
    try:
        yield sent
    finally:
        for connection in connections:
            connection.remove_query_logger(note)
