"""Whether what an operation costs follows the work it makes: time ÷ cost of many documents, warm, one after the other.

`python -m bench.costs` asks 3,000 documents as viewers of two databases of 100,000 deals: one where 2,000 partners have
50 to 500 of them each, one where two partners have nearly all. Time is the server's, PostgreSQL's included: from the
document's text to the answer's bytes, in one process. Writes `bench/COSTS.md`; exits 1 when a document takes more than
20 times, or less than a twentieth, of the median time for each unit of its cost.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from graphql import OperationType
from pydantic import SecretStr

from app.database import Database, embedded, use
from app.database.wall import behind
from app.identity.reach import measured_again
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from app.identity.walls import raise_walls, seen_by
from app.settings import Settings, use_settings
from bench.cost_documents import Documents, Made
from bench.data.databases import copy_of, template
from bench.data.shape import USER, Size, id_of
from schema import schema
from schema.context import Context
from schema.engine.declare import _BY_PREFIX
from schema.engine.engine import Engine, Question

REPORT = Path(__file__).with_name("COSTS.md")
SPREAD, LARGE = 2_000, 4
"""Partners of the two databases."""
FACTOR = 20
KINDS = (OperationType.QUERY,)
WARM, TIMED, WORST = 2, 5, 15


@dataclass(frozen=True, slots=True)
class Measured:
    who: str
    text: str
    roots: tuple[str, ...]
    cost: int
    debited: int
    seconds: float
    code: str | None

    @property
    def rate(self) -> float:
        """Microseconds for each unit of what was asked and debited."""
        return 1e6 * self.seconds / (self.cost + self.debited)

    @property
    def asked_rate(self) -> float:
        return 1e6 * self.seconds / self.cost


async def ids_of(url: str) -> dict[str, list[str]]:
    connection = await asyncpg.connect(url)
    try:
        return {
            prefix: [
                f"{prefix}_{row['id']}"
                for row in await connection.fetch(f"SELECT id FROM {entity.table} ORDER BY id LIMIT 200")
            ]
            or [f"{prefix}_{UUID(int=1)}"]
            for prefix, entity in _BY_PREFIX.items()
        }
    finally:
        await connection.close()


@asynccontextmanager
async def served(url: str) -> AsyncIterator[Database]:
    """As a server has it: behind the wall, with statements planned once."""
    database = await Database.connect(url, size=4)
    use(database)
    try:
        await raise_walls(database)
        await database.step_down()
        await database.limit(statement_seconds=15, idle_seconds=30)
        async with measured_again(database):
            yield database
    finally:
        use(None)
        await database.close()


async def ask(engine: Engine, viewer: Viewer, text: str) -> tuple[float, Any]:
    with behind(seen_by(viewer)):
        began = perf_counter()
        answer = await engine.answer(Question(text, None, None, KINDS), Context(viewer, "costs"))
        seconds = perf_counter() - began
    return seconds, orjson.loads(answer) if isinstance(answer, bytes) else answer


async def measure(who: str, viewer: Viewer, made: Made) -> Measured | None:
    """None: it was refused."""
    engine = Engine(schema)
    seconds, body = await ask(engine, viewer, made.text)
    spent = body.get("extensions", {}).get("cost")
    if spent is None:
        return None
    if seconds < 1:
        for _ in range(WARM - 1):
            await ask(engine, viewer, made.text)
    times = [await ask(engine, viewer, made.text) for _ in range(TIMED if seconds < 1 else 1)]
    seconds, body = min(times, key=lambda one: one[0])  # whatever else runs on the machine only adds
    code = next((str(e.get("extensions", {}).get("code")) for e in body.get("errors", ())), None)
    spent = body["extensions"]["cost"]
    return Measured(who, made.text, made.roots, spent["requested"], spent.get("debited", 0), seconds, code)


async def hunt(url: str, people: dict[str, int], count: int, seed: int) -> list[Measured]:
    found: list[Measured] = []
    async with served(url):
        ids = await ids_of(url)
        viewers = {}
        for who, number in people.items():
            viewer = await viewer_of(id_of(USER, number))
            assert viewer is not None
            viewers[who] = viewer
        for n, (who, viewer) in enumerate(viewers.items()):
            documents = Documents(schema._schema, ids, seed + n).make(count // len(viewers))
            for made in documents:
                one = await measure(who, viewer, made)
                if one is not None:
                    found.append(one)
    return found


def people_of(size: Size, called: str) -> dict[str, int]:
    return {
        f"{called} manager": size.manager_of(0),
        f"{called} seller": size.sellers_of(0)[0],
        f"{called} vendor": 0,
    }


async def run(state: Path, opportunities: int, count: int, seed: int) -> list[Measured]:
    server = embedded.start(state)
    found = []
    for partners, called in ((SPREAD, "spread"), (LARGE, "large")):
        size = Size(opportunities, partners)
        async with copy_of(server, await template(server, size), f"costs_{partners}") as url:
            connection = await asyncpg.connect(url)
            await connection.execute("VACUUM (ANALYZE)")
            await connection.close()
            found += await hunt(url, people_of(size, called), count // 2, seed)
    return found


def written(found: list[Measured], opportunities: int, seed: int) -> str:
    asked, settled = [one.asked_rate for one in found], [one.rate for one in found]
    rows = ["min", "1 %", "median", "99 %", "max", "max ÷ median", "median ÷ min"]
    of_asked, of_settled = distribution(asked), distribution(settled)
    lines = [
        "# Time ÷ cost",
        "",
        f"Written by `python -m bench.costs`: {len(found)} documents, seed {seed}, on {opportunities:,} deals, each"
        " warm, one by one; the best of five times, PostgreSQL's included. In µs for each unit: of what was asked"
        " for before the document ran, and with what was debited afterwards.",
        "",
        "| | asked | with debits |",
        "|---|---|---|",
        *(f"| {row} | {of_asked[row]:.2f} | {of_settled[row]:.2f} |" for row in rows),
        "",
        f"{sum(one.debited > 0 for one in found)} of them were debited."
        f" Above {FACTOR} times the median: {_beyond(settled, above=True)};"
        f" below a twentieth of it: {_beyond(settled, above=False)}.",
    ]
    dearest, cheapest = sorted(found, key=lambda m: -m.rate)[:WORST], sorted(found, key=lambda m: m.rate)[:WORST]
    for title, worst in (("Most time for a unit", dearest), ("Least time for a unit", cheapest)):
        lines += ["", f"## {title}", "", "| µs | ms | cost | debited | who | document |", "|---|---|---|---|---|---|"]
        lines += [
            f"| {m.rate:.2f} | {m.seconds * 1e3:.2f} | {m.cost} | {m.debited} | {m.who} | `{m.text[:160]}` |"
            for m in worst
        ]
    return "\n".join(lines) + "\n"


def _beyond(rates: Sequence[float], *, above: bool) -> int:
    middle = median(rates)
    return sum(rate > FACTOR * middle if above else rate < middle / FACTOR for rate in rates)


def distribution(rates: Sequence[float]) -> dict[str, float]:
    ordered = sorted(rates)
    middle = median(ordered)
    at = {"min": ordered[0], "1 %": ordered[len(ordered) // 100], "median": middle}
    at |= {"99 %": ordered[-1 - len(ordered) // 100], "max": ordered[-1]}
    return at | {"max ÷ median": ordered[-1] / middle, "median ÷ min": middle / ordered[0]}


def main() -> int:
    given = argparse.ArgumentParser(prog="python -m bench.costs", description=__doc__)
    given.add_argument("--opportunities", type=int, default=100_000)
    given.add_argument("--documents", type=int, default=3_000)
    given.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    given.add_argument("--state", type=Path, default=Path(".stagepath/bench"))
    given.add_argument("--out", type=Path, default=REPORT)
    asked = given.parse_args()
    use_settings(Settings(_env_file=None, secret_key=SecretStr("development-secret-of-the-benchmark-0123456789")))
    found = asyncio.run(run(asked.state, asked.opportunities, asked.documents, asked.seed))
    text = written(found, asked.opportunities, asked.seed)
    print(text)
    if asked.out is not None:
        asked.out.write_text(text, encoding="utf-8")
    rates = [one.rate for one in found]
    return int(_beyond(rates, above=True) + _beyond(rates, above=False) > 0)


if __name__ == "__main__":
    sys.exit(main())
