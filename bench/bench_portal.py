"""The portal's board with 500 deals in a real browser: when it is usable, when a move shows, and what it loads.

`make bench-portal` writes `bench/PORTAL.md`. Stagepath serves the demo programme, with 500 open deals of one playbook
more, to Debian's Chromium on the same machine; the figures come from the browser's own trace (`portal.mjs`). The cache
is empty each time, and the person is signed in already.
"""

import argparse
import asyncio
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import asyncpg
from pydantic import SecretStr

from app.database import Database, embedded, use
from app.database.migrate import migrate
from app.demo.load import load
from app.settings import Settings, use_settings
from bench import node
from bench.systems import System, started
from bench.world import SECRET

REPORT = Path(__file__).with_name("PORTAL.md")
DEALS, ROUNDS, MOVES = 500, 7, 15
PLAYBOOK, PERSON = "it-software", "Tomás Herrera"
MOST_INTERACTIVE_MS, MOST_PAINTED_MS, MOST_BYTES = 1_500, 100, 250_000
PORTAL = System(
    "portal",
    "the portal",
    ("-m", "app.cli", "serve"),
    settings={"STAGEPATH_DEMO": "true", "STAGEPATH_MODE": "development"},
)

# Over all open stages, with the names and customers of the demo.
_FILL = """
WITH places AS (
  SELECT s.id, s.playbook_id, row_number() OVER (ORDER BY s.position) AS place, count(*) OVER () AS of
  FROM stage s JOIN playbook p ON p.id = s.playbook_id
  WHERE p.key = $2 AND p.status = 'PUBLISHED' AND s.kind = 'OPEN'
), models AS (
  SELECT o.*, row_number() OVER (ORDER BY o.id) AS place, count(*) OVER () AS of
  FROM opportunity o JOIN playbook p ON p.id = o.playbook_id WHERE p.key = $2
)
INSERT INTO opportunity (id, name, account_id, partner_id, owner_id, source, playbook_id, stage_id, entered_stage_at,
  status, amount, currency, expected_close_date, next_step)
SELECT ('00000003-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, m.name || ' ' || n, m.account_id, m.partner_id,
  m.owner_id, m.source, s.playbook_id, s.id, now() - make_interval(days => n % 40), 'OPEN', 1000 * (n % 90 + 1), 'EUR',
  current_date + n % 120, m.next_step
FROM generate_series(0, $1::integer - 1) n
  JOIN places s ON s.place = n % s.of + 1 JOIN models m ON m.place = n % m.of + 1
"""


async def prepared(url: str) -> None:
    database = await Database.connect(url, size=2)
    use(database)
    await migrate(database)
    await load(database)
    use(None)
    await database.close()
    connection = await asyncpg.connect(url)
    await connection.execute(_FILL, DEALS, PLAYBOOK)
    await connection.execute("VACUUM (ANALYZE)")
    await connection.close()


def measured(url: str, chromium: str, rounds: int, moves: int) -> dict[str, Any]:
    with started(PORTAL, url) as running:
        given = {
            "base": f"http://127.0.0.1:{running.port}",
            "chromium": chromium,
            "playbook": PLAYBOOK,
            "person": PERSON,
            "rounds": rounds,
            "moves": moves,
        }
        command = [str(node.NODE), "portal.mjs", json.dumps(given)]
        done = subprocess.run(command, cwd=node.HERE, capture_output=True, text=True, check=False)  # ours
        if done.returncode != 0:
            raise node.Unavailable(done.stderr[-2_000:])
        seen: dict[str, Any] = json.loads(done.stdout)
        return seen


def report(seen: dict[str, Any], load_before: float) -> tuple[str, bool]:
    interactive = [one["interactive"] for one in seen["loads"]]
    painted = [one["painted"] for one in seen["loads"]]
    size = max(one["bytes"] for one in seen["loads"])
    rows = [
        ("first paint of anything", painted, None),
        ("interactive", interactive, MOST_INTERACTIVE_MS),
        (f"a move painted, {seen['shown']} cards shown", seen["first"], MOST_PAINTED_MS),
        (f"a move painted, all {seen['cards']} cards shown", seen["whole"], MOST_PAINTED_MS),
    ]
    lines = [
        "# The portal in a browser",
        "",
        f"The board of one playbook with {DEALS} open deals more than the demo has, in Chromium {seen['version']}, "
        "from the browser's own trace, with an empty cache. Server, PostgreSQL and browser share the machine. "
        "Written by `make bench-portal`.",
        "",
        "| | median ms | 90 % | most | of | asked for | |",
        "|---|---|---|---|---|---|---|",
        *(_line(*row) for row in rows),
        "",
        f"Programs and styles that the first load of the board fetches, as they go over the wire: {size:,} bytes "
        f"(asked for: under {MOST_BYTES:,}, {_met(size < MOST_BYTES)}).",
        "",
        f"{os.cpu_count()} cores; load {load_before:.1f} when it began, {os.getloadavg()[0]:.1f} when it ended.",
    ]
    good = all(median(taken) < most for _, taken, most in rows if most) and size < MOST_BYTES
    return "\n".join(lines) + "\n", good


def _line(name: str, taken: list[float], most: int | None) -> str:
    high = quantiles(taken, n=10, method="inclusive")[-1] if len(taken) > 1 else taken[0]
    asked = f"median under {most:,}" if most else ""
    verdict = _met(median(taken) < most) if most else ""
    return f"| {name} | {median(taken):,.0f} | {high:,.0f} | {max(taken):,.0f} | {len(taken)} | {asked} | {verdict} |"


def _met(good: bool) -> str:
    return "met" if good else "**not met**"


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m bench.bench_portal", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--moves", type=int, default=MOVES)
    arguments.add_argument("--out", type=Path, default=REPORT)
    given = arguments.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        node.install()
        if chromium is None:
            raise node.Unavailable("there is no Chromium here")
        use_settings(Settings(_env_file=None, secret_key=SecretStr(SECRET)))
        state = Path(tempfile.mkdtemp(prefix="bench-"))
        # The server's own end is registered later, and comes first.
        atexit.register(shutil.rmtree, state, ignore_errors=True)
        url = embedded.start(state)
        asyncio.run(prepared(url))
        before = os.getloadavg()[0]
        seen = measured(url, chromium, given.rounds, given.moves)
    except node.Unavailable as reason:
        sys.stderr.write(f"Not measured: {reason}\n")
        return 2
    text, good = report(seen, before)
    sys.stdout.write(text)
    given.out.write_text(text, encoding="utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
