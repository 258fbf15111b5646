"""A process that serves on looks after the embedded PostgreSQL that it uses, and starts it again when it has died.

One thread asks every quarter second whether it lives and was not told to end, which costs a few system calls. Of
several processes on one server the first to notice starts it; the others find it running. Server processes that were
given its URL don't look after it.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from app.database.embedded.faults import Unstartable
from app.database.embedded.server import Server, started

LOOK_EVERY = 0.25
PAUSES = (0.0, 0.25, 0.5, 1.0, 2.0)
"""Seconds before each attempt to start it again; after the last one it is given up."""

log = structlog.get_logger(__name__)


class Watch:
    def __init__(self, server: Server, on_lost: Callable[[], None]) -> None:
        self.lost: str | None = None
        """Why it doesn't run any more, once it was given up."""
        self._server = server
        self._on_lost = on_lost
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="embedded-postgresql", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            if self._server.is_alive():
                self._server.hasten()
                continue
            log.warning("the embedded PostgreSQL died; restarting it", reason=self._server.last_words())
            if not self._start_again():
                self._on_lost()
                return

    def _start_again(self) -> bool:
        """True, too, when nobody wants it any more."""
        failed: Unstartable | None = None
        for pause in PAUSES:
            if self._over.wait(pause):
                return True
            try:
                self._server.ensure()
            except Unstartable as error:
                failed = error
                log.warning("the embedded PostgreSQL can't start", reason=str(error))
            else:
                log.info("the embedded PostgreSQL has been restarted")
                return True
        self.lost = str(failed)
        return False


@contextmanager
def watched(on_lost: Callable[[], None]) -> Iterator[None]:
    """Look after what this process has started or found. `on_lost` is called in a thread of its own when that can't
    be started any more, and has to end the block, which then raises `Unstartable`."""
    watches = [Watch(server, on_lost) for server in started()]
    for watch in watches:
        watch.start()
    try:
        yield
    except SystemExit:
        _raise_lost(watches)
        raise
    finally:
        for watch in watches:
            watch.stop()
    _raise_lost(watches)


def _raise_lost(watches: list[Watch]) -> None:
    for watch in watches:
        if watch.lost is not None:
            raise Unstartable(f"it ended and didn't start again: {watch.lost}")
