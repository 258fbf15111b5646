"""What operations of one viewer take of the database, over every transport: debited, capped, and ended with them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from app.database import Database
from app.database.metering import statements_in_flight
from app.identity.budgets import budget
from app.models import Organization, User
from app.vocabulary import OrganizationKind, Role
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE, until

SLOW = "{ playbooks(first: 1) { nodes { name } } }"
SECOND = 20_000


@asynccontextmanager
async def serving(database: Database, tmp_path: Path, **changes: Any) -> AsyncIterator[Server]:
    async with running(settings_for(database.url, tmp_path, **changes)) as server:
        yield server


@asynccontextmanager
async def nobody_reads_playbooks(database: Database) -> AsyncIterator[None]:
    async with database.transaction() as tx:
        await tx.execute("LOCK TABLE playbook IN ACCESS EXCLUSIVE MODE")
        yield


@pytest.fixture
async def watching(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.url)
    yield connection
    await connection.close()


def kept_waiting(watching: asyncpg.Connection, number: int) -> Callable[[], Awaitable[bool]]:
    """Whether PostgreSQL keeps that many statements waiting for the lock."""

    async def holds() -> bool:
        asked = "SELECT count(*) FROM pg_locks WHERE relation = 'playbook'::regclass AND NOT granted"
        return bool(await watching.fetchval(asked) == number)

    return holds


def headers(server: Server, user: User, accept: str = "application/json") -> dict[str, str]:
    return {"Authorization": f"Bearer {server.token_for(user)}", "Accept": accept}


async def post(server: Server, user: User, query: str = SLOW) -> dict[str, Any]:
    response = await server.client.post("/graphql", json={"query": query}, headers=headers(server, user), timeout=60)
    answer: dict[str, Any] = response.json()
    return answer


@asynccontextmanager
async def over_http(server: Server, user: User, query: str = SLOW) -> AsyncIterator[None]:
    """Asks, and is gone at the end of the block."""
    host, port = server.base_url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    body = json.dumps({"query": query})
    lines = [
        "POST /graphql HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {server.token_for(user)}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    writer.write("\r\n".join([*lines, "", body]).encode())
    yield
    writer.close()


@asynccontextmanager
async def over_socket(server: Server, user: User) -> AsyncIterator[None]:
    async with connect(server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"token": server.token_for(user)}}))
        await socket.recv()
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": SLOW}}))
        yield


@asynccontextmanager
async def by_events(server: Server, user: User) -> AsyncIterator[None]:
    async with (
        httpx.AsyncClient(base_url=server.base_url, trust_env=False, timeout=PATIENCE) as client,
        client.stream("POST", "/graphql", json={"query": SLOW}, headers=headers(server, user, "text/event-stream")),
    ):
        yield


@pytest.mark.parametrize("ask", [over_http, over_socket, by_events])
async def test_statements_end_in_postgresql_when_their_client_has_gone(
    ask: Any, database: Database, seller: User, watching: asyncpg.Connection, tmp_path: Path
) -> None:
    async with serving(database, tmp_path, database_pool_size=2) as server:
        async with nobody_reads_playbooks(database):
            for _ in range(3):  # more often than there are connections
                async with ask(server, seller):
                    await until(kept_waiting(watching, 1))
                await until(kept_waiting(watching, 0))
        assert (await post(server, seller))["data"] == {"playbooks": {"nodes": []}}
        assert statements_in_flight() == 0


async def test_a_mutation_goes_on_without_its_client(
    database: Database, seller: User, watching: asyncpg.Connection, tmp_path: Path
) -> None:
    vendor = await Organization.create(key="vendor", name="Vendor", kind=OrganizationKind.VENDOR)
    admin = await User.create(organization=vendor, name="Ida", role=Role.VENDOR_ADMIN)
    create = 'mutation { createPlaybook(input: {key: "left", name: "Left", industry: "x"}) { userErrors { code } } }'
    async with serving(database, tmp_path) as server:
        async with nobody_reads_playbooks(database):
            async with over_http(server, admin, create):
                await until(kept_waiting(watching, 1))
            assert await post(server, seller, "{ viewer { user { name } } }"), "the server has seen it go"
            assert await kept_waiting(watching, 1)()

        async def is_there() -> bool:
            return bool(await watching.fetchval("SELECT count(*) FROM playbook WHERE key = 'left'") == 1)

        await until(is_there)


@pytest.mark.parametrize("ask", [over_http, over_socket, by_events])
async def test_a_viewer_never_takes_all_connections(
    ask: Any, database: Database, seller: User, watching: asyncpg.Connection, tmp_path: Path
) -> None:
    other = await User.create(organization=await seller.organization, name="Bo", role=seller.role)
    changes = {"database_pool_size": 4, "max_statements_per_viewer": 2, "cost_of_database_second": SECOND}
    async with AsyncExitStack() as held:
        server = await held.enter_async_context(serving(database, tmp_path, **changes))
        await held.enter_async_context(nobody_reads_playbooks(database))
        for _ in range(4):
            await held.enter_async_context(ask(server, seller))
        await until(kept_waiting(watching, 2))
        viewer = (await post(server, other, "{ viewer { user { name } } }"))["data"]["viewer"]
        assert viewer == {"user": {"name": "Bo"}}, "somebody else is served meanwhile"
        assert await kept_waiting(watching, 2)()
        assert statements_in_flight() == 2


async def test_who_waited_for_others_of_its_own_all_the_time_is_told_so(
    database: Database, seller: User, watching: asyncpg.Connection, tmp_path: Path
) -> None:
    changes = {"max_statements_per_viewer": 1, "operation_timeout_seconds": 2.0}
    async with serving(database, tmp_path, **changes) as server, nobody_reads_playbooks(database):
        async with connect(server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": {"token": server.token_for(seller)}}))
            await socket.recv()
            for id in ("1", "2"):
                await socket.send(json.dumps({"type": "subscribe", "id": id, "payload": {"query": SLOW}}))
            answers = [json.loads(await socket.recv()) for _ in range(2)]
        told = {answer["id"]: answer["payload"][0]["extensions"]["code"] for answer in answers}
        assert told == {"1": "TIMEOUT", "2": "TOO_MANY_STATEMENTS"}


async def test_what_a_cost_did_not_cover_is_debited_and_shown(database: Database, seller: User, tmp_path: Path) -> None:
    changes = {"cost_per_minute": 1_000_000, "cost_of_database_second": SECOND, "operation_timeout_seconds": 0.5}
    async with serving(database, tmp_path, **changes) as server:
        async with nobody_reads_playbooks(database):
            late = await post(server, seller)
        assert late["errors"][0]["extensions"]["code"] == "TIMEOUT"
        cost = late["extensions"]["cost"]
        assert cost["debited"] > 0
        assert (cost["refunded"], cost["charged"]) == (0, cost["requested"] + cost["debited"])
        known = await post(server, seller, "{ viewer { user { name } } }")
        after = known["extensions"]["cost"]
        if after["resetAt"] == cost["resetAt"]:  # else the minute turned in between
            assert cost["remaining"] == cost["limit"] - cost["requested"] - cost["debited"]
            assert after["remaining"] == cost["remaining"] - after["requested"] - after["debited"]


@pytest.mark.parametrize("ask", [over_http, over_socket, by_events])
async def test_an_operation_whose_client_has_gone_is_debited(
    ask: Any, database: Database, seller: User, watching: asyncpg.Connection, tmp_path: Path
) -> None:
    """However short its statements were: here, a moment costs all there is."""
    changes = {"cost_per_minute": 10_000, "cost_of_database_second": 10**12}

    async def is_over() -> bool:
        return await budget().debit(seller.id, 0) == 0

    async def is_told() -> bool:
        return await kept_waiting(watching, 1)() or await is_over()

    async with serving(database, tmp_path, **changes) as server, nobody_reads_playbooks(database):
        over = False  # as it was told once: the minute may turn, and what is left with it
        for _ in range(100):  # the first ones may be over sooner than what is not debited
            async with ask(server, seller):
                await until(is_told)
            await until(kept_waiting(watching, 0))
            if over := await is_over():
                break
        assert over
