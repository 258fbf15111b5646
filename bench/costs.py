"""Whether what an operation costs follows the work it makes: time ÷ cost of many documents, warm, one after the other.

`python -m bench.costs` asks 3,000 documents as viewers of two databases of 100,000 deals: one where 2,000 partners have
50 to 500 of them each, one where two partners have nearly all. Time is what the server and PostgreSQL computed between
the document's text and the answer's bytes: on an idle machine about the time that passes, and the same on a busy one.
What was charged follows the time that passed, so a busy machine debits more and refunds less; what is due is settled
the same way by what was computed. Writes `bench/COSTS.md`; exits 1 when a document takes more than 20 times, or less
than a twentieth, of the median time for each unit of what is due.
"""

import argparse
import asyncio
import logging
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
import structlog
from graphql import OperationType
from pydantic import SecretStr

from app.database import Database, embedded, use
from app.database.rls import as_viewer
from app.identity.reach import measured_again
from app.identity.rls_policies import install_policies, rls_setting
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from app.settings import Settings, settings, use_settings
from bench.computed import Clock
from bench.cost_documents import Documents, Made
from bench.data.databases import copy_of, template
from bench.data.shape import USER, Size, id_of
from schema import schema
from schema.context import Context
from schema.engine.declare import _BY_PREFIX
from schema.engine.serve.engine import Engine, Question
from schema.engine.serve.settlement import debited, refunded

REPORT = Path(__file__).with_name("COSTS.md")
SPREAD, LARGE = 2_000, 4
"""Partners of the two databases."""
FACTOR = 20
KINDS = (OperationType.QUERY,)
WARM, TIMED, WORST = 1, 3, 15
LONG = 0.2
"""Seconds. What takes longer is asked twice in all."""


@dataclass(frozen=True, slots=True)
class Measured:
    """`here`, `there` (in PostgreSQL) and `passed` in seconds, of the time when the least was computed; `charged`: the
    least of all."""

    who: str
    text: str
    roots: tuple[str, ...]
    requested: int
    charged: int
    here: float
    there: float
    passed: float
    code: str | None

    @property
    def computed(self) -> float:
        return self.here + self.there

    @property
    def due(self) -> int:
        """What is charged where nothing else runs."""
        per_second = settings().cost_of_database_second
        more = debited(self.requested, self.there, per_second)
        return self.requested + (more or -refunded(self.requested, self.computed, per_second))

    @property
    def rate(self) -> float:
        """Microseconds for each unit of what is due."""
        return 1e6 * self.computed / self.due

    @property
    def charged_rate(self) -> float:
        return 1e6 * self.computed / self.charged

    @property
    def asked_rate(self) -> float:
        return 1e6 * self.computed / self.requested


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
    """As a server has it: as_viewer the wall, with statements planned once."""
    database = await Database.connect(url, size=4)
    use(database)
    try:
        await install_policies(database)
        await database.step_down()
        await database.limit(statement_seconds=15, idle_seconds=30)
        async with measured_again(database):
            yield database
    finally:
        use(None)
        await database.close()


async def ask(engine: Engine, viewer: Viewer, text: str, clock: Clock) -> tuple[float, float, float, Any]:
    """Seconds computed here, in PostgreSQL, and passed; and the answer."""
    with as_viewer(rls_setting(viewer)):
        clock.begin()
        began = perf_counter()
        answer = await engine.answer(Question(text, None, None, KINDS), Context(viewer, "costs"))
        passed = perf_counter() - began
    return *clock.end(), passed, orjson.loads(answer) if isinstance(answer, bytes) else answer


async def measure(who: str, viewer: Viewer, made: Made, clock: Clock) -> Measured | None:
    """None: it was refused."""
    engine = Engine(schema)
    _, _, passed, body = await ask(engine, viewer, made.text, clock)
    if "cost" not in body.get("extensions", {}):
        return None
    if passed < LONG:
        for _ in range(WARM - 1):
            await ask(engine, viewer, made.text, clock)
    runs = [await ask(engine, viewer, made.text, clock) for _ in range(TIMED if passed < LONG else 1)]
    here, there, passed, body = min(runs, key=lambda run: run[0] + run[1])  # whatever else runs here only adds
    code = next((str(e.get("extensions", {}).get("code")) for e in body.get("errors", ())), None)
    costs = [run[3]["extensions"]["cost"] for run in runs]
    charged = min(cost["charged"] for cost in costs)
    return Measured(who, made.text, made.roots, costs[0]["requested"], charged, here, there, passed, code)


async def hunt(url: str, people: dict[str, int], count: int, seed: int, clock: Clock) -> list[Measured]:
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
                one = await measure(who, viewer, made, clock)
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
        name = f"costs_{partners}"
        async with copy_of(server, await template(server, size), name) as url:
            connection = await asyncpg.connect(url)
            await connection.execute("VACUUM (ANALYZE)")
            await connection.close()
            found += await hunt(url, people_of(size, called), count // 2, seed, Clock(state, name))
    return found


def written(found: list[Measured], opportunities: int, seed: int) -> str:
    rates = {
        "requested": [one.asked_rate for one in found],
        "charged": [one.charged_rate for one in found],
        "due": [one.rate for one in found],
    }
    of = {name: distribution(some) for name, some in rates.items()}
    rows = ["min", "1 %", "median", "99 %", "max", "max ÷ median", "median ÷ min"]
    more, less = (sum((one.due - one.requested) * sign > 0 for one in found) for sign in (1, -1))
    lines = [
        "# Time ÷ cost",
        "",
        f"Written by `python -m bench.costs`: {len(found):,} documents, seed {seed}, on {opportunities:,} deals, each"
        f" warm, one by one; the best of {TIMED} times. µs that the server and PostgreSQL computed, for each unit of"
        " cost: of what was requested before the document ran, of what was charged for it on this machine, busy as it"
        " was, and of what is due by what was computed.",
        "",
        f"| | {' | '.join(of)} |",
        "|---|---|---|---|",
        *(f"| {row} | {' | '.join(f'{one[row]:.2f}' for one in of.values())} |" for row in rows),
        f"| above {FACTOR} × median | {' | '.join(str(_beyond(some, above=True)) for some in rates.values())} |",
        f"| below median ÷ {FACTOR} | {' | '.join(str(_beyond(some, above=False)) for some in rates.values())} |",
        "",
        f"{more:,} of them are debited, {less:,} refunded.",
    ]
    dearest, cheapest = sorted(found, key=lambda m: -m.rate)[:WORST], sorted(found, key=lambda m: m.rate)[:WORST]
    for title, worst in (("Most time for a unit", dearest), ("Least time for a unit", cheapest)):
        lines += ["", f"## {title}", "", "| µs | ms computed | passed | requested | charged | due | who | document |"]
        lines += ["|---|---|---|---|---|---|---|---|"]
        lines += [
            f"| {m.rate:.2f} | {m.computed * 1e3:.2f} | {m.passed * 1e3:.2f} | {m.requested} | {m.charged} | {m.due}"
            f" | {m.who} | `{m.text[:160]}` |"
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
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
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
