"""What it takes to keep advice, and to list it.

`make bench-advice` writes `bench/ADVICE.md`: processor time of working a deal's advice out, over deals of the demo
programme (for the first time, again with nothing new, after a change), and what PostgreSQL takes for a page of
`nextBestActions` at 500 open deals, first and later pages, for a partner's manager, a seller and the vendor's people.
"""

import argparse
import asyncio
import atexit
import cProfile
import pstats
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from statistics import median
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import orjson
from pydantic import SecretStr

from app.database import Database, embedded, use
from app.database.migrate import migrate
from app.database.rls import OPEN, SETTING, WALLED, as_viewer
from app.demo.load import load
from app.demo.people import demo_id
from app.identity.rls_policies import install_policies, rls_setting
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from app.recommendations.serve import renew
from app.recommendations.statistics import learn, measure_history
from app.recommendations.upkeep import advise_open_deals
from app.settings import Settings, use_settings
from bench.data.mornings import fill
from schema import schema
from schema.context import Context

BATCH = 25
DEALS = 200
ROUNDS = 3
REPORT = Path(__file__).with_name("ADVICE.md")
INTRO = (
    "Written by `make bench-advice`. Each deal's advice is in the languages that people who may see it read: two or"
    " three in the demo. Of PostgreSQL's times, the least of nine; planning, in brackets, is done once a connection."
)
PARTNERS, DEALS_EACH = 20, 500
FILTERS: dict[str, dict[str, Any]] = {
    "one of each deal": {"perDeal": 1},
    "due within three days": {"dueBefore": (datetime.now(UTC) + timedelta(days=3)).isoformat()},
    "of a kind that is rare": {"kind": ["REQUALIFY"]},
}


async def prepared(url: str) -> Database:
    name = "advice"
    connection = await asyncpg.connect(url)
    await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    database = await Database.connect(urlunsplit(urlsplit(url)._replace(path=f"/{name}")), size=4)
    use(database)
    await migrate(database)
    await install_policies(database)
    await load(database)
    await measure_history(database)
    await learn(database, datetime.now(UTC))
    await database.step_down()
    return database


async def open_deals(database: Database) -> list[UUID]:
    rows = await database.fetch("SELECT id FROM opportunity WHERE status = 'OPEN' ORDER BY id LIMIT $1", DEALS)
    return [row["id"] for row in rows]


async def milliseconds(database: Database, ids: Sequence[UUID], days: int = 0) -> float:
    """Of this process's processor time, for each deal, as if so many days had passed."""
    began = time.process_time()
    for n in range(0, len(ids), BATCH):
        await renew(database, ids[n : n + BATCH], datetime.now(UTC) + timedelta(days=days))
    return 1_000 * (time.process_time() - began) / len(ids)


async def change(database: Database, ids: Sequence[UUID], n: int) -> None:
    await database.fetch(
        "UPDATE opportunity SET next_step = 'Call number ' || $2::text, version = version + 1"
        " WHERE id = ANY ($1::uuid[]) RETURNING id",
        ids,
        str(n),
    )


async def measured(database: Database) -> list[str]:
    ids = await open_deals(database)
    first = await milliseconds(database, ids)
    again = [await milliseconds(database, ids) for _ in range(ROUNDS)]
    changed = []
    for n in range(ROUNDS):
        await change(database, ids, n)
        changed.append(await milliseconds(database, ids))
    later = [await milliseconds(database, ids, days=n + 1) for n in range(ROUNDS)]
    return [
        f"| {len(ids)} open deals of the demo | ms of CPU for each |",
        "|---|---|",
        f"| for the first time | {first:.1f} |",
        f"| again, with nothing new | {median(again):.1f} |",
        f"| after a change that few actions tell of | {median(changed):.1f} |",
        f"| a day later, when most texts read otherwise | {median(later):.1f} |",
    ]


QUERY = """query($first: Int, $after: Cursor, $filter: NextBestActionFilter) {
  nextBestActions(first: $first, after: $after, filter: $filter) { %s pageInfo { hasNextPage endCursor } } }"""
NODES = "nodes { id title rationale urgency dueAt score opportunity { id name } }"
PEOPLE = {"manager": "Lena Brandt", "seller": "Jonas Frei", "vendor": "Tomás Herrera"}


async def listed(database: Database) -> list[str]:
    """What PostgreSQL takes for each statement of a page, at 500 open deals of each of many partners."""
    await advise_open_deals(database, datetime.now(UTC), seconds=600, rest=False)
    connection = await asyncpg.connect(database.url)
    seller = demo_id(f"user/{PEOPLE['seller']}")
    partner = await connection.fetchval("SELECT organization_id FROM user_account WHERE id = $1", seller)
    await fill(connection, partner, seller, partners=PARTNERS, deals=DEALS_EACH)
    lines = await report(connection, partner)
    await connection.close()
    return lines


