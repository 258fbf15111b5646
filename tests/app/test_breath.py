"""Long work on the event loop lets everything else have its turn."""

import asyncio

from app.breath import Breath


async def test_others_have_their_turn_in_between() -> None:
    seen: list[str] = []
    slices = Breath(asyncio.get_running_loop(), seconds=10.0)

    async def work(name: str) -> None:
        for _ in range(3):
            await slices.take()
            seen.append(name)
            slices._ends = 0.0  # as if that had taken longer than the slice

    async def other() -> None:
        for _ in range(60):
            seen.append(".")
            await asyncio.sleep(0)

    await asyncio.gather(other(), work("a"), work("b"))
    worked = "".join(seen)
    assert sorted(worked.replace(".", "")) == list("aaabbb")
    assert not any(pair in worked for pair in ("aa", "ab", "ba", "bb"))


async def test_within_a_slice_nobody_waits() -> None:
    slices = Breath(asyncio.get_running_loop(), seconds=60.0)
    await slices.take()
    rounds = 0

    async def count() -> None:
        nonlocal rounds
        rounds += 1

    counting = asyncio.ensure_future(count())
    for _ in range(100):
        await slices.take()
    assert rounds == 0
    await counting


async def test_one_who_gives_up_waiting_takes_no_turn_from_others() -> None:
    slices = Breath(asyncio.get_running_loop(), seconds=60.0)
    one, two = asyncio.ensure_future(slices.take()), asyncio.ensure_future(slices.take())
    await asyncio.sleep(0)
    one.cancel()
    await two
    assert one.cancelled()
