"""Tasks that run for as long as a block does."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

AGAIN_SECONDS = 5.0


@asynccontextmanager
async def in_background(
    work: Coroutine[Any, Any, None], *, name: str, again: float = AGAIN_SECONDS
) -> AsyncIterator[None]:
    """`work` is begun with the block, free of its context variables, and has come to its end when the block is left.

    What cancels it may get lost: a connection that is given up in the middle of a statement says farewell by an error
    of its own, which `work` may take for one of the database's. So it is cancelled again, every `again` seconds.
    """
    task = asyncio.create_task(work, name=name, context=contextvars.Context())
    try:
        yield
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait((task,), timeout=again)
        if not task.cancelled():
            task.result()
