"""The real application on a loopback port, in the test's own event loop.

async with running(chosen) as server:
    answer = await server.ask("{ viewer { user { name } } }", token=server.token_for(user))
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette

from app.identity.tokens import mint
from app.main import create_app
from app.models.identity import User
from app.settings import Settings, use_settings
from app.web.graphql import Pace
from app.web.server import options
from tests.waiting import PATIENCE

NEVER = Pace(look_again=1e9)
"""Nobody is looked up anew, so that whoever hears of a change was told of it."""
SECRET = "development-secret-of-the-tests-0123456789"


def settings_for(database_url: str, state_dir: Path, **changes: Any) -> Settings:
    """Settings that look at no environment and no `.env`; no demo programme, no worker, and no debits."""
    fixed: dict[str, Any] = {
        "_env_file": None,
        "DATABASE_URL": SecretStr(database_url),
        "state_dir": state_dir,
        "secret_key": SecretStr(SECRET),
        "demo": False,
        "worker_in_server": False,
        "log_level": "error",
        "guidance_holdout": 0,  # an order is drawn where a test wants it
        "cost_of_database_second": 0,  # what is left of a budget must not depend on how busy the machine is
    }
    return Settings(**fixed | changes)


@dataclass(frozen=True, slots=True)
class Server:
    base_url: str
    settings: Settings
    client: httpx.AsyncClient

    @property
    def socket_url(self) -> str:
        return self.base_url.replace("http", "ws", 1) + "/graphql"

    def token_for(self, user: User | str) -> str:
        subject = user if isinstance(user, str) else user.subject or str(user.id)
        return mint(subject, settings=self.settings)

    async def ask(
        self, query: str, variables: dict[str, Any] | None = None, *, token: str, name: str | None = None
    ) -> dict[str, Any]:
        """The response's body: `data`, `errors`."""
        body = {"query": query, "variables": variables, "operationName": name}
        response = await self.client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
        answer: dict[str, Any] = response.json()
        return answer


class _Quiet(uvicorn.Server):
    """Leaves signals to the test run."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def listening(
    app: Starlette, chosen: Settings, *, send_buffer: int | None = None, **others: Any
) -> AsyncIterator[str]:
    """`app` served with the options of `stagepath serve`, but for `others`; its base URL. `send_buffer`: bytes that the
    system keeps for a client that doesn't read, where its own choice would swallow megabytes.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    if send_buffer is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    server = _Quiet(uvicorn.Config(app, **options(chosen) | others))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if serving.done():
                await serving
                raise RuntimeError("the server ended before it served")
            await asyncio.sleep(0.001)  # leaves the processor to what it waits for
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def running(
    chosen: Settings, *, send_buffer: int | None = None, pace: Pace | None = None
) -> AsyncIterator[Server]:
    """Stagepath as `stagepath serve` runs it, with these settings in use."""
    use_settings(chosen)
    try:
        async with (
            listening(create_app(chosen, pace=pace), chosen, send_buffer=send_buffer) as base_url,
            httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=PATIENCE) as client,
        ):
            yield Server(base_url, chosen, client)
    finally:
        use_settings(None)
