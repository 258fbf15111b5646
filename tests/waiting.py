"""Waiting for what another process or the database does: it is looked at again and again, within a time."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 120.0
"""Seconds after which a test gives up what hangs. Nothing that is asserted rests on it: a busy machine is slow."""


FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.1
"""Looking takes the processor from what is waited for."""


async def until(holds: Callable[[], Awaitable[bool]], within: float = PATIENCE) -> None:
    """Raises `TimeoutError`."""
    async with asyncio.timeout(within):
        pause = FIRST_PAUSE
        while not await holds():
            await asyncio.sleep(pause)
            pause = min(1.3 * pause, LONGEST_PAUSE)
