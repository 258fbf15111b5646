"""The lag of webhooks behind what happens, with one worker and 50 endpoints.

`make bench-webhooks` writes `bench/WEBHOOKS.md`. A writer commits events at a steady pace; one worker, a process of its
own, follows the log and sends; a receiver on loopback, a third process, notes when each arrived. The lag of a delivery
is the time from the beginning of the transaction that wrote the event to its arrival.
"""

import argparse
import asyncio
import atexit
import multiprocessing
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from shutil import rmtree
from statistics import quantiles
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import orjson
import psutil
from pydantic import SecretStr

from app.background import in_background
from app.consumers.follow import register
from app.consumers.running import consume, woken
from app.database import Database, Transaction, embedded, use
from app.database.migrate import migrate
from app.events.facts import opportunity_updated
from app.events.log import append
from app.events.tail import CHANNEL, Tail
from app.models.columns import new_id
from app.settings import Settings, use_settings
from app.webhooks import courier, enqueuing
from app.webhooks.secrets import new_secret, seal_secret
from app.webhooks.webhook_consumer import WEBHOOKS

REPORT = Path(__file__).with_name("WEBHOOKS.md")
ENDPOINTS = 50
PER_MINUTE = 10_000
DEAD = "/0"


@dataclass(frozen=True, slots=True)
class Scenario:
    """`of_each`: how many endpoints are told of an event. `dead`: whether the first one never answers."""

    name: str
    per_minute: int
    of_each: int = 1
    dead: bool = False


SCENARIOS = (
    Scenario("10,000 events a minute, each for one of 50 endpoints", PER_MINUTE),
    Scenario("the same, one endpoint of which never answers", PER_MINUTE, dead=True),
    Scenario("1,000 events a minute, each for all 50 endpoints", 1_000, of_each=ENDPOINTS),
)


def settings_of(port: int) -> Settings:
    return Settings(
        _env_file=None,
        secret_key=SecretStr("development-secret-of-the-bench-0123456789"),
        outgoing_ports=(port,),
        outgoing_networks=("127.0.0.1/32",),
    )


def receive(told: Connection, dead: bool) -> None:
    """The receiver: answers at once, and gives the lag of each delivery by its path when asked."""
    asyncio.run(_receive(told, dead))


async def _receive(told: Connection, dead: bool) -> None:
    lags: dict[str, list[float]] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            path = head.split(b" ", 2)[1].decode()
            length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))[15:])
            said = orjson.loads(await reader.readexactly(length))
            if dead and path == DEAD:
                await asyncio.sleep(3600)
            lags.setdefault(path, []).append(time.time() - datetime.fromisoformat(said["timestamp"]).timestamp())
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    told.send(server.sockets[0].getsockname()[1])
    await asyncio.to_thread(told.recv)
    told.send(lags)


