"""Several server processes on one port and one database: whoever is told of a change, all hear of it."""

import asyncio
import json
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import mkdtemp
from typing import Any

import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.demo.people import demo_id
from tests.commands import Running, started, survivors
from tests.waiting import PATIENCE

AT_ONCE = 8
PROTOCOL = Subprotocol("graphql-transport-ws")
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
LISTEN = """subscription($after: Cursor) { opportunityStageChanged(after: $after) {
  cursor transition { id } opportunity { id } } }"""
CREATE = """mutation($name: String!, $partner: ID!) { createOpportunity(input: {
  name: $name, accountName: "Hollis Dental", playbookKey: "it-software", partnerId: $partner }) {
  opportunity { id } userErrors { message } } }"""


class Portal:
    """A client's connections, each to the process that happened to take it."""

    def __init__(self, running: Running) -> None:
        self.running = running
        [line] = [line for line in running.said if line.startswith("  GraphQL")]
        self.url = line.split()[1].replace("http", "ws", 1)
        self.token = next(line.strip() for line in running.said if TOKEN.fullmatch(line.strip()))

    def workers(self) -> list[psutil.Process]:
        """The processes that serve, apart from the one that looks after them."""
        found = []
        for process in psutil.Process(self.running.process.pid).children():
            with suppress(psutil.Error):  # it has just died
                if "spawn_main" in " ".join(process.cmdline()):
                    found.append(process)
        return found

    async def connect(self) -> tuple[int, ClientConnection]:
        """With the id of the process at the other end."""
        socket = await connect(
            self.url, subprotocols=[Subprotocol("graphql-transport-ws")], compression=None, open_timeout=PATIENCE
        )
        await say(socket, type="connection_init", payload={"Authorization": f"Bearer {self.token}"})
        assert await hear(socket) == {"type": "connection_ack"}
        port = socket.local_address[1]
        [process] = [
            process.pid
            for process in self.workers()
            if any(other.raddr and other.raddr.port == port for other in process.net_connections("tcp"))
        ]
        return process, socket

    async def connect_to(self, pids: set[int]) -> dict[int, ClientConnection]:
        """A connection to each of these, once they take any. Many at a time: one that comes alone always finds the same
        process idle."""
        found: dict[int, ClientConnection] = {}
        async with asyncio.timeout(PATIENCE):
            while not found.keys() >= pids:
                for pid, socket in await asyncio.gather(*(self.connect() for _ in range(AT_ONCE))):
                    if pid in pids and pid not in found:
                        found[pid] = socket
                    else:
                        await socket.close()
        return found


async def say(socket: ClientConnection, **message: object) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        message: dict[str, Any] = json.loads(await socket.recv(decode=True))
    return message


async def listen(socket: ClientConnection, after: str | None = None) -> None:
    await say(socket, type="subscribe", id="events", payload={"query": LISTEN, "variables": {"after": after}})
    if after is None:
        await say(socket, type="subscribe", id="behind", payload={"query": "{ __typename }"})
        assert (await hear(socket))["id"] == (await hear(socket))["id"] == "behind"


async def event(socket: ClientConnection) -> dict[str, Any]:
    message = await hear(socket)
    assert (message["type"], message["id"]) == ("next", "events"), message
    changed: dict[str, Any] = message["payload"]["data"]["opportunityStageChanged"]
    return changed


async def create(socket: ClientConnection, name: str) -> str:
    """Over the same protocol; the deal's id."""
    variables = {"name": name, "partner": f"ptr_{demo_id('org/alpine-it')}"}
    await say(socket, type="subscribe", id=name, payload={"query": CREATE, "variables": variables})
    made: dict[str, Any] = {}
    while message := await hear(socket):
        if message["id"] == name and message["type"] == "complete":
            return str(made["opportunity"]["id"])
        if message["id"] == name:
            made = message["payload"]["data"]["createOpportunity"]
    raise AssertionError


async def two_workers(portal: Portal, before: set[int]) -> set[int]:
    """Two that are not just the same as before."""
    async with asyncio.timeout(PATIENCE):
        while len(now := {process.pid for process in portal.workers()}) < 2 or now == before:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return now


@pytest.fixture
def folder(demo_state: Path) -> Iterator[Path]:
    """Not below pytest's own, which every run that begins closes to other users, such as PostgreSQL's."""
    made = Path(mkdtemp(prefix="sp-"))
    made.chmod(0o755)
    copytree(demo_state, made / "state")
    yield made
    rmtree(made, ignore_errors=True)


async def test_what_one_process_writes_all_tell_and_ctrl_c_leaves_nothing_behind(folder: Path) -> None:
    with started(folder, "serve", "--port", "0", "--workers", "2", terminal=True) as running:
        portal = Portal(running)
        pids = await two_workers(portal, set())
        listeners, writers = await portal.connect_to(pids), await portal.connect_to(pids)
        for socket in listeners.values():
            await listen(socket)
        for pid, writer in writers.items():
            deal = await create(writer, f"Written by {pid}")
            told = [await event(socket) for socket in listeners.values()]
            assert told[0] == told[1]
            assert told[0]["opportunity"]["id"] == deal

        family = running.family()
        assert running.end(signal.SIGINT, everyone=True) == 0
        assert survivors(family) == []
        assert "Traceback" not in running.logged


async def test_a_process_that_died_is_replaced_and_none_outlives_the_one_that_looks_after_them(folder: Path) -> None:
    with started(folder, "serve", "--port", "0", "--workers", "2", terminal=True) as running:
        portal = Portal(running)
        pids = await two_workers(portal, set())
        sockets = await portal.connect_to(pids)
        dying, living = sorted(pids)
        for socket in sockets.values():
            await listen(socket)
        await create(sockets[living], "Before")
        [last] = [await event(sockets[dying])]
        psutil.Process(dying).kill()
        with pytest.raises(ConnectionClosed):
            await hear(sockets[dying])
        missed = await create(sockets[living], "Meanwhile")
        [newcomer] = await two_workers(portal, pids) - pids
        [resumed] = (await portal.connect_to({newcomer})).values()
        await listen(resumed, after=last["cursor"])
        assert (await event(resumed))["opportunity"]["id"] == missed

        workers = portal.workers()
        running.process.kill()
        assert survivors(workers) == []
