"""Work beside the event loop: viewers take turns, and no more waits than may."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from schema.engine.serve.turns import Overloaded, Turns


def noted(seen: list[str], name: str) -> Callable[[], str]:
    def work() -> str:
        seen.append(name)
        return name

    return work


async def held(turns: Turns) -> tuple[asyncio.Future[object], threading.Event]:
    """The thread has something to do until the event is set."""
    go = threading.Event()
    return asyncio.ensure_future(turns.take("holder", lambda: go.wait(60))), go


async def test_viewers_take_turns() -> None:
    turns, seen = Turns(asyncio.get_running_loop()), list[str]()
    holding, go = await held(turns)
    await asyncio.sleep(0)
    waiting = [asyncio.ensure_future(turns.take("a", noted(seen, f"a{n}"))) for n in range(3)]
    waiting.append(asyncio.ensure_future(turns.take("b", noted(seen, "b0"))))
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*waiting) == ["a0", "a1", "a2", "b0"]
    assert seen == ["a0", "b0", "a1", "a2"]
    await holding


async def test_no_more_waits_than_may() -> None:
    turns, seen = Turns(asyncio.get_running_loop(), of_one=2, of_all=3), list[str]()
    holding, go = await held(turns)
    await asyncio.sleep(0)
    waiting = [asyncio.ensure_future(turns.take("a", noted(seen, "a"))) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as refused:
        await turns.take("a", noted(seen, "too many of a"))
    waiting.append(asyncio.ensure_future(turns.take("b", noted(seen, "b"))))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await turns.take("c", noted(seen, "too many of all"))
    assert (refused.value.extensions or {})["code"] == "OVERLOADED"
    go.set()
    await asyncio.gather(*waiting, holding)
    assert sorted(seen) == ["a", "a", "b"]


async def test_what_nobody_waits_for_any_more_is_never_begun() -> None:
    turns, seen = Turns(asyncio.get_running_loop()), list[str]()
    holding, go = await held(turns)
    await asyncio.sleep(0)
    gone, there = (asyncio.ensure_future(turns.take("a", noted(seen, name))) for name in ("gone", "there"))
    await asyncio.sleep(0)
    gone.cancel()
    go.set()
    assert await there == "there"
    assert seen == ["there"]
    await holding


async def test_what_fails_fails_for_who_wanted_it() -> None:
    turns = Turns(asyncio.get_running_loop())

    def fail() -> None:
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        await turns.take("a", fail)
    assert await turns.take("a", lambda: "next") == "next"
