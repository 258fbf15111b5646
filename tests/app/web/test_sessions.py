"""How long a socket or stream may stay, and how many there may be."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.database import Database
from app.identity.tokens import mint
from app.main import create_app
from app.models import User
from app.settings import use_settings
from app.web.graphql import Pace
from tests.schema.subscribers import over_sse
from tests.serving import Server, listening, settings_for
from tests.waiting import PATIENCE, until

CHANGES = "subscription { opportunityStageChanged { cursor } }"
SOON = Pace(init=timedelta(seconds=PATIENCE), look_again=0.1)
HASTY = Pace(init=timedelta(seconds=0.2), look_again=0.1)


@asynccontextmanager
async def serving(database: Database, tmp_path: Path, pace: Pace = SOON, **changes: Any) -> AsyncIterator[Server]:
    chosen = settings_for(database.url, tmp_path, **changes)
    use_settings(chosen)
    async with (
        listening(create_app(chosen, pace=pace), chosen) as base_url,
        httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=PATIENCE) as client,
    ):
        yield Server(base_url, chosen, client)
    use_settings(None)


@asynccontextmanager
async def connected(server: Server, token: str) -> AsyncIterator[ClientConnection]:
    async with connect(
        server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE
    ) as socket:
        await say(socket, type="connection_init", payload={"token": token})
        assert (await hear(socket))["type"] == "connection_ack"
        yield socket


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await socket.recv())
    return message


async def closed(socket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as end:
        async with asyncio.timeout(PATIENCE):
            await socket.recv()
    assert end.value.rcvd is not None
    return end.value.rcvd.code, end.value.rcvd.reason


async def test_a_socket_ends_with_its_token(database: Database, seller: User, tmp_path: Path) -> None:
    async with serving(database, tmp_path) as server:
        brief = mint(str(seller.id), settings=server.settings, lifetime=timedelta(seconds=2))
        async with connected(server, brief) as socket, connected(server, server.token_for(seller)) as lasting:
            with suppress(ConnectionClosed):  # by a slow machine, at once
                await say(socket, type="subscribe", id="1", payload={"query": CHANGES})
            assert await closed(socket) == (4403, "The token has expired.")
            await say(lasting, type="ping")
            assert await hear(lasting) == {"type": "pong"}


async def test_a_socket_and_a_stream_end_when_their_user_is_deactivated(
    database: Database, seller: User, tmp_path: Path
) -> None:
    async with serving(database, tmp_path) as server:
        token = server.token_for(seller)
        async with connected(server, token) as socket, over_sse(server.base_url, token, CHANGES, {}) as stream:
            seller.active = False
            await seller.save()
            assert await closed(socket) == (4401, "The user was deactivated or changed.")
            async with asyncio.timeout(PATIENCE):
                last = await anext(stream)
            assert last["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            assert [payload async for payload in stream] == []
        async with connect(
            server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE
        ) as again:
            await say(again, type="connection_init", payload={"token": token})
            code, reason = await closed(again)
            assert (code, reason[:13]) == (4403, "Nobody admini"), "and this user is not let in"


async def test_who_is_turned_away_at_the_beginning_is_told_why_as_over_http(server: Server, seller: User) -> None:
    def token(subject: str, **others: Any) -> str:
        return mint(subject, settings=server.settings, **others)

    good = server.token_for(seller)
    sent: dict[str, Any] = {
        "none": None,
        "no token": "nonsense",
        "forged": good[:-4] + "AAAA",
        "ended": token(str(seller.id), lifetime=timedelta(seconds=-60)),
        "a stranger's": token("nobody"),
    }
    reasons = {}
    for case, given in sent.items():
        headers = {} if given is None else {"Authorization": f"Bearer {given}"}
        over_http = await server.client.get("/graphql", params={"query": "{ __typename }"}, headers=headers)
        assert over_http.status_code == 401
        async with connect(
            server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE
        ) as socket:
            await say(socket, type="connection_init", payload=headers)
            code, reasons[case] = await closed(socket)
        assert code == 4403
        assert over_http.json()["errors"][0]["message"].startswith(reasons[case])
    assert len(set(reasons.values())) == len(sent), reasons
    assert all(len(reason) > 20 for reason in reasons.values())


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE user_account SET active = FALSE WHERE id = $1",
        "UPDATE user_account SET role = 'PARTNER_MANAGER' WHERE id = $1",
        "UPDATE organization SET tier = 'SILVER' WHERE id = (SELECT organization_id FROM user_account WHERE id = $1)",
        "UPDATE organization SET status = 'SUSPENDED'"
        " WHERE id = (SELECT organization_id FROM user_account WHERE id = $1)",
        "DELETE FROM user_account WHERE id = $1",
    ],
)
async def test_a_socket_and_a_stream_are_told_of_a_change_whoever_makes_it(
    database: Database, seller: User, tmp_path: Path, change: str
) -> None:
    """Without waiting until all are looked at: in this test, that would be never."""
    never = Pace(init=timedelta(seconds=PATIENCE), look_again=1e9)
    other = await Database.connect(database.url, size=1)
    async with serving(database, tmp_path, never) as server:
        token = server.token_for(seller)
        async with connected(server, token) as socket, over_sse(server.base_url, token, CHANGES, {}) as stream:
            await other.fetch(change, seller.id)
            assert await closed(socket) == (4401, "The user was deactivated or changed.")
            async with asyncio.timeout(PATIENCE):
                last = await anext(stream)
            assert last["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    await other.pool.close()


async def test_who_says_nothing_is_not_waited_for(database: Database, seller: User, tmp_path: Path) -> None:
    async with (
        serving(database, tmp_path, HASTY) as server,
        connect(server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE) as silent,
    ):
        assert (await closed(silent))[0] == 4408
    async with (
        serving(database, tmp_path) as server,
        connect(server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE) as hasty,
    ):
        await say(hasty, type="subscribe", id="1", payload={"query": CHANGES})
        assert (await closed(hasty))[0] == 4401
    assert Pace().init == timedelta(seconds=10)


async def test_a_viewer_holds_so_many_connections_and_no_more(database: Database, seller: User, tmp_path: Path) -> None:
    colleague = await User.create(organization=await seller.organization, name="Bo", role=seller.role)
    async with serving(database, tmp_path, max_connections_per_viewer=2) as server, AsyncExitStack() as held:
        token = server.token_for(seller)
        first = await held.enter_async_context(connected(server, token))
        await held.enter_async_context(over_sse(server.base_url, token, CHANGES, {}))
        async with connect(
            server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE
        ) as third:
            await say(third, type="connection_init", payload={"token": token})
            assert (await closed(third))[0] == 1013
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        stream = await server.client.post("/graphql", json={"query": CHANGES}, headers=headers)
        assert (stream.status_code, stream.json()["errors"][0]["extensions"]["code"]) == (429, "TOO_MANY_CONNECTIONS")
        async with connected(server, server.token_for(colleague)):
            pass
        await first.close()

        async def there_is_room() -> bool:
            async with connect(
                server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE
            ) as next_one:
                await say(next_one, type="connection_init", payload={"token": token})
                try:
                    return bool((await hear(next_one))["type"] == "connection_ack")
                except ConnectionClosed:
                    return False

        await until(there_is_room)


async def test_a_connection_runs_so_many_operations_and_no_more(
    database: Database, seller: User, tmp_path: Path
) -> None:
    async with (
        serving(database, tmp_path, max_operations_per_connection=2) as server,
        connected(server, server.token_for(seller)) as socket,
    ):
        for id_ in ("1", "2", "3"):
            await say(socket, type="subscribe", id=id_, payload={"query": CHANGES})
        refused = await hear(socket)
        assert (refused["id"], refused["type"]) == ("3", "error")
        assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
        await say(socket, type="complete", id="1")
        await say(socket, type="subscribe", id="4", payload={"query": "{ viewer { user { name } } }"})
        assert (await hear(socket))["payload"]["data"] == {"viewer": {"user": {"name": "Ada"}}}
