"""What a client may ask for, over real connections: how much, for how long, from where."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from app.database import Database
from app.models import User
from app.settings import Mode
from app.web.origins import Origins
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE, until

PLAYBOOKS = "query($n: Int) { playbooks(first: $n) { nodes { name } } }"
NEW = "application/graphql-response+json"
OLD = "application/json"


@asynccontextmanager
async def serving(database: Database, tmp_path: Path, **changes: Any) -> AsyncIterator[Server]:
    async with running(settings_for(database.url, tmp_path, **changes)) as server:
        yield server


async def post(server: Server, user: User, query: str, accept: str = NEW, **variables: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {server.token_for(user)}", "Accept": accept}
    return await server.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


def codes(body: Any) -> list[str]:
    return [error["extensions"]["code"] for error in body.get("errors", [])]


async def over_socket(server: Server, user: User, query: str, **variables: Any) -> dict[str, Any]:
    async with connect(
        server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE
    ) as socket:
        said: list[dict[str, Any]] = [
            {"type": "connection_init", "payload": {"token": server.token_for(user)}},
            {"type": "subscribe", "id": "1", "payload": {"query": query, "variables": variables}},
        ]
        for message in said:
            await socket.send(json.dumps(message))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        answer: dict[str, Any] = json.loads(await socket.recv())
        return answer


async def test_every_answer_says_what_it_cost(server: Server, seller: User) -> None:
    answer = (await post(server, seller, PLAYBOOKS, n=40)).json()
    cost = answer["extensions"]["cost"]
    assert (cost["requested"], cost["limit"], cost["limit"] - cost["remaining"]) == (50, 1_000_000_000, 50)
    assert cost["resetAt"].endswith(":00+00:00")
    pushed = await over_socket(server, seller, PLAYBOOKS, n=2)
    told = pushed["payload"]["extensions"]["cost"]
    assert (pushed["type"], told["requested"], told["limit"] - told["remaining"]) == ("next", 12, 62)


async def test_a_document_that_is_too_dear_never_runs(database: Database, seller: User, tmp_path: Path) -> None:
    async with serving(database, tmp_path, max_query_cost=110) as server:
        dear = "query($n: Int) { playbooks(first: $n) { nodes { stages { name } } } }"
        assert (await post(server, seller, dear, n=9)).status_code == 200
        refused = await post(server, seller, dear, n=10)
        [error] = refused.json()["errors"]
        assert (refused.status_code, error["extensions"]["code"]) == (400, "COST_LIMIT")
        assert (error["extensions"]["requested"], error["extensions"]["maximum"]) == (120, 110)
        assert "data" not in refused.json()


async def test_a_viewer_s_budget_is_spent_and_waited_for(database: Database, seller: User, tmp_path: Path) -> None:
    colleague = await User.create(organization=await seller.organization, name="Bo", role=seller.role)
    async with serving(database, tmp_path, cost_per_minute=100) as server:
        answers = [await post(server, seller, PLAYBOOKS, n=60) for _ in range(2)]
        if (
            answers[0].json()["extensions"]["cost"]["resetAt"]
            != answers[1].json().get("extensions", {}).get("cost", answers[0].json()["extensions"]["cost"])["resetAt"]
        ):
            answers.append(await post(server, seller, PLAYBOOKS, n=60))  # the minute turned in between
        refused = answers[-1]
        [error] = refused.json()["errors"]
        assert (refused.status_code, error["extensions"]["code"]) == (429, "RATE_LIMITED")
        assert 1 <= error["extensions"]["retryAfter"] <= 60
        assert refused.headers["retry-after"] == str(error["extensions"]["retryAfter"])
        assert error["extensions"]["requestId"] == refused.headers["x-request-id"]
        old = await post(server, seller, PLAYBOOKS, OLD, n=60)
        assert (old.status_code, codes(old.json()), "retry-after" in old.headers) == (200, ["RATE_LIMITED"], True)
        pushed = await over_socket(server, seller, PLAYBOOKS, n=60)
        assert (pushed["type"], pushed["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")
        assert (error["extensions"]["requested"], error["extensions"]["remaining"]) == (60, 40)
        dear = "query($n: Int) { playbooks(first: $n) { nodes { stages { name } } } }"
        never = await post(server, colleague, dear, n=10)  # costs 120: waiting would not help
        assert (never.status_code, codes(never.json())) == (400, ["COST_LIMIT"])
        assert (await post(server, seller, PLAYBOOKS, n=30)).status_code == 200, "what was refused was not taken"
        assert (await post(server, colleague, PLAYBOOKS, n=60)).status_code == 200, "budgets are each viewer's own"


@asynccontextmanager
async def nobody_reads_playbooks(database: Database) -> AsyncIterator[None]:
    async with database.transaction() as tx:
        await tx.execute("LOCK TABLE playbook IN ACCESS EXCLUSIVE MODE")
        yield


async def answered(server: Server, user: User) -> bool:
    """In time, which a busy machine may miss once."""
    answer: dict[str, Any] = (await post(server, user, PLAYBOOKS)).json()
    return answer.get("data") == {"playbooks": {"nodes": []}}


async def test_an_operation_that_takes_too_long_is_given_up(database: Database, seller: User, tmp_path: Path) -> None:
    async with serving(database, tmp_path, operation_timeout_seconds=0.2, database_pool_size=2) as server:
        async with nobody_reads_playbooks(database):
            for _ in range(5):  # more often than there are connections: each is given back
                slow = await post(server, seller, PLAYBOOKS)
                assert (slow.status_code, codes(slow.json())) == (504, ["TIMEOUT"])
            old = await post(server, seller, PLAYBOOKS, OLD)
            assert (old.status_code, codes(old.json())) == (200, ["TIMEOUT"])
            pushed = await over_socket(server, seller, PLAYBOOKS)
            assert (pushed["type"], pushed["payload"][0]["extensions"]["code"]) == ("error", "TIMEOUT")
        await until(lambda: answered(server, seller))


async def test_a_statement_that_takes_too_long_is_given_up(database: Database, seller: User, tmp_path: Path) -> None:
    async with serving(database, tmp_path, statement_timeout_seconds=0.2) as server:
        async with nobody_reads_playbooks(database):
            slow = await post(server, seller, PLAYBOOKS)
        assert codes(slow.json()) == ["TIMEOUT"]
        assert slow.json()["errors"][0]["path"] == ["playbooks"]
        assert slow.json()["data"] is None
        await until(lambda: answered(server, seller))


@pytest.mark.falls_back("introspection")
async def test_introspection_is_answered_where_it_is_asked_for(
    database: Database, seller: User, tmp_path: Path
) -> None:
    question = "{ __schema { queryType { name } } }"
    async with serving(database, tmp_path, introspection=False) as server:
        assert codes((await post(server, seller, question)).json()) == ["INTROSPECTION_DISABLED"]
        typo = (await post(server, seller, "{ playbok { name } }")).json()["errors"][0]["message"]
        assert "Did you mean" not in typo
    async with serving(database, tmp_path) as server:
        assert (await post(server, seller, question)).json()["data"] == {"__schema": {"queryType": {"name": "Query"}}}


async def test_batches_are_refused(server: Server, seller: User) -> None:
    headers = {"Authorization": f"Bearer {server.token_for(seller)}"}
    batch = [{"query": "{ viewer { user { id } } }"}] * 2
    response = await server.client.post("/graphql", json=batch, headers=headers)
    assert (response.status_code, codes(response.json())) == (400, ["BATCHING_REFUSED"])


@pytest.mark.parametrize(
    "type_", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
async def test_what_a_foreign_page_can_send_unasked_is_refused(server: Server, seller: User, type_: str) -> None:
    """A browser sends these without a preflight; the token is there only to show that it is the type that counts."""
    headers = {"Authorization": f"Bearer {server.token_for(seller)}", "Content-Type": type_}
    body = json.dumps({"query": "{ viewer { user { id } } }"})
    response = await server.client.post("/graphql", content=body, headers=headers)
    assert (response.status_code, codes(response.json())) == (415, ["UNSUPPORTED_MEDIA_TYPE"])


async def test_a_cookie_is_no_credential(server: Server, seller: User) -> None:
    token = server.token_for(seller)
    cookies = {"Cookie": f"token={token}; Authorization=Bearer {token}"}
    for response in (
        await server.client.get("/graphql", params={"query": "{ viewer { user { id } } }"}, headers=cookies),
        await server.client.get("/graphql", params={"query": "{ viewer { user { id } } }", "token": token}),
        await server.client.post("/graphql", json={"query": "{ viewer { user { id } } }"}, headers=cookies),
    ):
        assert (response.status_code, codes(response.json())) == (401, ["UNAUTHENTICATED"])


async def test_browsers_are_let_in_from_listed_origins_alone(database: Database, seller: User, tmp_path: Path) -> None:
    portal, stranger = "https://portal.example", "https://evil.example"
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    async with serving(database, tmp_path, cors_origins=(portal,)) as server:
        allowed = await server.client.options("/graphql", headers={"Origin": portal, **asking})
        assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, portal)
        refused = await server.client.options("/graphql", headers={"Origin": stranger, **asking})
        assert (refused.status_code, "access-control-allow-origin" in refused.headers) == (400, False)
        await _shakes_hands(server, portal)
        await _is_turned_away(server, stranger)
    async with serving(database, tmp_path) as server:
        nobody = await server.client.options("/graphql", headers={"Origin": portal, **asking})
        assert "access-control-allow-origin" not in nobody.headers
        await _is_turned_away(server, portal)
        await _is_turned_away(server, portal, **{"Sec-Fetch-Site": "same-origin"})
        await _shakes_hands(server, server.base_url)
        await _shakes_hands(server, None)


LOCAL = [
    *("http://localhost:5173", "http://localhost", "https://127.0.0.1:8443", "http://[::1]:3000"),
    "http://portal.localhost:4200",
]
NOT_LOCAL = ["http://localhost.evil.example", "http://evil.example", "http://127.0.0.1.evil.example:5173", "null"]
SENT = "authorization,content-type,traceparent,apollographql-client-name,apollographql-client-version,last-event-id"


async def test_pages_that_the_developers_own_machine_serves_may_call_in_development(
    database: Database, seller: User, tmp_path: Path
) -> None:
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": SENT}
    async with serving(database, tmp_path) as server:
        for origin in LOCAL:
            allowed = await server.client.options("/graphql", headers={"Origin": origin, **asking})
            assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, origin)
            sent = {name.strip() for name in allowed.headers["access-control-allow-headers"].split(",")}
            assert sent >= set(SENT.split(","))
            headers = {"Origin": origin, "Authorization": f"Bearer {server.token_for(seller)}"}
            answer = await server.client.get("/graphql", params={"query": "{ __typename }"}, headers=headers)
            assert answer.headers["access-control-allow-origin"] == origin
            assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()
            await _shakes_hands(server, origin)
        for origin in NOT_LOCAL:
            refused = await server.client.options("/graphql", headers={"Origin": origin, **asking})
            assert "access-control-allow-origin" not in refused.headers
            await _is_turned_away(server, origin)
    allowed_by_production = Origins(settings_for(database.url, tmp_path).model_copy(update={"mode": Mode.PRODUCTION}))
    assert not allowed_by_production
    assert not allowed_by_production.may_connect(LOCAL[0], "api.example")


async def _shakes_hands(server: Server, origin: str | None) -> None:
    async with connect(
        server.socket_url,
        subprotocols=[Subprotocol("graphql-transport-ws")],
        open_timeout=PATIENCE,
        origin=Origin(origin) if origin else None,
    ) as socket:
        assert socket.subprotocol == "graphql-transport-ws"


async def _is_turned_away(server: Server, origin: str, **headers: str) -> None:
    protocols = [Subprotocol("graphql-transport-ws")]
    with pytest.raises(InvalidStatus) as refused:
        await connect(
            server.socket_url,
            subprotocols=protocols,
            origin=Origin(origin),
            additional_headers=headers,
            open_timeout=PATIENCE,
        )
    assert refused.value.response.status_code == 403


async def test_a_long_body_is_not_read_to_its_end(database: Database, seller: User, tmp_path: Path) -> None:
    async with serving(database, tmp_path, max_body_bytes=10_000) as server:
        long = await post(server, seller, "{ viewer { user { id } } }" + " " * 10_000)
        assert (long.status_code, codes(long.json())) == (413, ["TOO_LARGE"])

        host, port = server.base_url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {server.token_for(seller)}\r\n"
        writer.write(f"{head}Content-Type: {OLD}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(11):  # and no last chunk
            writer.write(b"3e8\r\n" + b" " * 1_000 + b"\r\n")
        async with asyncio.timeout(PATIENCE):
            assert (await reader.readline()).split()[1] == b"413"
        writer.close()
