"""Learn that the server is to stop while its connections are still open.

An ASGI server tells the application only after the last response has ended, and a subscription's never does by itself.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def end_with_parent() -> None:
    """One of several server processes stops when the one that looks after them is gone, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="end-with-parent", daemon=True).start()


@contextmanager
def on_stop_signal(*calls: Callable[[], None]) -> Iterator[None]:
    """Make `calls` in the running loop when a signal to stop arrives, and let the server's own handler have it too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def stop(number: int, frame: FrameType | None) -> None:
        for call in calls:
            loop.call_soon_threadsafe(call)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in _SIGNALS:
        if callable(before[number]):
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number in _SIGNALS:
            if signal.getsignal(number) is stop:
                signal.signal(number, before[number])
