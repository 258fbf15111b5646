"""One run: databases, systems, documents, subscriptions, each system in its turn."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from app.database import embedded
from bench import nights, requests
from bench.answers import Client, Contender, client, rounds, spread
from bench.bars import Findings
from bench.contenders import SHARES, contenders
from bench.data.databases import at, copy_of, template
from bench.data.shape import Size
from bench.fanout import Scenario, filters_of, measure
from bench.mornings import advise
from bench.node import Unavailable
from bench.report import DOCUMENTS, written
from bench.systems import FLOOR, MERCURIUS, POSTGRAPHILE, STAGEPATH, STOCK, YOGA, Running, System, started
from bench.world import World, world_of

ALL = (
    "D1",
    "D2",
    "D3",
    "D4",
    "D5",
    "D6",
    "A1",
    "A2",
    "F1",
    "F2",
    "M1",
    "M2",
    "H1",
    "H2",
    "C1",
    "C2",
    "R1",
    "R50",
    "P50",
    "N50",
    "growth",
    "S1",
    "S2",
)
FILTERS = 50
RATE, LARGE_RATE = 4.0, 1.0
DELIVERY_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """`sizes`: of the databases between which growth is measured; `subscribers`: of S1 and S1 large; `events_for`: how
    long events happen, in seconds; `systems`: None for all. Stagepath is always among them."""

    opportunities: int
    partners: int
    rounds: int
    seconds: float
    sizes: tuple[int, ...]
    subscribers: tuple[int, int]
    events_for: float
    only: tuple[str, ...]
    systems: frozenset[str] | None
    state: Path
    out: Path | None

    def takes(self, system: System) -> bool:
        return self.systems is None or system is STAGEPATH or system.name in self.systems

    @property
    def delivery_rounds(self) -> int:
        return min(self.rounds, DELIVERY_ROUNDS)


class Run:
    def __init__(self, plan: Plan, url: str) -> None:
        self.plan = plan
        self.url = url
        self.found = Findings()

    def note(self, what: str) -> None:
        print(what, file=sys.stderr)
        self.found.notes.append(what)

    async def everything(self) -> str:
        """The report."""
        size = Size(self.plan.opportunities, self.plan.partners)
        original = await template(self.url, size)
        async with copy_of(self.url, original, "bench_run") as database:
            world = await world_of(database, size)
            leader = int((self.plan.state / "postgres" / "postmaster.pid").read_text().split()[0])
            if {"M1", "M2"} & set(self.plan.only):
                await nights.take(database, world)
            if "N50" in self.plan.only:
                await advise(database, world.viewers)
            with client(leader) as load:
                self._answers(load, database, world)
                if "growth" in self.plan.only:
                    await self._growth(load)
            await self._fanout(database, world)
            return written(self.found, _intro(self.plan), await _version(database))

    def _answers(self, load: Client, database: str, world: World) -> None:
        if not set(self.plan.only) & DOCUMENTS.keys():
            return
        with self._started(database) as running:
            contending = list(contenders(self.plan.only, world, running, self.note))
            self.found.answers = rounds(load, contending, self.plan.rounds, self.plan.seconds, self.note)

    @contextmanager
    def _started(self, database: str) -> Iterator[dict[str, Running]]:
        """All systems that come up, by name."""
        with ExitStack() as stack:
            running: dict[str, Running] = {}
            for system in (STAGEPATH, STOCK, POSTGRAPHILE, MERCURIUS, FLOOR):
                if self.plan.takes(system):
                    try:
                        running[system.name] = stack.enter_context(started(system, database))
                    except Unavailable as reason:
                        self.note(str(reason))
            yield running

    async def _growth(self, load: Client) -> None:
        """D2 on databases of different sizes, in turn: what one client alone has to wait, over one connection."""
        with ExitStack() as stack:
            contending = {}
            for opportunities in self.plan.sizes:
                size = Size(opportunities, self.plan.partners, deals_only=True)
                database = at(self.url, await template(self.url, size))
                running = stack.enter_context(started(STAGEPATH, database))
                asked = spread(requests.stagepath("D2", await world_of(database, size)))
                contending[opportunities] = Contender(f"{opportunities}", "growth", running, asked, connections=1)
                _warm(load, contending[opportunities], self.plan.seconds)
            measured = rounds(load, list(contending.values()), self.plan.rounds, self.plan.seconds, self.note)
            self.found.growth = {size: measured[one.document, one.name] for size, one in contending.items()}

    async def _fanout(self, database: str, world: World) -> None:
        movers = world.movers(SHARES - 1, SHARES)
        for scenario, systems in self._scenarios():
            for number in range(self.plan.delivery_rounds):
                for system in systems:
                    if not self.plan.takes(system):
                        continue
                    try:
                        delivery = await measure(system, database, world, movers, scenario)
                    except Unavailable as reason:
                        self.note(f"{scenario.name}, {system.title}: {reason}")
                        continue
                    print(f"{scenario.name} {number + 1} {system.name}: {delivery.server:.1f} µs", file=sys.stderr)
                    self.found.deliveries.setdefault((scenario.name, system.name), []).append(delivery)

    def _scenarios(self) -> Iterator[tuple[Scenario, tuple[System, ...]]]:
        (some, many), seconds = self.plan.subscribers, self.plan.events_for
        if "S1" in self.plan.only:
            yield Scenario("S1", some, RATE, seconds), (STAGEPATH, STOCK, YOGA)
            # Stock Strawberry needs more than the second between two events for 5,000 deliveries.
            yield Scenario("S1 large", many, LARGE_RATE, seconds), (STAGEPATH, YOGA)
        if "S2" in self.plan.only:
            yield Scenario("S2", some, RATE, seconds, filters_of(min(FILTERS, some))), (STAGEPATH, STOCK, YOGA)


def _warm(load: Client, contender: Contender, seconds: float) -> None:
    """Until all that will be asked is in memory: a large database begins on the disk, which is not what is measured."""
    once = len(contender.lists[0])
    while load.run(contender, seconds).requests < once:
        seconds *= 2


async def measured(plan: Plan) -> tuple[Findings, str]:
    run = Run(plan, embedded.start(plan.state))
    text = await run.everything()
    return run.found, text


def _intro(plan: Plan) -> str:
    transitions = 4 * plan.opportunities
    return (
        f"{plan.opportunities:,} opportunities, {transitions:,} transitions, {plan.partners:,} partners;"
        f" {plan.rounds} rounds of {plan.seconds:g} s for each system and document in turn. How it is measured, and"
        " what each system does, is in [README.md](README.md). Written by `make bench`."
    )


async def _version(database: str) -> str:
    connection = await asyncpg.connect(database)
    try:
        return f"PostgreSQL {await connection.fetchval('SHOW server_version')}"
    finally:
        await connection.close()
