"""Every page that the portal's router has: as each role, broken, offline, and with garbage in its address."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.database import Database, use
from tests import hunts
from tests.copies import Copies
from tests.npm import NODE
from tests.portal.driving import driven, unbuilt
from tests.portal.routes import readers, routes
from tests.schema.world import MANAGER, SELLER, VENDOR
from tests.serving import NEVER, Server, running, settings_for
from tests.soak.hunting import marks_in
from tests.soak.marked import MARK, Marked, mark

HERE = Path(__file__).parent
ADMINISTRATOR = "Ingrid Solberg"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 320, "height": 700}

needs_browser = pytest.mark.skipif(unbuilt() is not None, reason=str(unbuilt()))


@dataclass(frozen=True)
class Hunted:
    server: Server
    marked: Marked


@pytest.fixture
async def hunted(demo_copies: Copies, tmp_path: Path) -> AsyncIterator[Hunted]:
    """A server of the demo, in whose database all that a partner's manager may not see is marked."""
    url = demo_copies.take()
    database = await Database.connect(url, size=2)
    marked = await mark(database, MANAGER)
    use(None)
    await database.close()
    chosen = settings_for(url, tmp_path, demo=True, cost_per_minute=10**9)
    async with running(chosen, pace=NEVER) as server:
        yield Hunted(server, marked)
    demo_copies.give_back()


@needs_browser
async def test_each_role_sees_every_page_and_nothing_of_competitors(hunted: Hunted) -> None:
    """Axe looks at them in the long hunt, in which all four roles come, on phones as well."""
    sizes = [WIDE, NARROW] if hunts.WHOLE else [WIDE]
    people = [
        {"name": name, "sizes": sizes, "axe": hunts.WHOLE}
        for name in (ADMINISTRATOR, MANAGER, *([VENDOR, SELLER] if hunts.WHOLE else []))
    ]
    seen = await driven("pages.mjs", {"base": hunted.server.base_url, "routes": routes(), "people": people})
    assert {name: one["findings"] for name, one in seen.items()} == {name: [] for name in seen}
    visited = {route for one in seen.values() for route in one["visited"]}
    assert visited == set(routes()), "some link is to lead to each page"
    for name in {MANAGER, SELLER} & seen.keys():
        leaks = [found for said in seen[name]["said"] for found in marks_in(said.encode(), "", None, hunted.marked)]
        assert (name, leaks) == (name, [])
    assert any(MARK in said for said in seen[ADMINISTRATOR]["said"]), "the vendor sees the marks on the same pages"


@needs_browser
async def test_pages_hold_when_the_server_fails_the_line_is_cut_or_the_address_is_garbage(hunted: Hunted) -> None:
    addresses = [route for route in routes() if "$" not in route]
    given = {"name": ADMINISTRATOR, "addresses": addresses, "readers": readers(), "whole": hunts.WHOLE}
    assert (await driven("states.mjs", {"base": hunted.server.base_url, **given}))["findings"] == []


async def by_node(*command: str) -> str:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        NODE, *command, cwd=HERE, env={**os.environ, "READERS": json.dumps(readers())}, stdout=pipe, stderr=pipe
    )
    out, err = await process.communicate()
    assert process.returncode == 0, (out + err).decode()
    return out.decode()


async def test_filters_in_addresses_are_read_with_care() -> None:
    assert len(readers()) > 5
    await by_node("--test", "addresses.mjs")