async def _head(reader: asyncio.StreamReader) -> bytes:
    """Of the next request; empty when there is none."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):  # the last one: it ends
        return b""


def work(url: str, port: int, begun: Connection) -> None:
    """The worker."""

    async def run() -> None:
        use_settings(settings_of(port))
        database = await Database.connect(url, size=6)
        use(database)
        tail = Tail(database, heard={CHANNEL: woken, enqueuing.CHANNEL: courier.woken})
        await tail.start()
        async with in_background(courier.deliver(database, settings_of(port)), name="courier"):
            begun.send(True)
            await consume(database, [WEBHOOKS])

    asyncio.run(run())


async def prepared(url: str, port: int, scenario: Scenario) -> Database:
    connection = await asyncpg.connect(url)
    await connection.execute("DROP DATABASE IF EXISTS webhooks WITH (FORCE)")
    await connection.execute("CREATE DATABASE webhooks")
    await connection.close()
    database = await Database.connect(urlunsplit(urlsplit(url)._replace(path="/webhooks")), size=4)
    use(database)
    await migrate(database)
    await register(database, WEBHOOKS)
    vendor, owner = new_id(), new_id()
    await database.fetch("INSERT INTO organization (id, key, name, kind) VALUES ($1, 'v', 'V', 'VENDOR')", vendor)
    await database.fetch(
        "INSERT INTO user_account (id, organization_id, name, role) VALUES ($1, $2, 'Owner', 'VENDOR_ADMIN')",
        owner,
        vendor,
    )
    for number in range(ENDPOINTS):
        id = new_id()
        fields = [] if scenario.of_each == ENDPOINTS else [f"field{number}"]
        await database.fetch(
            "INSERT INTO webhook_endpoint (id, organization_id, owner_id, url, changed_fields, secret)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            *(id, vendor, owner, f"http://127.0.0.1:{port}/{number}", fields, seal_secret(new_secret(), id)),
        )
    return database


async def write(database: Database, scenario: Scenario, seconds: float, deals: Sequence[UUID]) -> int:
    """One event a transaction, at a steady pace; how many there were."""
    begun, written = time.monotonic(), 0
    connection = await asyncpg.connect(database.url)
    while (elapsed := time.monotonic() - begun) < seconds:
        due = int(elapsed * scenario.per_minute / 60)
        while written < due:
            async with connection.transaction():
                tx = Transaction(connection, None)  # type: ignore[arg-type] # the log doesn't touch the ORM
                deal, field = deals[written % len(deals)], f"field{written % ENDPOINTS}"
                await append(tx, opportunity_updated(deal, fields=[field], actor_id=None))
            written += 1
        await connection.execute("SELECT pg_notify($1, '')", CHANNEL)  # as a server's tail does, at most so often
        await asyncio.sleep(0.01)
    await connection.close()
    return written


async def measured(url: str, scenario: Scenario, seconds: float) -> list[str]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    receiver = context.Process(target=receive, args=(there, scenario.dead), daemon=True)
    receiver.start()
    port = await asyncio.to_thread(here.recv)
    use_settings(settings_of(port))
    database = await prepared(url, port, scenario)
    told, begun = context.Pipe()
    worker = context.Process(target=work, args=(database.url, port, begun), daemon=True)
    worker.start()
    await asyncio.to_thread(told.recv)
    deals = [new_id() for _ in range(200)]
    await write(database, scenario, 2.0, deals)  # connections are made, statements prepared
    before = psutil.Process(worker.pid).cpu_times()
    written = await write(database, scenario, seconds, deals)
    after = psutil.Process(worker.pid).cpu_times()
    await asyncio.sleep(3)
    left = await database.fetch(
        "SELECT count(*) AS n FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id"
        " WHERE d.due_at IS NOT NULL AND ($1 OR e.url NOT LIKE '%/0')",
        not scenario.dead,
    )
    here.send(True)
    lags: dict[str, list[float]] = await asyncio.to_thread(here.recv)
    for process in (worker, receiver):
        process.terminate()
        process.join()
    await database.close()
    cpu = after.user + after.system - before.user - before.system
    heard = [lag for one in lags.values() for lag in one]
    return _line(scenario, written, heard, cpu, left[0]["n"])


def _line(scenario: Scenario, written: int, lags: Sequence[float], cpu: float, left: int) -> list[str]:
    """`cpu`: seconds that the worker took while the events were written."""
    cut = quantiles(lags, n=100)
    each = 1000 * cpu / max(written * scenario.of_each, 1)
    figures = " | ".join(f"{value * 1000:,.0f}" for value in (cut[49], cut[94], cut[98], max(lags)))
    return [f"| {scenario.name} | {written:,} | {len(lags):,} | {figures} | {each:.2f} | {left:,} |"]


async def main(seconds: float, out: Path | None) -> None:
    files = Path(tempfile.mkdtemp(prefix="stagepath-"))
    atexit.register(rmtree, files, ignore_errors=True)
    url = embedded.start(files)
    lines = [
        "# Webhooks",
        "",
        "Written by `make bench-webhooks`. One worker, a writer, a receiver and PostgreSQL on one machine of "
        f"{os.cpu_count()} cores, {seconds:.0f} s each; {os.getloadavg()[0]:.0f} other processes wanted to run when it "
        "began. Lag: from the beginning of the transaction that wrote an event to its delivery's arrival, in "
        "milliseconds. Left: deliveries that had not arrived 3 s after the last event.",
        "",
        "| | events | deliveries | median lag | 95 % | 99 % | most | worker's CPU each, ms | left |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for scenario in SCENARIOS:
        lines += await measured(url, scenario, seconds)
        print(lines[-1], flush=True)
    if out is not None:
        out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    given = argparse.ArgumentParser(prog="python -m bench.bench_webhooks", description=__doc__)
    given.add_argument("--seconds", type=float, default=60.0, help="of each scenario")
    given.add_argument("--out", type=Path, default=REPORT)
    asked = given.parse_args()
    asyncio.run(main(asked.seconds, asked.out))
