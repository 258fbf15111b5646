"""Operations that take too long are given up, each at its own time, and nothing else is."""

import asyncio
from collections.abc import Iterator

import pytest

from app.settings import use_settings
from schema.engine.serve.deadline import deadline
from schema.errors import ClientError
from tests.conftest import SETTINGS


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    take_at_most(0.05)
    yield
    use_settings(None)


def take_at_most(seconds: float) -> None:
    use_settings(SETTINGS.model_copy(update={"operation_timeout_seconds": seconds}))


async def wait_for(event: asyncio.Event) -> object:
    try:
        with deadline():
            await event.wait()
    except ClientError as late:
        return (late.extensions or {})["code"]
    return "done"


def never() -> asyncio.Event:
    return asyncio.Event()


async def test_all_that_are_late_are_given_up() -> None:
    assert await asyncio.gather(*(wait_for(never()) for _ in range(50))) == ["TIMEOUT"] * 50


async def test_what_was_done_in_time_is_left_alone_afterwards() -> None:
    rest = asyncio.Event()

    async def quick_but_not_over() -> str:
        with deadline():
            pass
        await rest.wait()
        return "whole"

    quick = asyncio.create_task(quick_but_not_over())
    assert await wait_for(never()) == "TIMEOUT"
    rest.set()
    assert await quick == "whole"


async def test_who_is_cancelled_by_others_is_cancelled() -> None:
    task = asyncio.create_task(wait_for(never()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_another_time_in_the_settings_holds_for_what_begins_then() -> None:
    take_at_most(60)
    event = asyncio.Event()
    long = asyncio.create_task(wait_for(event))
    await asyncio.sleep(0)
    take_at_most(0.05)
    assert await wait_for(never()) == "TIMEOUT"
    event.set()
    assert await long == "done"
