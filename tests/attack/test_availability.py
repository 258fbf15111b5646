"""What the server does under attack: a sample of each kind by what it answers, the whole by `make attack-availability`,
which also holds it to its times and its memory.

`STAGEPATH_ATTACK_ONLY`: a regular expression of what to run, as in `bytes: silent`; `STAGEPATH_ATTACKS`: another folder
of attacks instead of the project's.
"""

import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from tests import hunts
from tests.attack import weighing
from tests.attack.afterwards import documents, everything
from tests.attack.attacks import KINDS, OPEN, Attack, load
from tests.attack.campaign import Campaign, Row
from tests.attack.health import watched
from tests.attack.ledger import EITHER, Ledger
from tests.attack.planting import conditions
from tests.attack.report import summary, table
from tests.attack.target import Target
from tests.attack.volume import multiply
from tests.copies import administer, with_database
from tests.processes import Process

ONLY = os.environ.get("STAGEPATH_ATTACK_ONLY", "")
FOLDER = Path(os.environ.get("STAGEPATH_ATTACKS") or OPEN)
SAMPLE = 2  # of each kind
DEALS = hunts.size(0, whole=100_000)
BUDGETS = {
    "without budgets": {},
    "with the budgets of production": {"COST_PER_MINUTE": "500000", "MAX_CONNECTIONS_PER_VIEWER": "100"},
}
ROLES = {
    "VENDOR_ADMIN": "admin",
    "CHANNEL_MANAGER": "manager",
    "PARTNER_MANAGER": "partner",
    "PARTNER_SELLER": "seller",
}


def chosen() -> list[Attack]:
    """All attacks in a whole run; two of each kind in a sample, none of which waits for a deadline."""
    found = load(FOLDER)
    if ONLY:
        return [one for one in found if re.search(ONLY, f"{one.kind}: {one.name}")]
    if hunts.WHOLE:
        return found
    quick = [one for one in found if not one.slow]
    return [one for kind in KINDS for one in [one for one in quick if one.kind == kind][:SAMPLE]]


@pytest.fixture
async def demo_url(postgres: str, demo_template: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    name = f"attacked_{abs(hash(request.node.name)) % 10**6}"
    await administer(postgres, f"CREATE DATABASE {name} TEMPLATE {demo_template}")
    yield with_database(postgres, name)
    await administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def users(database_url: str) -> dict[str, list[str]]:
    """Subjects of the demo's users by what they are to an attack."""
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT id, role FROM user_account WHERE active ORDER BY email")
    finally:
        await connection.close()
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(ROLES[row["role"]], []).append(str(row["id"]))
    return found


@asynccontextmanager
async def attacked(database_url: str, directory: Path, **budgets: str) -> AsyncIterator[Campaign]:
    """A served demo programme, warm and watched."""
    people = await users(database_url)
    if DEALS:
        await multiply(database_url, DEALS)
    async with Process(database_url, directory, LOG_LEVEL="error", **budgets) as process:
        tokens = {who: [process.token_for(subject) for subject in subjects] for who, subjects in people.items()}
        target = Target("127.0.0.1", process.port, tokens)
        await target.acquaint()
        for _, document in list(documents())[:4] * 5:
            await target.ask(document)
        await conditions(target, Ledger(EITHER, 1.0, 30.0), ["deal.notes.size() > 3"], "warm", times=1)

        async def restart() -> None:
            process.signal(signal.SIGKILL)
            await process.ended()
            await process.start()

        async with watched("127.0.0.1", process.port, directory) as watch:
            await watch.settled(20)
            deadline = process.settings.operation_timeout_seconds
            yield Campaign(target, watch, lambda: process.pid, restart, deadline, weighing.resident(process.pid))


async def run(campaign: Campaign) -> tuple[list[Row], list[str]]:
    rows = []
    for attack in chosen():
        rows.append(await campaign.run(attack))
        print(table(rows[-1:])[-1], flush=True)  # noqa: T201 # a whole run is long
    return rows, await everything(campaign.target)


@pytest.mark.attack
@pytest.mark.parametrize("budgets", BUDGETS if hunts.WHOLE else ["without budgets"])
async def test_no_request_stops_the_server(demo_url: str, tmp_path: Path, budgets: str) -> None:
    async with attacked(demo_url, tmp_path, **BUDGETS[budgets]) as campaign:
        rows, after = await run(campaign)
        hunts.record(
            f"Availability under {FOLDER.name} attacks, {budgets}",
            *summary(rows, campaign, after),
            table=table(rows),
            keep=not ONLY,
        )
    assert after == []
    assert {row.attack.name: row.wrong for row in rows if row.wrong} == {}
    if hunts.WHOLE:
        assert {row.attack.name: row.slow for row in rows if row.slow} == {}


def test_an_attack_has_a_name_of_its_own_and_a_kind() -> None:
    attacks = load(OPEN)
    assert len(attacks) >= 60
    assert {one.kind for one in attacks} == set(KINDS)
