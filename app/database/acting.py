"""The user who acts: told to PostgreSQL at the start of a transaction, for triggers that keep who changed what."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

ACTOR = "stagepath.actor"

_acting: ContextVar[UUID | None] = ContextVar("who is acting", default=None)


@contextmanager
def acting_as(user_id: UUID) -> Iterator[None]:
    """Transactions that begin inside are this user's."""
    token = _acting.set(user_id)
    try:
        yield
    finally:
        _acting.reset(token)


def acting() -> UUID | None:
    return _acting.get()
