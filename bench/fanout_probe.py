"""What a subscriber costs: memory while idle, CPU per delivery, and how late events arrive.

    python -m bench.fanout_probe --subscribers 1000 --rate 4 --events 40 [--filters 50] [--idle 5000]

Starts a server of its own over the demo programme; subscribers are bare sockets, so that they cost little themselves.
Figures are of the server process alone, from /proc; time not spent on events (pings, timers) is in them, too.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import uvloop

from app.database import Database, embedded, use
from app.deals.advance import advance
from app.demo.load import load
from app.demo.people import demo_id
from app.events import notify
from app.identity.tokens import mint
from app.identity.users import viewer_of
from app.settings import Settings

VENDOR = "Tomás Herrera"
QUERY = """subscription Changes($filter: StageChangeFilter) { opportunityStageChanged(filter: $filter) {
  cursor
  transition { id kind at fromStage { key name } toStage { key name } }
  opportunity { id name version status amount { amount currency } stage { key name } partner { name } account { name } }
} }"""
STAGES = ("qualification", "deal-registration")
KINDS = ("CREATED", "FORWARD", "SKIP", "BACK", "WON", "LOST", "REOPEN")


@dataclass
class Figures:
    began: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)


class Subscriber(asyncio.Protocol):
    """Counts the `next` messages that it gets; knows just enough of WebSockets for that."""

    def __init__(self, token: str, variables: dict[str, Any], figures: Figures, subscribed: Callable[[], None]) -> None:
        self.token, self.variables, self.figures, self.subscribed = token, variables, figures, subscribed
        self.heard = 0
        self.buffer = b""
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            f"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.open:
            head, separator, rest = self.buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            if b" 101 " not in head:
                raise RuntimeError(head.decode())
            self.open, self.buffer = True, rest
            self.say(type="connection_init", payload={"Authorization": f"Bearer {self.token}"})
        while len(self.buffer) >= 2:
            size, start = self.buffer[1], 2
            if size == 126:
                size, start = int.from_bytes(self.buffer[2:4], "big"), 4
            if len(self.buffer) < start + size:
                return
            opcode, message = self.buffer[0] & 15, self.buffer[start : start + size]
            self.buffer = self.buffer[start + size :]
            self.hear(opcode, message)

    def hear(self, opcode: int, message: bytes) -> None:
        if opcode == 9:
            self.write(0x8A, message)
        elif b'"type":"next"' in message[:60]:
            if b'"errors"' in message:
                raise RuntimeError(message.decode())
            self.figures.late.append(time.perf_counter() - self.figures.began[self.heard])
            self.heard += 1
        elif b'"connection_ack"' in message:
            self.say(type="subscribe", id="1", payload={"query": QUERY, "variables": self.variables})
            self.say(type="ping")
        elif b'"pong"' in message:
            self.subscribed()
        else:
            raise RuntimeError(message.decode(errors="replace"))

    def say(self, **message: Any) -> None:
        self.write(0x81, json.dumps(message).encode())

    def write(self, first: int, message: bytes) -> None:
        """Masked with zeros, which is allowed."""
        size = len(message)
        head = bytes((first, 0x80 | size)) if size < 126 else bytes((first, 0xFE)) + size.to_bytes(2, "big")
        self.transport.write(head + b"\0\0\0\0" + message)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


@asynccontextmanager
async def server(url: str, secret: str) -> AsyncIterator[tuple[int, int]]:
    """Process id and port."""
    environment = os.environ | {
        "DATABASE_URL": url,
        "STAGEPATH_SECRET_KEY": secret,
        "STAGEPATH_WORKER_IN_SERVER": "false",
        "STAGEPATH_MAX_CONNECTIONS_PER_VIEWER": "100000",
        "STAGEPATH_COST_PER_MINUTE": "100000000",
    }
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = 0
        for line in process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                port = int(found[1])
                break
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.05)
        yield process.pid, port
        process.terminate()


async def connect(port: int, number: int, filters: int, token: str, figures: Figures) -> list[Subscriber]:
    loop = asyncio.get_running_loop()
    found: list[Subscriber] = []
    at_once = asyncio.Semaphore(50)

    async def one(n: int) -> None:
        async with at_once:
            ready = asyncio.Event()
            # Filters that differ, and all let every event through.
            keys = [*STAGES, *(f"none-{n % filters}-{k}" for k in range(3))]
            variables = {"filter": {"toStageKeys": keys}} if filters > 1 else {}
            _, made = await loop.create_connection(
                lambda: Subscriber(token, variables, figures, ready.set), "127.0.0.1", port
            )
            found.append(made)
            await ready.wait()

    await asyncio.gather(*(one(n) for n in range(number)))
    await asyncio.sleep(1)
    return found


def _fail(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    print(context)
    os._exit(1)


async def run(options: argparse.Namespace) -> None:
    asyncio.get_running_loop().set_exception_handler(_fail)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    secret = "development-" + "x" * 40
    settings = Settings(_env_file=None, secret_key=secret)
    with TemporaryDirectory(prefix="probe-", ignore_cleanup_errors=True) as files:
        os.chmod(files, 0o755)  # noqa: S103
        url = embedded.start(Path(files))
        database = await Database.connect(url, size=2)
        use(database)
        from app.database.migrate import migrate

        await migrate(database)
        await load(database)
        token = mint(str(demo_id(f"user/{VENDOR}")), settings=settings)
        async with server(url, secret) as (pid, port):
            if options.idle:
                await idle(pid, port, options.idle, token)
            if options.subscribers:
                await fan_out(database, pid, port, token, options)
        await database.close()


async def idle(pid: int, port: int, number: int, token: str) -> None:
    figures = Figures()
    warm = await connect(port, 50, 1, token, figures)
    before = resident_kib(pid)
    subscribers = await connect(port, number, 1, token, figures)
    after = resident_kib(pid)
    print(f"idle: {number} subscribers, {(after - before) / number:.1f} KiB each ({before} -> {after} KiB)")
    for one in (*subscribers, *warm):
        one.transport.abort()
    await asyncio.sleep(2)


async def fan_out(database: Database, pid: int, port: int, token: str, options: argparse.Namespace) -> None:
    viewer = await viewer_of(str(demo_id(f"user/{VENDOR}")))
    assert viewer is not None
    row = await database.fetchrow(
        "SELECT o.id FROM opportunity o JOIN playbook p ON p.id = o.playbook_id JOIN stage s ON s.id = o.stage_id"
        " WHERE p.key = 'it-software' AND o.status = 'OPEN' AND s.key = 'deal-registration' ORDER BY o.id LIMIT 1"
    )
    assert row is not None
    figures = Figures()
    subscribers = await connect(port, options.subscribers, options.filters, token, figures)
    cpu, started = cpu_seconds(pid), time.perf_counter()
    for n in range(options.events):
        moved = await advance(viewer, row["id"], STAGES[n % 2], reason="probe", override=True)
        figures.began.append(time.perf_counter())
        await notify(database)
        assert not hasattr(moved, "errors"), moved
        await asyncio.sleep(max(0.0, started + (n + 1) / options.rate - time.perf_counter()))
    expected = options.events * options.subscribers
    deadline = time.perf_counter() + 30
    while len(figures.late) < expected and time.perf_counter() < deadline:
        await asyncio.sleep(0.05)
    spent = cpu_seconds(pid) - cpu
    late = sorted(figures.late)
    print(
        f"fan-out: {options.subscribers} subscribers, {options.filters} filters, {options.events} events at"
        f" {options.rate}/s: {len(late)} of {expected} delivered, {spent / max(1, len(late)) * 1e6:.1f} µs CPU each,"
        f" median {statistics.median(late) * 1e3:.0f} ms, p99 {late[int(len(late) * 0.99)] * 1e3:.0f} ms"
    )
    for one in subscribers:
        one.transport.abort()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=4)
    parser.add_argument("--events", type=int, default=40)
    parser.add_argument("--filters", type=int, default=1)
    parser.add_argument("--idle", type=int, default=0)
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
