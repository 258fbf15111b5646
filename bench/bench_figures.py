"""Figures that dashboards read, as the data grow, and what keeping their sums costs a move.

`make bench-figures` writes `bench/FIGURES.md`: processor time of PostgreSQL and of the server for a request of each
figure, for the vendor's people and for partners' managers, in turn; what a page of 50 takes with predictions and
without; and `advanceStage` with the triggers by which sums are kept, the folding included, and without. `--large` asks
for all figures of 1,000,000 opportunities beside those of 100,000.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import asyncpg

from app.database import embedded
from bench import moving, nights, requests
from bench.answers import Client, Contender, Results, ask, client, rounds, spread
from bench.bars import postgres_cpu, ratio, server_cpu, total_cpu
from bench.cpu import cpu_seconds
from bench.data.databases import copy_of, template
from bench.data.shape import PARTNERS, Size
from bench.documents import FIGURES, LOOKED_BACK
from bench.report import DOCUMENTS
from bench.systems import STAGEPATH, Running, started
from bench.world import World, world_of

REPORT = Path(__file__).with_name("FIGURES.md")
CONNECTIONS = 4
LARGE = 1_000_000
MOST, GROWTH, PREDICTED, KEPT = 20.0, 1.5, 1.05, 1.05
MEASURED = (*FIGURES, *LOOKED_BACK)


@dataclass(frozen=True, slots=True)
class Plan:
    sizes: tuple[int, ...]
    rounds: int
    seconds: float
    moves: int
    state: Path
    out: Path | None


@dataclass(frozen=True, slots=True)
class Site:
    """A server over a database of a size."""

    size: int
    world: World
    running: Running
    postgres: int


def plan() -> Plan:
    given = argparse.ArgumentParser(prog="python -m bench.bench_figures", description=__doc__)
    given.add_argument("--opportunities", type=int, default=100_000)
    given.add_argument("--large", action="store_true", help=f"also of {LARGE:,} opportunities")
    given.add_argument("--rounds", type=int, default=5)
    given.add_argument("--seconds", type=float, default=2.0, help="of each round")
    given.add_argument("--moves", type=int, default=20, help="rounds of moves; 0: none")
    given.add_argument("--state", type=Path, default=Path(".stagepath/bench"), help="where the databases are kept")
    given.add_argument("--out", type=Path, default=REPORT, help="where to write the report")
    asked = given.parse_args()
    sizes = (asked.opportunities, LARGE) if asked.large else (asked.opportunities,)
    return Plan(sizes, asked.rounds, asked.seconds, asked.moves, asked.state, asked.out)


@asynccontextmanager
async def sites(url: str, chosen: Plan, leader: int) -> AsyncIterator[list[Site]]:
    async with AsyncExitStack() as stack:
        found = []
        for number in chosen.sizes:
            size = Size(number, PARTNERS, deals_only=number > chosen.sizes[0])
            original = await template(url, size)
            database = await stack.enter_async_context(copy_of(url, original, f"figures_{number}"))
            world = await world_of(database, size)
            await nights.take(database, world)
            await _settle(database)
            found.append(Site(number, world, stack.enter_context(started(STAGEPATH, database)), leader))
        yield found


async def _settle(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


def first_answers(found: list[Site]) -> dict[tuple[str, int], float]:
    """Milliseconds of PostgreSQL for each figure that nobody has asked for yet."""
    taken = {}
    for document in MEASURED:
        for site in found:
            request = requests.stagepath(document, site.world)[0]
            began = cpu_seconds(site.postgres)
            ask(site.running, request)
            taken[document, site.size] = 1_000 * (cpu_seconds(site.postgres) - began)
    return taken


def figures(load: Client, found: list[Site], chosen: Plan) -> Results:
    contending = [
        Contender(str(site.size), document, site.running, _asked(document, site.world), CONNECTIONS)
        for document in MEASURED
        for site in found
    ]
    return rounds(load, contending, chosen.rounds, chosen.seconds, _note)


def pages(load: Client, site: Site, chosen: Plan) -> Results:
    """A page with predictions and without, in turn."""
    contending = [
        Contender(document, "P50", site.running, _asked(document, site.world), CONNECTIONS)
        for document in ("P50", "D2")
    ]
    return rounds(load, contending, 2 * chosen.rounds, chosen.seconds, _note)


def _asked(document: str, world: World) -> list[list[str]]:
    return spread(requests.stagepath(document, world), CONNECTIONS)


def _note(what: str) -> None:
    print(what, file=sys.stderr)


async def measured(chosen: Plan) -> str:
    url = embedded.start(chosen.state)
    leader = int((chosen.state / "postgres" / "postmaster.pid").read_text().split()[0])
    async with sites(url, chosen, leader) as found:
        with client(leader) as load:
            first = first_answers(found)
            answers = figures(load, found, chosen)
            paged = pages(load, found[0], chosen)
    size = Size(chosen.sizes[0], PARTNERS)
    moved = await moving.measured(url, await template(url, size), size, leader, chosen.moves) if chosen.moves else []
    lines = [*_intro(chosen), *_figures(answers, first, chosen), *_growth(answers, chosen), *_pages(paged)]
    return "\n".join([*lines, *_moves(moved)]) + "\n"


def _intro(chosen: Plan) -> Iterator[str]:
    yield "# What figures take"
    yield ""
    yield (
        f"Four moves for each opportunity, {PARTNERS:,} partners, of which those who ask have ten times as many as the"
        f" others; {chosen.rounds} rounds of {chosen.seconds:g} s in turn, by {CONNECTIONS} connections, medians over"
        " the rounds, milliseconds of processor time for a request. Written by `make bench-figures`, with"
        " `ARGS=--large` of both sizes."
    )
    yield ""
    yield (
        f"Asked for: at most {MOST:g} ms of PostgreSQL for each figure, and at most {GROWTH} times that of ten times as"
        " much. “First” is PostgreSQL's time of the very first answer, planning included: analytics, and forecasts of"
        " the past, are kept for a while where they are of more than 20,000 opportunities."
    )


def _figures(answers: Results, first: dict[tuple[str, int], float], chosen: Plan) -> Iterator[str]:
    yield from ("", "| | of | opportunities | PostgreSQL | server | first | |", "|---|---|---|---|---|---|---|")
    for document in MEASURED:
        for size in chosen.sizes:
            outcomes = answers.get((document, str(size)), [])
            if outcomes:
                least = median(map(postgres_cpu, outcomes))
                limit = MOST if size == chosen.sizes[0] else GROWTH * MOST
                verdict = "met" if least <= limit else "**not met**"
                of = "a partner" if document in requests.OF_VIEWERS else "all"
                server, began = median(map(server_cpu, outcomes)), first[document, size]
                yield f"| {_title(document)} | {of} | {size:,} | {least:.2f} | {server:.2f} | {began:.0f} | {verdict} |"


def _title(document: str) -> str:
    named = MEASURED[MEASURED.index(document) - (document in requests.OF_VIEWERS)]
    return DOCUMENTS[named].removesuffix(" of all")


def _growth(answers: Results, chosen: Plan) -> Iterator[str]:
    if len(chosen.sizes) > 1:
        small, large = (str(size) for size in chosen.sizes)
        yield ""
        for document in MEASURED:
            times = [list(map(postgres_cpu, answers.get((document, size), []))) for size in (large, small)]
            growth = ratio(times[0], times[1])
            yield f"- {document}: {'–' if growth is None else f'{growth:.2f}'} times as much of PostgreSQL"


def _pages(paged: Results) -> Iterator[str]:
    with_them, without = (list(map(total_cpu, paged.get(("P50", name), []))) for name in ("P50", "D2"))
    added = ratio(with_them, without)
    if added is not None:
        verdict = "met" if added <= PREDICTED else "**not met**"
        yield ""
        yield (
            f"A page of 50 takes {median(without):.2f} ms, server and PostgreSQL together, and {added:.3f} times that"
            f" with predictions (at most {PREDICTED}: {verdict})."
        )


def _moves(moved: list[moving.Round]) -> Iterator[str]:
    if moved:
        bare, found = median(one.bare.each for one in moved), moving.ratio(moved)
        number = sum(one.kept.moves + one.bare.moves for one in moved)
        yield ""
        yield (
            f"`advanceStage` takes {bare:.3f} ms, server and PostgreSQL together, where no sums are kept, and"
            f" {found.of:.3f} ± {found.error:.3f} times that where they are, until all is folded (at most {KEPT}:"
            f" {'met' if found.of <= KEPT else '**not met**'}; {number:,} moves in {len(moved)} rounds, the mean of"
            " the ratios of rounds without the tenth furthest off at either end, with its standard error)."
        )


def main() -> None:
    chosen = plan()
    text = asyncio.run(measured(chosen))
    print(text)
    if chosen.out is not None:
        chosen.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
