"""Moves of deals where sums are kept and where none are: two servers over two copies of a database, in turn.

A round ends when all that was noted is folded, so that a move is charged with all that it causes.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean, stdev

import asyncpg

from app.analytics.rollups.folding import EVERY
from bench.answers import Client, Contender, ask, client, moves
from bench.contenders import MOVED
from bench.cpu import cpu_seconds
from bench.data.databases import copy_of
from bench.data.shape import Size
from bench.requests import stagepath_moves
from bench.systems import STAGEPATH, started
from bench.world import world_of

SECONDS = 3.0
_BARE = (
    "ALTER TABLE opportunity DISABLE TRIGGER opportunity_counted",
    "ALTER TABLE field_change DISABLE TRIGGER field_change_new_stale",
    "DROP INDEX opportunity_largest_open, opportunity_open_entered, opportunity_open_of_partner",
)
"""Without what is there for sums alone."""
_MOVES = "SELECT count(*) FROM stage_transition"
_NOTED = "SELECT EXISTS (SELECT FROM rollup_change)"


@dataclass(frozen=True, slots=True)
class Moves:
    """`cpu`: milliseconds of server and PostgreSQL together."""

    moves: int
    cpu: float

    @property
    def each(self) -> float:
        return self.cpu / max(1, self.moves)


@dataclass(frozen=True, slots=True)
class Round:
    kept: Moves
    bare: Moves

    @property
    def ratio(self) -> float:
        return self.kept.each / self.bare.each


@dataclass(frozen=True, slots=True)
class Ratio:
    """The mean over the rounds of the ratio within each, without the tenth of them that is furthest off at either end:
    what a machine does beside it. `error`: the standard error of it."""

    of: float
    error: float


def ratio(rounds: list[Round]) -> Ratio:
    """By logarithms, so that a half weighs as much as a double."""
    found = sorted(log(one.ratio) for one in rounds)
    cut = len(found) // 10
    kept = found[cut : len(found) - cut]
    error = stdev(kept) / sqrt(len(kept)) if len(kept) > 1 else float("inf")
    return Ratio(exp(fmean(kept)), error)


async def measured(url: str, original: str, size: Size, postgres: int, count: int) -> list[Round]:
    async with AsyncExitStack() as stack:
        kept, bare = [await stack.enter_async_context(copy_of(url, original, f"moves_{n}")) for n in range(2)]
        connection = await asyncpg.connect(bare)
        for statement in _BARE:
            await connection.execute(statement)
        await connection.close()
        world = await world_of(kept, size)
        lists = moves(world.movers(0, 2), lambda deals: stagepath_moves(world, deals))
        first = stagepath_moves(world, world.movers(1, 2)[:1])[0]
        load = stack.enter_context(client(postgres))
        sides = [
            (Contender(name, "D4", stack.enter_context(started(STAGEPATH, database)), lists, wanted=MOVED), database)
            for name, database in (("kept", kept), ("bare", bare))
        ]
        for contender, _ in sides:
            ask(contender.running, first)
        found = []
        for number in range(count + 1):  # the first warms up
            both = [await _moved(load, *side, postgres) for side in _order(sides, number)]
            kept_side, bare_side = both if number % 2 == 0 else reversed(both)
            found.append(Round(kept_side, bare_side))
            so_far = ratio(found[1:]) if number else Ratio(1.0, 1.0)
            said = f"{kept_side.each:.3f} {bare_side.each:.3f}, ratio {so_far.of:.3f} ± {so_far.error:.3f}"
            print(f"moves {number}: {said}", file=sys.stderr)
        return found[1:]


def _order(sides: list[tuple[Contender, str]], number: int) -> list[tuple[Contender, str]]:
    return sides if number % 2 == 0 else sides[::-1]


async def _moved(load: Client, contender: Contender, database: str, postgres: int) -> Moves:
    server = contender.running.pid
    connection = await asyncpg.connect(database)
    try:
        before = await connection.fetchval(_MOVES)
        began = cpu_seconds(server) + cpu_seconds(postgres)
        load.run(contender, SECONDS)
        await asyncio.sleep(2 * EVERY.total_seconds())  # on either side, since waiting takes something, too
        while await connection.fetchval(_NOTED):
            await asyncio.sleep(0.2)
        spent = cpu_seconds(server) + cpu_seconds(postgres) - began
        return Moves(await connection.fetchval(_MOVES) - before, 1_000 * spent)
    finally:
        await connection.close()
