"""`stagepath serve` starts the database that it brought again when that dies, and says why where it can't."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import asyncpg
import httpx
import pytest

from app.database.embedded.postmaster import Noted
from app.demo.people import demo_id
from app.identity.tokens import mint
from app.settings import Settings
from tests.commands import Running, started, survivors
from tests.schema.subscribers import over_websocket
from tests.schema.world import ADVANCE, MANAGER
from tests.waiting import PATIENCE, until

LISTEN = "subscription { opportunityStageChanged { transition { reason } } }"
DEALS = "{ opportunities(first: 5, filter: {status: [OPEN]}) { nodes { id } } }"
TIMES = 5


@pytest.fixture
def folder(demo_state: Path) -> Iterator[Path]:
    made = Path(mkdtemp(prefix="stagepath-"))
    shutil.copytree(demo_state, made / "state")
    yield made
    shutil.rmtree(made)


def number(folder: Path) -> int | None:
    """Of PostgreSQL's first process, once it is ready."""
    file = folder / "state" / "postgres" / "postmaster.pid"
    words = file.read_text().split() if file.exists() else []
    return int(words[0]) if words[-1:] == ["ready"] else None


def begun(folder: Path) -> int | None:
    """Likewise, as soon as it has begun."""
    file = folder / "state" / "postgres" / "postmaster.pid"
    first = file.read_text().split("\n")[0] if file.exists() else ""
    return int(first) if first else None


def kill(folder: Path, way: signal.Signals = signal.SIGKILL) -> int:
    killed = number(folder)
    assert killed is not None
    os.kill(killed, way)
    return killed


class Client:
    def __init__(self, running: Running, client: httpx.AsyncClient) -> None:
        [line] = [line for line in running.said if line.startswith("  Health")]
        self.server = line.split()[1].removesuffix("/healthz")
        chosen = Settings(_env_file=None, state_dir=running.folder / "state")
        self.token = mint(str(demo_id(f"user/{MANAGER}")), settings=chosen)
        self._client = client

    async def is_ready(self) -> bool:
        try:
            return (await self._client.get(f"{self.server}/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        body = {"query": query, "variables": variables}
        answer: dict[str, Any] = (await self._client.post(f"{self.server}/graphql", json=body, headers=headers)).json()
        return answer


async def test_killed_again_and_again_it_serves_again_and_every_event_is_heard_once(folder: Path) -> None:
    with started(folder, "serve", "--port", "0") as running:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as lines:
            client = Client(running, lines)
            await until(client.is_ready)
            deals = (await client.ask(DEALS))["data"]["opportunities"]["nodes"]
            heard = []
            async with over_websocket(client.server, client.token, LISTEN, {}) as payloads:
                for time in range(TIMES):
                    await kill_and_wait(client, folder)
                    move = {"opportunityId": deals[time]["id"], "toStageKey": "closed-lost", "reason": f"move {time}"}
                    following = asyncio.ensure_future(anext(payloads))
                    moved = await client.ask(ADVANCE, input=move)
                    assert moved["data"]["advanceStage"]["userErrors"] == []
                    async with asyncio.timeout(PATIENCE):
                        heard.append((await following)["data"]["opportunityStageChanged"]["transition"]["reason"])
            assert heard == [f"move {time}" for time in range(TIMES)]
        family = running.family()
        assert running.end(signal.SIGTERM) == 0
        assert survivors(family) == []
        assert running.logged.count("the embedded PostgreSQL has been restarted") == TIMES
        assert "Traceback" not in running.logged


async def kill_and_wait(client: Client, folder: Path) -> None:
    killed = kill(folder)

    async def runs_again() -> bool:
        return number(folder) not in (killed, None) and await client.is_ready()

    await until(runs_again)


async def test_killed_while_server_processes_start_and_again_it_keeps_them_all(folder: Path) -> None:
    with started(folder, "serve", "--port", "0", "--workers", "2") as running:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as lines:
            client = Client(running, lines)
            for _ in range(TIMES):
                await kill_and_wait(client, folder)
        family = running.family()
        assert running.end(signal.SIGTERM) == 0
        assert survivors(family) == []
        # A server process that is starting just then may have to start anew; how soon it does is the machine's affair.
        assert running.logged.count("the embedded PostgreSQL has been restarted") == TIMES


async def test_what_can_not_be_started_again_ends_the_server_with_the_reason(folder: Path) -> None:
    with started(folder, "serve", "--port", "0") as running:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as lines:
            await until(Client(running, lines).is_ready)
        (folder / "state" / "postgres" / "postgresql.conf").write_text("port = none\n")
        kill(folder)
        assert await asyncio.to_thread(running.process.wait, PATIENCE) == 1
        last = running.logged.splitlines()[-1]
        assert last.startswith("The embedded PostgreSQL can't run: it ended and didn't start again: ")
        assert "configuration file" in last
        assert "Traceback" not in running.logged


async def test_a_worker_alone_goes_on_and_what_it_shares_is_started_once(folder: Path) -> None:
    """Also when it is told to end, at once or when its clients have gone, who never go."""
    with started(folder, "worker", until="Working. Ctrl-C stops it.") as running:
        for way in (signal.SIGKILL, signal.SIGQUIT, signal.SIGTERM):
            found = Noted.read(folder / "state" / "postgres")
            assert found is not None
            staying = await asyncpg.connect(host=str(found.socket_directory), user="postgres", database="postgres")
            killed = kill(folder, way)

            async def runs_again(killed: int = killed) -> bool:
                return number(folder) not in (killed, None)

            await until(runs_again)
            staying.terminate()
        family = running.family()
        assert running.end(signal.SIGTERM) == 0
        assert survivors(family) == []


async def test_told_to_end_before_anybody_has_seen_it_ready_it_runs_again(folder: Path) -> None:
    with started(folder, "worker", until="Working. Ctrl-C stops it.") as running:
        killed = kill(folder)

        async def starts_again() -> bool:
            return begun(folder) not in (killed, None)

        async def is_ready() -> bool:
            return number(folder) not in (killed, None)

        await until(starts_again)
        running.process.send_signal(signal.SIGSTOP)
        try:
            await until(is_ready)
            found = Noted.read(folder / "state" / "postgres")
            assert found is not None
            staying = await asyncpg.connect(host=str(found.socket_directory), user="postgres", database="postgres")
            killed = kill(folder, signal.SIGTERM)
        finally:
            running.process.send_signal(signal.SIGCONT)
        await until(is_ready)
        staying.terminate()
