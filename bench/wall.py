"""What the wall in PostgreSQL costs: D1 to D4 with it and without, by turns, on the demo programme's data.

`python -m bench.wall` prints a table. Per answer: the server's CPU, PostgreSQL's CPU (of the connection's backend), and
the time it took; each as a ratio with the wall to without, the median of the rounds. On Linux alone.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import mkdtemp

from graphql import OperationType
from pydantic import SecretStr

from app.database import Database, embedded, use
from app.database.migrate import migrate
from app.database.rls import as_viewer
from app.demo.load import load
from app.demo.people import demo_id
from app.identity.rls_policies import install_policies, rls_setting
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from app.settings import Settings, use_settings
from bench.documents import D1, D2, D3, D4
from schema import schema
from schema.context import Context
from schema.engine.serve.engine import Engine, Question

ROUNDS, EACH = 5, 30
WHO = ("Lena Brandt", "Jonas Frei")
KINDS = (OperationType.QUERY, OperationType.MUTATION)
TICK = os.sysconf("SC_CLK_TCK")

Figures = tuple[float, float, float]


async def main() -> None:
    use_settings(Settings(_env_file=None, secret_key=SecretStr("development-secret-of-the-benchmark-0123456789")))
    url = embedded.start(Path(mkdtemp(prefix="wall")))
    owner = await Database.connect(url, size=2)
    await migrate(owner)
    await load(owner)
    await install_policies(owner)
    await owner.fetch("ANALYZE")
    without, walled = await Database.connect(url, size=2), await Database.connect(url, size=2)
    await walled.step_down()
    for database in (without, walled):
        await database.limit(statement_seconds=30, idle_seconds=30)  # as a server does
    print(f"{'':14}{'server CPU':>12}{'PostgreSQL CPU':>16}{'both':>8}{'time':>8}   (with the wall ÷ without)")
    for name in WHO:
        use(owner)
        viewer = await viewer_of(str(demo_id(f"user/{name}")))
        assert viewer is not None
        await _measure(viewer, owner, {"without": without, "walled": walled})


async def _measure(viewer: Viewer, owner: Database, databases: dict[str, Database]) -> None:
    sql = "SELECT id FROM opportunity WHERE owner_id = $1 AND status = 'OPEN' LIMIT 1"
    if viewer.role == "PARTNER_MANAGER":
        sql = "SELECT id FROM opportunity WHERE partner_id = $1 AND status = 'OPEN' LIMIT 1"
    key = viewer.organization_id if viewer.role == "PARTNER_MANAGER" else viewer.user_id
    deal = f"opp_{(await owner.fetch(sql, key))[0]['id']}"
    partner = {"partner": f"ptr_{viewer.organization_id}"}
    stages = ["discovery", "qualification"]
    turn = iter(range(10**9))

    def move() -> dict[str, object]:
        to = stages[next(turn) % 2]
        return {"input": {"opportunityId": deal, "toStageKey": to, "reason": "To and fro"}}

    documents: dict[str, tuple[str, Callable[[], dict[str, object]]]] = {
        "D1": (D1, lambda: {"id": deal}),
        "D2": (D2, lambda: dict(partner)),
        "D3": (D3, lambda: dict(partner)),
        "D4": (D4, move),
    }
    for called, (text, variables) in documents.items():
        seen: dict[str, list[Figures]] = {side: [] for side in databases}
        for _ in range(ROUNDS):
            for side, database in databases.items():
                use(database)
                asked = _asking(viewer, text, variables)
                seen[side].append(await _cost(database, asked))
        without, walled = (list(zip(*seen[side], strict=True)) for side in ("without", "walled"))
        both = [sum(statistics.median(part) for part in side[:2]) for side in (walled, without)]
        ratios = [statistics.median(w) / statistics.median(o) for w, o in zip(walled, without, strict=True)]
        print(
            f"{called} {viewer.role.value[8:].lower():10}{ratios[0]:>12.2f}{ratios[1]:>16.2f}{both[0] / both[1]:>8.2f}"
            f"{ratios[2]:>8.2f}"
        )


def _asking(viewer: Viewer, text: str, variables: Callable[[], dict[str, object]]) -> Callable[[], Awaitable[object]]:
    engine = Engine(schema)

    async def ask() -> object:
        with as_viewer(rls_setting(viewer)):
            return await engine.answer(Question(text, variables(), None, KINDS), Context(viewer, "wall"))

    return ask


async def _cost(database: Database, ask: Callable[[], Awaitable[object]]) -> Figures:
    pids = [row["pid"] for row in await database.fetch("SELECT pid FROM pg_stat_activity WHERE datname IS NOT NULL")]
    answer = await ask()
    assert isinstance(answer, bytes), answer
    before, began, cpu = _backends(pids), time.perf_counter(), time.process_time()
    for _ in range(EACH):
        await ask()
    return time.process_time() - cpu, _backends(pids) - before, time.perf_counter() - began


def _backends(pids: list[int]) -> float:
    """Seconds of CPU that they have used."""
    used = 0.0
    for pid in pids:
        stat = Path(f"/proc/{pid}/schedstat")
        if stat.exists():
            used += int(stat.read_text().split()[0]) / 1e9
    return used


if __name__ == "__main__":
    asyncio.run(main())
