"""Budgets of attempts to get in: how many may fail in a minute from one address, and how many tokens a client gets."""

from time import time
from uuid import UUID, uuid5

from app.identity.budgets import MINUTE, Budget

FAILURES_PER_MINUTE = 30
TOKENS_PER_MINUTE = 60
_ADDRESSES = UUID("0f5f2f6c-3c1e-4b52-9c7e-6d2f0c1a9e51")


class TooManyAttempts(Exception):
    """`seconds`: until when it isn't worth trying again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many attempts; try again in {seconds} s.")
        self.seconds = seconds


class Attempts:
    """What fails counts for the address that it comes from, never for the client that it names: else anybody could
    keep a client out who knows its id. Each server process counts for itself."""

    def __init__(self) -> None:
        self._failures = Budget(FAILURES_PER_MINUTE)
        self._tokens = Budget(TOKENS_PER_MINUTE)

    async def admit(self, address: str) -> None:
        """Raises `TooManyAttempts`."""
        spending = await self._failures.spend(uuid5(_ADDRESSES, address), 0)
        if spending.remaining <= 0:
            raise TooManyAttempts(_until(spending.resets_at))

    async def failed(self, address: str) -> None:
        await self._failures.debit(uuid5(_ADDRESSES, address), 1)

    async def spend(self, client_id: UUID) -> None:
        """Raises `TooManyAttempts`."""
        spending = await self._tokens.spend(uuid5(_ADDRESSES, str(client_id)), 1)
        if not spending.granted:
            raise TooManyAttempts(_until(spending.resets_at))


def _until(resets_at: int) -> int:
    return min(max(int(resets_at - time()), 1), MINUTE)
