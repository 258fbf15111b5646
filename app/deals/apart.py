"""Changes of which nothing stays when they are refused, in a transaction that goes on."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from app.database import Transaction, joined_transaction
from app.outcomes import Refused

T = TypeVar("T")


class _Undone(Exception):
    def __init__(self, outcome: Refused) -> None:
        super().__init__("refused")
        self.outcome = outcome


async def undone_if_refused(tx: Transaction, act: Callable[[Transaction], Awaitable[T | Refused]]) -> T | Refused:
    """Of what is refused, nothing stays."""
    try:
        async with tx.connection.transaction():
            outcome = await act(tx)
            if isinstance(outcome, Refused):
                raise _Undone(outcome)
            return outcome
    except _Undone as undone:
        return undone.outcome


async def apart(act: Callable[[Transaction | None], Awaitable[T | Refused]], busy: Refused) -> T | Refused:
    """In a transaction of its own or, where the whole is made once (`app.idempotency`), in a part of that one. `busy`:
    the outcome when somebody else changed the same at the same time, and this one gave way."""
    outer = joined_transaction()
    try:
        return await act(None) if outer is None else await undone_if_refused(outer, act)
    except asyncpg.TransactionRollbackError:
        return busy
