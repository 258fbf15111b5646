"""How long it takes to find the conflicts of a registration among 200,000 customers and 50,000 open registrations.

`make bench-conflicts` writes `bench/CONFLICTS.md`: checks of customers that are known, misspelt or new, as the vendor's
people see them, and `checkRegistration` as a partner's do.
"""

import argparse
import asyncio
import atexit
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median, quantiles
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import asyncpg
from pydantic import SecretStr

from app.database import Database, embedded, use
from app.database.migrate import migrate
from app.demo.load import load
from app.identity.rls_policies import install_policies
from app.identity.system_viewer import SYSTEM_VIEWER
from app.identity.viewer import Viewer
from app.registrations.conflicts.finding import Claimed, conflicts_of
from app.registrations.conflicts.keys import renew_all
from app.settings import Settings, use_settings
from app.vocabulary import OrganizationKind, PartnerTier, Role
from bench.cpu import cpu_seconds
from bench.data.companies import NEEDS, PRODUCTS, Made, companies, fill, misspelt

ACCOUNTS, REGISTRATIONS, CHECKS = 200_000, 50_000, 300
MOST_MS = 50
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = 'company_key' AND indexdef LIKE '%USING gin%'
"""
KINDS = ("as it is known", "as another writes it", "new")
REPORT = Path(__file__).with_name("CONFLICTS.md")


def claimed(made: Made, chance: Random) -> Claimed:
    row = {
        "name": made.name,
        "place": made.city,
        "country": made.country,
        "domain": made.domain,
        "registration_number": made.number,
        "title": "Rollout",
        "need": chance.choice(NEEDS),
        "products": [chance.choice(PRODUCTS)],
    }
    return Claimed(row)


async def measure(url: str, accounts: int, registrations: int) -> tuple[list[str], bool]:
    owner = await Database.connect(url, size=2)
    await migrate(owner)
    use(owner)
    await load(owner)
    await install_policies(owner)
    connection = await asyncpg.connect(url)
    policy = await connection.fetchval("SELECT id FROM registration_policy LIMIT 1")
    made = await fill(connection, accounts, registrations, policy)
    indexes = await connection.fetch(_INDEXES)
    for index in indexes:  # made anew at once in a fraction of the time
        await connection.execute(f"DROP INDEX {index['indexname']}")
    await renew_all(owner)
    for index in indexes:
        await connection.execute(index["indexdef"])
    await connection.execute("VACUUM (ANALYZE)")
    await connection.close()
    served = await Database.connect(url, size=2)
    await served.step_down()
    use(served)
    partner = Viewer(UUID(int=1), UUID("00000009-0000-7000-8000-000000000003"), OrganizationKind.PARTNER,
                     Role.PARTNER_MANAGER, PartnerTier.GOLD)  # fmt: skip
    lines, good = list[str](), True
    for who, viewer in (("vendor", SYSTEM_VIEWER), ("partner", partner)):
        chance, new = Random(11), companies(Random(13))
        every = list[float]()
        for kind in KINDS:
            taken, met, used = list[float](), 0, 0.0
            for n in range(CHECKS // len(KINDS) + 3):
                one = claimed(_asked(kind, made, new, chance), chance)
                start = time.perf_counter()
                found = await conflicts_of(served, viewer, [one])
                if n == 2:
                    used = cpu_seconds(os.getpid()) + _postgres(url)
                if n >= 3:
                    taken.append((time.perf_counter() - start) * 1000)
                    met += len(found[0])
            every += taken
            spent = (cpu_seconds(os.getpid()) + _postgres(url) - used) / len(taken) * 1000
            lines.append(_line(who, kind, taken, f"{spent:.1f} | {met / len(taken):.1f}"))
        lines.append(_line(who, "**all**", every, " | "))
        good = good and _p95(every) < MOST_MS
    return lines, good


def _asked(kind: str, made: list[Made], new: Iterator[Made], chance: Random) -> Made:
    match kind:
        case "new":
            return next(new)
        case "as another writes it":
            return misspelt(chance.choice(made), chance)
        case _:
            return chance.choice(made)


def _postgres(url: str) -> float:
    """Its CPU, in seconds."""
    folder = Path(parse_qs(urlsplit(url).query)["host"][0])
    return cpu_seconds(int((folder / "postmaster.pid").read_text().split()[0]))


def _p95(taken: list[float]) -> float:
    return quantiles(taken, n=20)[-1]


def _line(who: str, kind: str, taken: list[float], more: str) -> str:
    return f"| {who} | {kind} | {median(taken):.1f} | {_p95(taken):.1f} | {max(taken):.1f} | {more} |"


def report(lines: list[str], accounts: int, registrations: int) -> str:
    head = [
        "# Finding conflicts",
        "",
        f"{accounts:,} customers, every second with an open deal, and {registrations:,} open registrations.",
        f"Written by `make bench-conflicts`. Asked for: the 95th percentile of all under {MOST_MS} ms.",
        "",
        "| as | customer | median ms | p95 ms | most ms | CPU ms, PostgreSQL's included | conflicts found |",
        "|---|---|---|---|---|---|---|",
    ]
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}; Python {platform.python_version()}"
    return "\n".join([*head, *lines, "", f"- {machine}; load {os.getloadavg()[0]:.1f} when it ended."]) + "\n"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--accounts", type=int, default=ACCOUNTS)
    arguments.add_argument("--registrations", type=int, default=REGISTRATIONS)
    given = arguments.parse_args()
    use_settings(Settings(_env_file=None, secret_key=SecretStr("development-secret-of-the-benchmark-0123456789")))
    state = Path(tempfile.mkdtemp(prefix="bench-"))
    atexit.register(shutil.rmtree, state, ignore_errors=True)  # the server's own end is registered later
    lines, good = asyncio.run(measure(embedded.start(state), given.accounts, given.registrations))
    text = report(lines, given.accounts, given.registrations)
    print(text)
    if given.accounts == ACCOUNTS:
        REPORT.write_text(text, encoding="utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