async def report(connection: asyncpg.Connection, partner: UUID) -> list[str]:
    counts = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM opportunity WHERE status = 'OPEN' AND partner_id = $1) AS deals,"
        " (SELECT count(*) FROM next_best_action WHERE status = 'PROPOSED') AS actions",
        partner,
    )
    lines = [
        f"{counts['deals']} open deals of the partner, {counts['actions']:,} open actions of all; as the viewer's role,"
        " as_viewer the wall.",
        "",
        "| who | what | PostgreSQL, statement by statement |",
        "|---|---|---|",
    ]
    for who, name in PEOPLE.items():
        viewer = await viewer_of(str(demo_id(f"user/{name}")))
        assert viewer is not None
        after = None
        for n in range(1, 4):
            lines.append(f"| {who} | page {n} | {await explained(connection, viewer, first=25, after=after)} |")
            after = (await ask(viewer, NODES, first=25, after=after))["pageInfo"]["endCursor"]
        for what, filter in FILTERS.items():
            times = await explained(connection, viewer, first=25, after=None, filter=filter)
            lines.append(f"| {who} | {what} | {times} |")
        counted = {
            what: await explained(connection, viewer, what, first=0, after=None)
            for what in ("totalCount", "pendingDeals")
        }
        lines += [f"| {who} | `{what}` | {times} |" for what, times in counted.items()]
    return lines


async def ask(viewer: Viewer, selected: str, **variables: Any) -> Any:
    with as_viewer(rls_setting(viewer)):
        asked = await schema.execute(
            QUERY % selected, variable_values=variables, context_value=Context(viewer, "bench", at=datetime.now(UTC))
        )
    assert asked.errors is None, asked.errors
    assert asked.data is not None
    return asked.data["nextBestActions"]


async def explained(connection: asyncpg.Connection, viewer: Viewer, selected: str = NODES, **variables: Any) -> str:
    """Milliseconds that PostgreSQL needs to run each statement that is sent, the least of several times since others
    use the machine, too, and to plan it; as the viewer's role, as_viewer the wall."""
    sent: list[tuple[str, Sequence[Any]]] = []
    fetch = Database.fetch

    async def noted(self: Database, text: str, *arguments: Any) -> Any:
        sent.append((text, arguments))
        return await fetch(self, text, *arguments)

    Database.fetch = noted  # type: ignore[method-assign,assignment]
    try:
        await ask(viewer, selected, **variables)
    finally:
        Database.fetch = fetch  # type: ignore[method-assign]
    seen = rls_setting(viewer)
    figures = []
    for text, arguments in sent:
        runs = []
        for _ in range(9):
            async with connection.transaction():
                await connection.execute(f"SET LOCAL ROLE {OPEN if seen is None else WALLED}")
                if seen is not None:
                    await connection.execute("SELECT set_config($1, $2, true)", SETTING, seen.reading)
                plan = await connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {text}", *arguments)
                (about,) = orjson.loads(plan)
                runs.append((about["Execution Time"], about["Planning Time"]))
        run, planning = (min(one[n] for one in runs) for n in (0, 1))
        figures.append(f"{run:.2f} (+{planning:.1f} planning)")
    return " + ".join(figures) + " ms"


async def profiled(database: Database) -> None:
    ids = await open_deals(database)
    await milliseconds(database, ids)
    profile = cProfile.Profile()
    profile.enable()
    await milliseconds(database, ids)
    profile.disable()
    for order in ("cumulative", "tottime"):
        pstats.Stats(profile).sort_stats(order).print_stats(45)


async def main(arguments: argparse.Namespace) -> None:
    files = Path(tempfile.mkdtemp(prefix="stagepath-"))
    atexit.register(rmtree, files, ignore_errors=True)
    use_settings(Settings(_env_file=None, secret_key=SecretStr("development-secret-of-the-benchmark-0123456789")))
    database = await prepared(embedded.start(files))
    if arguments.profile:
        await profiled(database)
    else:
        lines = ["# What advice costs", "", INTRO, "", *await measured(database), "", "## `nextBestActions`", ""]
        text = "\n".join([*lines, *await listed(database)]) + "\n"
        REPORT.write_text(text, encoding="utf-8")
        print(text)
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", action="store_true", help="Show where the time goes, and write nothing.")
    asyncio.run(main(parser.parse_args()))
