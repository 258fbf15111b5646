"""A PostgreSQL server of a test's own, with durability on, that can be crashed and started again."""

import asyncio
import os
import signal
from pathlib import Path

from app.database import embedded


class Cluster:
    def __init__(self, directory: Path) -> None:
        self._server = embedded.Server(directory)
        self._server.ensure()
        self.url = self._server.url

    async def crash(self) -> None:
        """As if the machine had lost its power: nothing is written any more, every connection breaks."""
        os.kill(self._server.pid, signal.SIGQUIT)
        while self._server.is_alive():  # noqa: ASYNC110 # nobody tells us
            await asyncio.sleep(0.02)

    async def start(self) -> None:
        """Returns when it has recovered."""
        await asyncio.to_thread(self._server.ensure)

    def stop(self) -> None:
        self._server.leave()
