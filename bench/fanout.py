"""S1 and S2: deals are moved at a steady pace; every subscriber has to hear of it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import asyncpg
import orjson

from app.events.tail import CHANNEL
from bench.cpu import cpu_seconds, resident_bytes
from bench.documents import STAGE_CHANGED
from bench.node import Unavailable
from bench.servers.moves import Mover
from bench.systems import Running, System, started
from bench.world import World, forth_and_back

YOGA_CHANNEL = "bench_moves"
CATCH_UP_SECONDS = 60
LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Scenario:
    """`filters`: of the subscriptions, as variables; an event reaches those whose stages hold the one it enters."""

    name: str
    subscribers: int
    rate: float
    seconds: float
    filters: Sequence[dict[str, Any] | None] = (None,)

    @property
    def events(self) -> int:
        return max(2, round(self.rate * self.seconds))

    def receivers(self, meant: Sequence[int]) -> int:
        """How many subscribers have one of these filters, which are dealt out in turn."""
        return sum(len(range(n, self.subscribers, len(self.filters))) for n in meant)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Of one round. Latencies in milliseconds from the commit, `server` in µs of processor time for each delivery,
    `idle` in bytes of memory for each subscriber before anything has happened. `wrong`: subscribers that missed
    something, or heard it twice, or in another order, or heard what wasn't meant for them."""

    expected: int
    delivered: int
    wrong: int
    p50: float
    p99: float
    worst: float
    server: float
    client: float
    idle: float


def filters_of(count: int) -> list[dict[str, Any] | None]:
    """Different ones. The first half wants both of the stages that movers go to, the second half one of them."""
    here, there = forth_and_back()
    keys = [[here, there] if n < count // 2 else [there] for n in range(count)]
    return [{"toStageKeys": [*stages, f"other-{n}"]} for n, stages in enumerate(keys)]


class Events:
    """Moves deals, and tells the servers as the product does: by NOTIFY, after the commit."""

    def __init__(self, connection: asyncpg.Connection, movers: list[str], actor: str) -> None:
        self._connection = connection
        self._mover = Mover(connection)
        self._movers = movers
        self._actor = actor
        self._moved = 0

    async def happen(self, scenario: Scenario) -> dict[str, Any]:
        here, there = forth_and_back()
        forth = self._moved // len(self._movers) % 2 == 0
        stage, kind = (there, "FORWARD") if forth else (here, "BACK")
        deal = self._movers[self._moved % len(self._movers)]
        self._moved += 1
        answer = await self._mover.move(
            {"opportunityId": deal, "toStageKey": stage, "kind": kind, "actor": self._actor, "reason": "Bench"}
        )
        at = monotonic()
        transition = orjson.loads(answer)["data"]["advanceStage"]["transition"]["id"].removeprefix("trn_")
        await self._connection.execute("SELECT pg_notify($1, ''), pg_notify($2, $3)", CHANNEL, YOGA_CHANNEL, transition)
        meant = [n for n, given in enumerate(scenario.filters) if given is None or stage in given["toStageKeys"]]
        return {"id": transition, "at": at, "for": meant}


@dataclass(slots=True)
class Crowd:
    process: asyncio.subprocess.Process

    async def ask(self, **question: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        await self.process.stdin.drain()
        return await self.said()

    async def said(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise Unavailable("the subscribers could not connect, or broke off")
        answer: dict[str, Any] = json.loads(line)
        if answer.get("lost"):
            raise Unavailable(f"a subscriber was cut off: {answer['lost']}")
        return answer

    async def heard(self, messages: int, *, least: int = 0) -> bool:
        """Wait until so many messages have come, and so many to each; False when they don't."""
        ends = monotonic() + CATCH_UP_SECONDS
        while monotonic() < ends:
            answer = await self.ask(ask="heard")
            if answer["messages"] >= messages and answer["least"] >= least:
                return True
            await asyncio.sleep(0.05)
        return False


@asynccontextmanager
async def crowd(running: Running, world: World, scenario: Scenario) -> AsyncIterator[Crowd]:
    with TemporaryDirectory(prefix="bench-") as folder:
        order = {
            "port": running.port,
            "count": scenario.subscribers,
            "tokens": world.vendor,
            "subscriptions": [{"query": STAGE_CHANGED, "variables": {"filter": given}} for given in scenario.filters],
        }
        path = Path(folder) / "order.json"
        path.write_text(json.dumps(order))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.subscribers", str(path),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LINE,
        )  # fmt: skip
        try:
            made = Crowd(process)
            await made.said()
            yield made
        finally:
            if process.stdin is not None:
                process.stdin.close()
            await process.wait()


async def measure(system: System, database: str, world: World, movers: list[str], scenario: Scenario) -> Delivery:
    """One round of one system, on a server of its own."""
    connection = await asyncpg.connect(database)
    try:
        with started(system, database) as running:
            events = Events(connection, movers, world.vendor_id)
            await _warm(running, world, events, scenario)
            before = resident_bytes(running.pid)
            async with crowd(running, world, scenario) as subscribers:
                idle = (resident_bytes(running.pid) - before) / scenario.subscribers
                await _all_there(subscribers, events, scenario)
                return await _deliver(running, subscribers, events, scenario, idle)
    finally:
        await connection.close()


async def _warm(running: Running, world: World, events: Events, scenario: Scenario) -> None:
    """A few subscribers and an event, so that what is made once isn't counted as theirs."""
    few = Scenario(scenario.name, len(scenario.filters), scenario.rate, 1, scenario.filters)
    async with crowd(running, world, few) as subscribers:
        await _all_there(subscribers, events, few)


async def _all_there(subscribers: Crowd, events: Events, scenario: Scenario) -> None:
    """A subscription is not acknowledged: move deals until everybody has heard of one."""
    ends = monotonic() + CATCH_UP_SECONDS
    while monotonic() < ends:
        await events.happen(scenario)
        await asyncio.sleep(0.5)
        if (await subscribers.ask(ask="heard"))["least"] > 0:
            break
    else:
        raise Unavailable("not all of the subscribers heard of an event")
    await asyncio.sleep(1)
    await subscribers.ask(ask="forget")


async def _deliver(running: Running, subscribers: Crowd, events: Events, scenario: Scenario, idle: float) -> Delivery:
    begin = (await subscribers.ask(ask="forget"))["client"]
    used = cpu_seconds(running.pid)
    happened: list[dict[str, Any]] = []
    first = monotonic()
    for number in range(scenario.events):
        await asyncio.sleep(max(0.0, first + number / scenario.rate - monotonic()))
        happened.append(await events.happen(scenario))
    expected = sum(scenario.receivers(event["for"]) for event in happened)
    await subscribers.heard(expected)
    used = cpu_seconds(running.pid) - used
    told = await subscribers.ask(ask="account", events=happened)
    each = 1e6 / max(1, told["delivered"])
    return Delivery(
        expected=told["expected"],
        delivered=told["delivered"],
        wrong=told["wrong"],
        p50=told["p50"],
        p99=told["p99"],
        worst=told["worst"],
        server=used * each,
        client=(told["client"] - begin) * each,
        idle=idle,
    )
