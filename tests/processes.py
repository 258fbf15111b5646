"""`stagepath serve` as a process of its own, to be killed, stopped and weighed."""

import os
import resource
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from app.identity.tokens import mint
from app.settings import Settings
from tests import forks
from tests.serving import SECRET, settings_for
from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Process:
    """One address, at which a server is started again and again. Its output goes to `directory/server.log`."""

    program = forks.PROGRAM

    def __init__(self, database_url: str, directory: Path, **environment: str) -> None:
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.log = directory / "server.log"
        self.settings: Settings = settings_for(database_url, directory)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("STAGEPATH_")},
            "DATABASE_URL": database_url,
            "STAGEPATH_STATE_DIR": str(directory),
            "STAGEPATH_SECRET_KEY": SECRET,
            "STAGEPATH_LOG_FORMAT": "json",
            **{f"STAGEPATH_{name}": value for name, value in environment.items()},
        }
        self._process: forks.Forked | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.signal(signal.SIGKILL)
        await self.ended()

    async def start(self) -> None:
        """Returns when it is ready."""
        with self.log.open("ab") as log:
            self._process = forks.forked(
                *("serve", "--port", str(self.port)),
                folder=ROOT,
                environment=self._environment,
                stdout=log,
                stderr=log,
                program=self.program,
            )
        async with httpx.AsyncClient(base_url=self.base_url, trust_env=False, timeout=PATIENCE) as client:

            async def ready() -> bool:
                assert self._process is not None
                assert self._process.poll() is None, self.lines()
                try:
                    return (await client.get("/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(ready)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def ended(self) -> int:
        """Its exit code, when it has ended."""
        assert self._process is not None
        return await self._process.ended()

    def resident(self) -> int:
        """Bytes of memory that it holds. On Linux alone."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * resource.getpagesize()

    def token_for(self, subject: str) -> str:
        return mint(subject, settings=self.settings)

    def lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()


@asynccontextmanager
async def serving(database_url: str, directory: Path, **environment: str) -> AsyncIterator[Process]:
    async with Process(database_url, directory, **environment) as process:
        yield process
