"""What operations are charged in the end, over every transport: what paid for rows that weren't there is given back."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import OperationType
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.database import Database
from app.identity.budgets import budget
from app.identity.users import viewer_of
from app.models import Organization, User
from app.vocabulary import OrganizationKind, Role
from schema import schema
from schema.context import Context
from schema.engine.serve.engine import Engine, Question
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE, until

EMPTY = "{ playbooks(first: 100) { nodes { stages { entryCriteria { key } } } } }"
PRICE, LEAST = 5_560, 37
CHANGES = "subscription { opportunityStageChanged { opportunity { playbook { stages { entryCriteria { key } } } } } }"
SLOWLY = {"cost_of_database_second": 1, "cost_per_minute": 1_000_000}
"""So little that no machine is ever busy enough to make a difference."""


@asynccontextmanager
async def serving(database: Database, tmp_path: Path, **changes: Any) -> AsyncIterator[Server]:
    async with running(settings_for(database.url, tmp_path, **SLOWLY | changes)) as server:
        yield server


@asynccontextmanager
async def nobody_reads_playbooks(database: Database) -> AsyncIterator[None]:
    async with database.transaction() as tx:
        await tx.execute("LOCK TABLE playbook IN ACCESS EXCLUSIVE MODE")
        yield


def headers(server: Server, user: User, accept: str = "application/json") -> dict[str, str]:
    return {"Authorization": f"Bearer {server.token_for(user)}", "Accept": accept}


async def post(server: Server, user: User, query: str = EMPTY) -> dict[str, Any]:
    response = await server.client.post("/graphql", json={"query": query}, headers=headers(server, user))
    answer: dict[str, Any] = response.json()
    return answer


@asynccontextmanager
async def socket_of(server: Server, user: User) -> AsyncIterator[Callable[[str], Awaitable[ClientConnection]]]:
    async with connect(server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"token": server.token_for(user)}}))
        await socket.recv()

        async def subscribe(query: str) -> ClientConnection:
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query}}))
            return socket

        yield subscribe


async def over_socket(server: Server, user: User) -> dict[str, Any]:
    async with socket_of(server, user) as subscribe:
        socket = await subscribe(EMPTY)
        answer: dict[str, Any] = json.loads(await socket.recv())["payload"]
        return answer


async def by_events(server: Server, user: User) -> dict[str, Any]:
    async with (
        httpx.AsyncClient(base_url=server.base_url, trust_env=False, timeout=PATIENCE) as client,
        client.stream(
            "POST", "/graphql", json={"query": EMPTY}, headers=headers(server, user, "text/event-stream")
        ) as response,
    ):
        lines = [line async for line in response.aiter_lines() if line.startswith("data: ") and len(line) > 10]
        answer: dict[str, Any] = json.loads(lines[0].removeprefix("data: "))
        return answer


@pytest.mark.parametrize("ask", [post, over_socket, by_events])
async def test_what_paid_for_rows_that_were_not_there_is_refunded(
    ask: Callable[[Server, User], Awaitable[dict[str, Any]]], database: Database, seller: User, tmp_path: Path
) -> None:
    async with serving(database, tmp_path) as server:
        answer = await ask(server, seller)
        assert answer["data"] == {"playbooks": {"nodes": []}}
        cost = answer["extensions"]["cost"]
        assert (cost["requested"], cost["debited"], cost["refunded"]) == (PRICE, 0, PRICE - LEAST)
        assert (cost["charged"], cost["remaining"]) == (LEAST, cost["limit"] - LEAST)
        after = (await post(server, seller, "{ viewer { user { name } } }"))["extensions"]["cost"]
        assert (after["refunded"], after["charged"]) == (0, after["requested"]), "small prices stand"
        if after["resetAt"] == cost["resetAt"]:  # else the minute turned in between
            assert after["remaining"] == cost["remaining"] - after["charged"]


async def test_a_price_has_to_be_there_before_the_work(database: Database, seller: User, tmp_path: Path) -> None:
    async with serving(database, tmp_path, cost_per_minute=PRICE - 1, max_query_cost=PRICE) as server:
        [error] = (await post(server, seller))["errors"]
        assert (error["extensions"]["code"], error["extensions"]["requested"]) == ("COST_LIMIT", PRICE)


async def test_a_mutation_is_refunded_as_a_query_is(database: Database, tmp_path: Path) -> None:
    vendor = await Organization.create(key="vendor", name="Vendor", kind=OrganizationKind.VENDOR)
    admin = await User.create(organization=vendor, name="Ida", role=Role.VENDOR_ADMIN)
    create = (
        'mutation { createPlaybook(input: {key: "new", name: "New", industry: "x"})'
        " { playbook { stages { entryCriteria { key } exitCriteria { key } } } userErrors { code } } }"
    )
    async with serving(database, tmp_path) as server:
        answer = await post(server, admin, create)
        assert answer["data"]["createPlaybook"]["userErrors"] == []
        cost = answer["extensions"]["cost"]
        assert cost["refunded"] > 0
        assert cost["charged"] == cost["requested"] - cost["refunded"] == 10 + cost["requested"] // 200


async def test_what_was_given_up_is_not_refunded(database: Database, seller: User, tmp_path: Path) -> None:
    for limit in ("operation_timeout_seconds", "statement_timeout_seconds"):
        async with serving(database, tmp_path, **{limit: 0.2}) as server, nobody_reads_playbooks(database):
            late = await post(server, seller)
            assert late["errors"][0]["extensions"]["code"] == "TIMEOUT"
            cost = late["extensions"]["cost"]
            assert (cost["refunded"], cost["charged"]) == (0, PRICE), limit


async def test_a_subscription_costs_what_it_did_to_begin(database: Database, seller: User, tmp_path: Path) -> None:
    async def spent() -> int:
        limit = 1_000_000
        return limit - await budget().debit(seller.id, 0)

    async with serving(database, tmp_path) as server, socket_of(server, seller) as subscribe:
        await subscribe(CHANGES)
        price = 0

        async def has_begun() -> bool:
            nonlocal price
            price = await spent()
            return price > 0

        await until(has_begun)
        answer = await post(server, seller, "{ viewer { user { name } } }")
        assert price == 123
        assert await spent() in (price + answer["extensions"]["cost"]["charged"], 0)  # 0: the minute turned in between


async def test_a_statement_that_took_too_long_is_not_run_again(database: Database, seller: User) -> None:
    both = "{ playbooks { nodes { name } } more: playbooks(first: 2) { nodes { key } } }"
    viewer = await viewer_of(str(seller.id))
    assert viewer is not None
    await database.limit(statement_seconds=0.2, idle_seconds=60)
    async with nobody_reads_playbooks(database):
        for query, path in ((EMPTY, ["playbooks"]), (both, None)):
            before = database.statements
            asked = Question(query, None, None, (OperationType.QUERY,))
            late = await Engine(schema).answer(asked, Context(viewer, "late"))
            assert isinstance(late, dict)
            assert [(e["extensions"]["code"], e.get("path")) for e in late["errors"]] == [("TIMEOUT", path)]
            assert late["data"] is None
            assert database.statements == before + 1
