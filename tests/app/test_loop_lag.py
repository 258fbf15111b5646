import asyncio
import time

import uvloop
from prometheus_client import REGISTRY

from app.loop_lag import EVERY_SECONDS, REMEMBERED_SECONDS, LoopLag, measured_lag
from tests.waiting import until


def longest() -> float:
    return REGISTRY.get_sample_value("stagepath_event_loop_lag_max_seconds") or 0


def counted() -> float:
    return REGISTRY.get_sample_value("stagepath_event_loop_lag_seconds_count") or 0


async def test_the_longest_of_the_last_half_minute_is_kept() -> None:
    lag = LoopLag(asyncio.get_running_loop())
    lag.stop()
    for now, late, expected in [
        (0.0, 0.2, 0.2),
        (1.0, 3.0, 3.0),
        (2.0, 0.5, 3.0),
        (3.0, 0.1, 3.0),
        (1.0 + REMEMBERED_SECONDS, 0.0, 3.0),
        (1.1 + REMEMBERED_SECONDS, 0.0, 0.5),
        (2.1 + REMEMBERED_SECONDS, 0.0, 0.1),
        (100.0, 0.0, 0.0),
    ]:
        lag.note(now, late)
        assert longest() == expected


async def test_a_loop_that_was_kept_busy_is_late() -> None:
    before = counted()
    with measured_lag():
        time.sleep(EVERY_SECONDS * 3)  # noqa: ASYNC251 # which is what is measured

        async def seen() -> bool:
            return counted() > before

        await until(seen)
        assert longest() >= EVERY_SECONDS


def test_uvloop_tells_of_a_look_whose_time_was_over_before_it_was_asked_for() -> None:
    async def late() -> None:
        lag, before = LoopLag(asyncio.get_running_loop()), counted()
        lag.stop()
        lag._wait(asyncio.get_running_loop().time() - 1)

        async def seen() -> bool:
            return counted() > before

        await until(seen)
        lag.stop()

    uvloop.run(late())
