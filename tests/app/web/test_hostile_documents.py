"""Documents and variables that are made to take long: refused alike over every transport, charged, in nobody's way."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from app.database import Database
from app.models import Organization, User
from app.settings import Mode, Settings
from app.vocabulary import OrganizationKind, Role
from schema.engine.serve.budget import charge
from schema.engine.serve.turns import OF_ONE, turns
from tests.serving import Server, running, settings_for

NEW = "application/graphql-response+json"
DEALS = "query($i: OpportunityFilter) { opportunities(first: 1, filter: $i) { totalCount } }"
MAKE = "mutation($i: CreateOpportunityInput!) { createOpportunity(input: $i) { userErrors { code } } }"
ME = "{ viewer { user { name } } }"


def cold(n: int) -> str:
    return f"{{ n{n}: viewer {{ user {{ name }} }} }}"


OF_PRODUCTION: int = Settings.model_fields["cost_per_minute"].get_default(
    call_default_factory=True, validated_data={"mode": Mode.PRODUCTION}
)
MANY_KEYS = " ".join(f"k{n}: 1" for n in range(500))
DOUBLING = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(25))
REFUSED: list[tuple[str, dict[str, Any] | None, str]] = [
    (DEALS, {"i": {f"k{n}": 1 for n in range(1_001)}}, "VALUE_LIMIT"),
    (DEALS, {"i": {f"k{n}": 1 for n in range(900)}}, "BAD_USER_INPUT"),
    (DEALS, {"i": {"status": ["X"] * 900}}, "BAD_USER_INPUT"),
    (DEALS, {"i": {"amount": {f"k{n}": [1] for n in range(900)}}}, "BAD_USER_INPUT"),
    (MAKE, {"i": {"name": "x", **{f"k{n}": 1 for n in range(900)}}}, "BAD_USER_INPUT"),
    ("{ " + " ".join(f"x{n}" for n in range(500)) + " }", None, "GRAPHQL_VALIDATION_FAILED"),
    (
        "{ opportunities(filter: { " + " ".join(f"k{n}: 1" for n in range(500)) + " }) { totalCount } }",
        None,
        "GRAPHQL_VALIDATION_FAILED",
    ),
    ("{ opportunities(filter: { status: [" + "X " * 500 + "] }) { totalCount } }", None, "GRAPHQL_VALIDATION_FAILED"),
    (" ".join(f"query q{n} {ME}" for n in range(51)), None, "OPERATION_LIMIT"),
    ("{ " + " ".join(f"a{n}: __schema {{ types {{ name }} }}" for n in range(4)) + " }", None, "REPETITION_LIMIT"),
    ("{ viewer { user { " + "... { " * 31 + "id" + " }" * 31 + " } } }", None, "DEPTH_LIMIT"),
    ("{ viewer" + " { a" * 2_000 + " }" * 2_000 + " }", None, "DEPTH_LIMIT"),
    ("{ nodes(ids: " + "[" * 2_000 + "]" * 2_000 + ") { id } }", None, "DEPTH_LIMIT"),
    ("query($a: Int = " + "{a: " * 1_500 + "1" + "}" * 1_500 + ") { viewer { user { id } } }", None, "DEPTH_LIMIT"),
    ("query($a: " + "[" * 2_000 + "Int" + "]" * 2_000 + ") { viewer { user { id } } }", None, "DEPTH_LIMIT"),
    (
        "{ ...f0 } "
        + " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(25))
        + f"fragment f25 on Query {ME}",
        None,
        "FIELD_LIMIT",
    ),
    ("{ viewer", None, "GRAPHQL_PARSE_FAILED"),
]


@asynccontextmanager
async def serving(database: Database, directory: Path, **changes: Any) -> AsyncIterator[tuple[Server, str]]:
    vendor = await Organization.create(key="north", name="North", kind=OrganizationKind.VENDOR)
    user = await User.create(organization=vendor, name="Ada", email="ada@north.example", role=Role.VENDOR_ADMIN)
    async with running(settings_for(database.url, directory, **changes)) as server:
        yield server, server.token_for(user)


async def by_post(server: Server, token: str, query: str, variables: Any) -> list[dict[str, Any]]:
    body = {"query": query, "variables": variables, "operationName": "q1" if "query q1" in query else None}
    response = await server.client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
    errors: list[dict[str, Any]] = response.json()["errors"]
    return errors


async def by_socket(server: Server, token: str, query: str, variables: Any) -> list[dict[str, Any]]:
    async with connect(server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        await socket.recv()
        payload = {"query": query, "variables": variables, "operationName": "q1" if "query q1" in query else None}
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        message = json.loads(await socket.recv())
        assert message["type"] == "error", message
        errors: list[dict[str, Any]] = message["payload"]
        return errors


async def by_stream(server: Server, token: str, query: str, variables: Any) -> list[dict[str, Any]]:
    body = {"query": query, "variables": variables, "operationName": "q1" if "query q1" in query else None}
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    response = await server.client.post("/graphql", json=body, headers=headers)
    [told] = [line[6:] for line in response.text.splitlines() if line.startswith("data: {")]
    errors: list[dict[str, Any]] = json.loads(told)["errors"]
    return errors


async def test_it_is_refused_alike_over_every_transport(database: Database, tmp_path: Path) -> None:
    async with serving(database, tmp_path) as (server, token):
        for query, variables, code in REFUSED:
            for ask in (by_post, by_socket, by_stream):
                errors = await ask(server, token, query, variables)
                case = (ask.__name__, query[:60], str(errors)[:300])
                assert {error["extensions"]["code"] for error in errors} == {code}, case
                assert len(errors) <= 21, case
                assert all(len(error["message"]) <= 1_001 for error in errors), case
                if "k899" in str(variables):
                    assert len(errors) == 1, case


async def test_a_flood_of_wrong_documents_ends_with_the_budget(database: Database, tmp_path: Path) -> None:
    async with serving(database, tmp_path, cost_per_minute=5_000) as (server, token):
        codes: list[str] = []
        while "RATE_LIMITED" not in codes and len(codes) < 60:
            wrong = f"{{ w{len(codes)} " + " ".join(f"x{n}" for n in range(500)) + " }"
            codes.append((await by_post(server, token, wrong, None))[0]["extensions"]["code"])
        assert codes[0] == "GRAPHQL_VALIDATION_FAILED"
        assert codes[-1] == "RATE_LIMITED"


async def test_sixty_large_wrong_documents_are_a_minute_of_production(database: Database, tmp_path: Path) -> None:
    async with serving(database, tmp_path, cost_per_minute=OF_PRODUCTION) as (server, token):

        async def cost() -> dict[str, Any]:
            found: dict[str, Any] = (await server.ask(ME, token=token))["extensions"]["cost"]
            return found

        async def code(word: str) -> str:
            wrong = "{ " + " ".join(f"{word}{n}" for n in range(4_900)) + " }"
            return str((await by_post(server, token, wrong, None))[0]["extensions"]["code"])

        codes: list[str] = []
        before: dict[str, Any] = await cost()
        after: dict[str, Any] = {}
        while before["resetAt"] != after.get("resetAt"):  # else a minute has ended meanwhile
            before = await cost()
            codes.append(await code("a" * (1 + len(codes))))
            after = await cost()
        assert before["remaining"] - after["remaining"] >= OF_PRODUCTION // 60
        viewer = (await User.get(email="ada@north.example")).id
        while codes[-1] != "RATE_LIMITED":  # at once, unless a minute ends meanwhile
            await charge(viewer, (await cost())["remaining"] - 5_000)
            codes += [await code("b" * len(codes)), await code("c" * len(codes))]
        assert codes[0] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("values", [{"i": {f"k{n}": 1 for n in range(999)}}, {"i": {"status": ["X"] * 999}}])
async def test_wrong_variables_are_charged_by_their_number(
    database: Database, tmp_path: Path, values: dict[str, Any]
) -> None:
    async with serving(database, tmp_path, cost_per_minute=5_000) as (server, token):
        codes: list[str] = []
        while "RATE_LIMITED" not in codes and len(codes) < 60:
            [*errors] = await by_post(server, token, DEALS, values)
            codes.append(errors[0]["extensions"]["code"])
            spent = await server.ask(ME, token=token)
            if "errors" in spent:
                codes.append(spent["errors"][0]["extensions"]["code"])
        assert codes[-1] == "RATE_LIMITED"


async def test_while_a_document_is_looked_at_others_are_answered(database: Database, tmp_path: Path) -> None:
    async with serving(database, tmp_path, operation_timeout_seconds=2.0) as (server, token):
        assert (await server.ask(ME, token=token))["data"]
        go = threading.Event()
        holding = asyncio.ensure_future(turns().take("somebody", lambda: go.wait(60)))
        await asyncio.sleep(0)
        try:
            headers = {"Authorization": f"Bearer {token}", "Accept": NEW}
            late = asyncio.ensure_future(server.client.post("/graphql", json={"query": cold(1)}, headers=headers))
            assert (await server.client.get("/healthz")).status_code == 200
            assert (await server.ask(ME, token=token))["data"] == {"viewer": {"user": {"name": "Ada"}}}
            assert (await late).status_code == 504
            assert (await late).json()["errors"][0]["extensions"]["code"] == "TIMEOUT"
        finally:
            go.set()
            await holding
        assert (await server.ask(cold(2), token=token))["data"] == {"n2": {"user": {"name": "Ada"}}}


async def test_no_more_of_one_viewer_waits_than_may(database: Database, tmp_path: Path) -> None:
    async with serving(database, tmp_path) as (server, token):
        go = threading.Event()
        holding = asyncio.ensure_future(turns().take("somebody", lambda: go.wait(60)))
        await asyncio.sleep(0)
        headers = {"Authorization": f"Bearer {token}", "Accept": NEW}
        asking = [
            asyncio.ensure_future(
                server.client.post("/graphql", json={"query": cold(1_000 + n)}, headers=headers, timeout=60)
            )
            for n in range(OF_ONE + 1)
        ]
        done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        go.set()
        answers = await asyncio.gather(*asking)
        await holding
        [refused] = [one.result() for one in done]
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["errors"][0]["extensions"]["code"] == "OVERLOADED"
        assert sorted(answer.status_code for answer in answers) == [200] * OF_ONE + [503]


async def test_a_number_of_any_length_may_stand_for_an_id(database: Database, tmp_path: Path) -> None:
    async with serving(database, tmp_path) as (server, token):
        answer = await server.ask("{ nodes(ids: " + "9" * 5_000 + ") { id } }", token=token)
        assert answer["data"] == {"nodes": [None]}
