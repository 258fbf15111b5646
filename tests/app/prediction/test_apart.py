"""Training in a process of its own, which leaves the machine's processors to those who serve."""

import asyncio
import contextlib

import psutil
import pytest

from app.prediction.apart import PROGRAM, train_apart
from app.prediction.training_process import Order
from tests.app.prediction.past import SHAPE
from tests.waiting import until


def environments() -> list[dict[str, str]]:
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if PROGRAM[-1] in child.cmdline():
                found.append(child.environ())
    return found


async def there() -> bool:
    return bool(environments())


@pytest.mark.parametrize(("chosen", "threads"), [(None, "1"), ("3", "3")])
async def test_it_takes_one_thread_unless_told_otherwise(
    chosen: str | None, threads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if chosen is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", chosen)
    training = asyncio.create_task(train_apart(Order([], 0.0, SHAPE)))
    await until(there)
    assert [one["OMP_NUM_THREADS"] for one in environments()] == [threads]
    training.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await training
