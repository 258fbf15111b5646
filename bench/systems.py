"""The systems that are measured: how each is started, and stopped again.

Each is one process, over the same database, with a pool of the same size and no logging of requests.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import parse_qs, urlsplit

from bench import node
from bench.node import Unavailable
from bench.world import SECRET

POOL = 10
START_SECONDS = 60
STOP_SECONDS = 15
PYTHON = sys.executable
SERVERS = Path(__file__).parent / "servers"
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class System:
    """`title`: as the table calls it; `script`: of Node, under `bench/servers`; else `command` is Python's."""

    name: str
    title: str
    command: tuple[str, ...] = ()
    script: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


STAGEPATH = System("stagepath", "Stagepath", ("-m", "app.cli", "serve"))
STOCK = System("stock", "stock Strawberry, same resolvers", ("-m", "bench.servers.stock"))
POSTGRAPHILE = System("postgraphile", "PostGraphile 5", script="postgraphile.mjs")
MERCURIUS = System("mercurius", "Mercurius, JIT and DataLoader", script="mercurius.mjs")
YOGA = System("yoga", "graphql-yoga with graphql-ws", script="yoga.mjs")
FLOOR = System("floor", "floor", ("-m", "bench.servers.floor"))


@dataclass(slots=True)
class Running:
    system: System
    port: int
    process: subprocess.Popen[bytes]
    said: IO[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    def last_words(self) -> str:
        self.said.seek(0)
        return self.said.read().decode(errors="replace").strip()[-2_000:]


@contextmanager
def started(system: System, database: str) -> Iterator[Running]:
    """The system serving `database`. Raises `Unavailable` when it doesn't come up."""
    port = _free_port()
    with TemporaryFile() as said:
        process = subprocess.Popen(
            _command(system),
            env=_environment(system, database, port),
            stdout=said,
            stderr=said,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 # one call into libc, no lock taken
        )
        running = Running(system, port, process, said)
        try:
            _await(running)
            yield running
        finally:
            _stop(process)


def _command(system: System) -> list[str]:
    if system.script is None:
        return [PYTHON, *system.command]
    node.install()
    return [str(node.NODE), str(SERVERS / system.script)]


def _environment(system: System, database: str, port: int) -> dict[str, str]:
    url = urlsplit(database)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("STAGEPATH_", "PG"))},
        "DATABASE_URL": database,
        "PORT": str(port),
        "POOL": str(POOL),
        "PGHOST": parse_qs(url.query)["host"][0],
        "PGUSER": url.username or "postgres",
        "PGDATABASE": url.path.removeprefix("/"),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "STAGEPATH_PORT": str(port),
        "STAGEPATH_SECRET_KEY": SECRET,
        "STAGEPATH_DATABASE_POOL_SIZE": str(POOL),
        "STAGEPATH_DEMO": "false",
        "STAGEPATH_WORKER_IN_SERVER": "false",
        "STAGEPATH_LOG_LEVEL": "error",
        **system.settings,
    }


def _end_with_parent() -> None:
    """So that a run that is killed leaves no servers behind."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _await(running: Running) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        if running.process.poll() is not None:
            raise Unavailable(f"{running.system.title} ended at start: {running.last_words()}")
        try:
            socket.create_connection(("127.0.0.1", running.port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise Unavailable(f"{running.system.title} didn't listen within {START_SECONDS} s: {running.last_words()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
