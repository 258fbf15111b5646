"""Clients of npm, set up as `docs/clients.md` says, through a server's graceful restart."""

import asyncio
import json
import signal
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from app.demo.people import demo_id
from tests.browser.documented import programs
from tests.npm import NODE, run
from tests.processes import Process
from tests.schema.world import VENDOR
from tests.waiting import PATIENCE

CLIENTS = {"graphql-ws", "graphql-sse", "apollo", "urql", "relay"}
MOVE = (
    "mutation($input: AdvanceStageInput!) { advanceStage(input: $input) { transition { id } userErrors { message } } }"
)
DEAL = '{ opportunities(first: 1, filter: {stageKeys: ["deal-registration"]}) { nodes { id } } }'


class Listening:
    """The program with all clients, and what each has said so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.heard: dict[str, list[Any]] = defaultdict(list)

    async def until_each_has(self, count: int) -> None:
        assert self._process.stdout is not None
        while any(len(self.heard[client]) < count for client in CLIENTS):
            try:
                line = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)
            except TimeoutError:
                line = b""
            assert line, f"nothing more comes: {dict(self.heard)}"
            said = json.loads(line)
            event = said.get("event")
            self.heard[said["client"]].append(event["transition"]["id"] if event else said)


@asynccontextmanager
async def listening(directory: Path, process: Process, token: str, after: str) -> AsyncIterator[Listening]:
    program = await asyncio.create_subprocess_exec(
        NODE, "restart.mjs", f"{process.base_url}/graphql", token, after, cwd=directory, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Listening(program)
    finally:
        program.kill()
        await program.communicate()


class Vendor:
    def __init__(self, process: Process) -> None:
        self._process = process
        self.token = process.token_for(str(demo_id(f"user/{VENDOR}")))
        self._stages = ["qualification", "deal-registration"]

    async def ask(self, query: str, **variables: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=self._process.base_url, trust_env=False, timeout=PATIENCE) as client:
            body = {"query": query, "variables": variables}
            return (await client.post("/graphql", json=body, headers=headers)).json()["data"]

    async def move(self, deal: str) -> str:
        """To and fro; the transition's id."""
        self._stages.reverse()
        move = {"opportunityId": deal, "toStageKey": self._stages[1], "reason": "Agreed", "override": True}
        moved = (await self.ask(MOVE, input=move))["advanceStage"]
        assert moved["userErrors"] == []
        id: str = moved["transition"]["id"]
        return id

    async def last_cursor(self) -> str:
        page = (await self.ask("{ events(last: 1) { pageInfo { endCursor } } }"))["events"]["pageInfo"]
        cursor: str = page["endCursor"]
        return cursor


async def test_every_client_comes_back_by_itself_and_hears_each_event_once(demo_url: str, tmp_path: Path) -> None:
    directory = await programs()
    write = 'import { id, MOVES } from "./moves.mjs"; console.log(JSON.stringify({ [id]: MOVES }))'
    code, manifest = await run(NODE, "--input-type=module", "--eval", write, directory=directory)
    assert code == 0, manifest
    documents = tmp_path / "persisted_queries.json"  # as Relay's compiler writes it
    documents.write_text(manifest, "utf-8")
    async with Process(demo_url, tmp_path, DRAIN_SECONDS="0.1", TRUSTED_DOCUMENTS=str(documents)) as process:
        vendor = Vendor(process)
        deal = (await vendor.ask(DEAL))["opportunities"]["nodes"][0]["id"]
        async with listening(directory, process, vendor.token, await vendor.last_cursor()) as clients:
            moves = [await vendor.move(deal), await vendor.move(deal)]
            await clients.until_each_has(2)
            process.signal(signal.SIGTERM)
            await process.ended()
            await process.start()
            moves.append(await vendor.move(deal))  # before they are back, or after
            await clients.until_each_has(3)
            moves.append(await vendor.move(deal))
            await clients.until_each_has(4)
    assert clients.heard == dict.fromkeys(CLIENTS, moves)
