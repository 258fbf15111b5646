"""Waiting for what another process or the database does: it is looked at again and again, within a time."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 120.0
"""Seconds after which a test gives up what hangs. Nothing that is asserted rests on it: a busy machine is slow."""


async def until(holds: Callable[[], Awaitable[bool]], within: float = PATIENCE) -> None:
    """Raises `TimeoutError`."""
    async with asyncio.timeout(within):
        while not await holds():  # noqa: ASYNC110 # nobody tells us
            await asyncio.sleep(0.02)
