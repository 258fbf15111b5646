"""GraphiQL in a real browser, from a newcomer's first click to a move that is heard of."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.database import Database
from app.demo.load import load
from app.demo.people import demo_id
from app.events.tail import tail
from app.portal.files import BUILT
from tests.npm import NODE, installed
from tests.schema.world import ADVANCE, VENDOR
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE, until

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REQUIRED = bool(os.environ.get("STAGEPATH_REQUIRE_BROWSER"))


def lacking() -> str | None:
    if CHROMIUM is None:
        return "there is no Chromium here"
    return None if (BUILT / "graphiql.html").exists() else "npm can't be had: no pages were built"


pytestmark = [
    pytest.mark.skipif(lacking() is not None and not (REQUIRED and CHROMIUM is None), reason=str(lacking())),
    pytest.mark.falls_back("introspection"),
]


@pytest.fixture
async def server(database: Database, tmp_path: Path) -> AsyncIterator[Server]:
    assert await load(database)
    async with running(settings_for(database.url, tmp_path, demo=True)) as server:
        yield server


class Browser:
    """The program that drives Chromium, and what it tells, line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def seen(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = await self._process.stdout.readline()
        assert line, (await self._process.stderr.read()).decode()
        seen: dict[str, Any] = json.loads(line)
        return seen

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")


@pytest.fixture
async def browser(server: Server) -> AsyncIterator[Browser]:
    assert lacking() is None, lacking()
    directory = await installed(HERE)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        NODE, "graphiql.mjs", server.base_url, str(CHROMIUM), cwd=directory, stdin=pipe, stdout=pipe, stderr=pipe,
        limit=10_000_000,
    )  # fmt: skip
    yield Browser(process)
    if process.returncode is None:
        process.terminate()
    await process.communicate()


async def is_followed() -> bool:
    return tail().subscribers > 0


async def move_deals(server: Server, database: Database) -> None:
    """One after the other, as long as there are any."""
    token = server.token_for(str(demo_id(f"user/{VENDOR}")))
    theirs = "SELECT id FROM opportunity WHERE status = 'OPEN' AND partner_id = $1"
    for row in await database.fetch(theirs, demo_id("org/alpine-it")):
        given = {"opportunityId": f"opp_{row['id']}", "toStageKey": "closed-won", "override": True, "reason": "Agreed"}
        answer = await server.ask(ADVANCE, {"input": given}, token=token)
        assert answer["data"]["advanceStage"]["userErrors"] == []


async def test_a_newcomer_asks_and_hears_of_a_move_without_leaving_the_machine(
    server: Server, database: Database, browser: Browser
) -> None:
    async with asyncio.timeout(PATIENCE * 2):
        asked = await browser.seen()
        assert asked["query"]["viewer"]["user"] == {"name": "Jonas Frei", "role": "PARTNER_SELLER"}
        assert await browser.seen() == {"listening": True}
        await until(is_followed)
        await move_deals(server, database)
        heard = (await browser.seen())["heard"]["opportunityStageChanged"]
        assert heard["transition"] == {"kind": "WON", "toStage": {"name": "Gewonnen"}}  # in his language
        browser.go_on()
        last = await browser.seen()
    assert last["wrong"] == []
    assert last["violations"] == []
    assert last["hosts"] == [server.base_url.removeprefix("http://")]
    assert "Bearer" not in last["kept"]
    assert "eyJ" not in last["kept"]
