"""Tasks that run for as long as a block does."""

import asyncio

import pytest

from app.background import in_background


async def test_it_ends_with_the_block_although_it_lost_what_cancelled_it() -> None:
    lost = 0

    async def work() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost += 1
                if lost == 3:
                    raise

    async with in_background(work(), name="deaf", again=0.001):
        await asyncio.sleep(0)
    assert lost == 3


async def test_what_it_failed_by_is_raised_at_the_end_of_the_block() -> None:
    async def work() -> None:
        raise ValueError("of its own")

    with pytest.raises(ValueError, match="of its own"):
        async with in_background(work(), name="failing"):
            await asyncio.sleep(0.001)
