"""What is no request, or asks for what can't be, gets a code and a place, and leaves no stack trace in the log."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.database import Database
from app.models import Organization, User
from app.vocabulary import OrganizationKind, Role
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE

NEW, OLD = "application/graphql-response+json", "application/json"
STAGE_ID = "stg_00000000-0000-7000-8000-000000000000"
LONG, VERY_LONG = "x" * 90_000, "x" * 900_000
TOO_LONG = "x" * 1_100_000

CREATE = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { id } userErrors { code path } } }"""
BY_ID = "query($id: ID!) { opportunity(id: $id) { name } }"
LIST = """query($first: Int, $after: Cursor, $filter: OpportunityFilter) {
  opportunities(first: $first, after: $after, filter: $filter) { totalCount } }"""
EVENTS = "query($after: Cursor) { events(after: $after) { totalCount } }"
SEARCH = "query($search: String) { accounts(search: $search) { totalCount } }"

# Query, variables, status with the specification's media type, code, place: what the client finds it by.
REFUSED: list[tuple[str, dict[str, Any], int, str, object]] = [
    ("hello there", {}, 400, "GRAPHQL_PARSE_FAILED", (1, 1)),
    ("{ opportunities(first: 1", {}, 400, "GRAPHQL_PARSE_FAILED", (1, 25)),
    ("{ nobody }", {}, 400, "GRAPHQL_VALIDATION_FAILED", (1, 3)),
    ("{ viewer { shoeSize } }", {}, 400, "GRAPHQL_VALIDATION_FAILED", (1, 12)),
    ('{ opportunities(first: "ten") { totalCount } }', {}, 400, "GRAPHQL_VALIDATION_FAILED", (1, 24)),
    (LIST, {"first": "ten"}, 400, "BAD_USER_INPUT", (1, 7)),
    (LIST, {"first": 101}, 200, "INVALID", ["first"]),
    (LIST, {"first": 2**40}, 400, "BAD_USER_INPUT", (1, 7)),
    (BY_ID, {}, 400, "BAD_USER_INPUT", (1, 7)),
    (BY_ID, {"id": STAGE_ID}, 200, "INVALID", ["id"]),
    (BY_ID, {"id": 7}, 200, "INVALID", ["id"]),
    (BY_ID, {"id": LONG}, 200, "INVALID", ["id"]),
    (BY_ID, {"id": VERY_LONG}, 400, "LENGTH_LIMIT", ["id"]),
    (LIST, {"after": "AAAA"}, 200, "CURSOR_INVALID", ["after"]),
    (LIST, {"after": LONG}, 400, "BAD_USER_INPUT", (1, 20)),
    (LIST, {"after": VERY_LONG}, 400, "LENGTH_LIMIT", ["after"]),
    (LIST, {"filter": {"ids": ["a"] * 1_001}}, 400, "VALUE_LIMIT", ["filter", "ids"]),
    (LIST, {"filter": {"ids": [["a"] * 900 for _ in range(6)]}}, 400, "VALUE_LIMIT", ["filter", "ids", 5]),
    (LIST, {"filter": {f"k{n}": n for n in range(1_001)}}, 400, "VALUE_LIMIT", ["filter"]),
    (LIST, {"filter": {f"k{n}": n for n in range(900)}}, 400, "BAD_USER_INPUT", (1, 36)),
    (LIST, {"filter": {"k" * 201: 1}}, 400, "LENGTH_LIMIT", ["filter"]),
    (LIST, {"unused": [[[[[[[[[[[[["deep"]]]]]]]]]]]]]}, 400, "DEPTH_LIMIT", ["unused", *[0] * 12]),
    (EVENTS, {"after": "AAAA"}, 200, "CURSOR_INVALID", ["after"]),
    (LIST, {"filter": {"partnerId": STAGE_ID}}, 200, "INVALID", ["filter", "partnerId"]),
    (LIST, {"filter": {"updatedSince": "2026-02-30T25:00:00Z"}}, 400, "BAD_USER_INPUT", (1, 36)),
    (LIST, {"filter": {"amount": {"min": "9" * 400}}}, 400, "BAD_USER_INPUT", (1, 36)),
    (LIST, {"filter": {"amount": {"min": "1e400"}}}, 400, "BAD_USER_INPUT", (1, 36)),
    (LIST, {"filter": {"stageKeys": ["a\0b"]}}, 200, "BAD_USER_INPUT", "opportunities"),
    ('{ playbook(key: "a\\u0000b") { name } }', {}, 200, "BAD_USER_INPUT", "playbook"),
    (CREATE, {"input": {"name": "A", "expectedCloseDate": "2026-02-30"}}, 400, "BAD_USER_INPUT", (1, 10)),
    (CREATE, {"input": {"name": "A", "amount": {"amount": 9.5, "currency": "EUR"}}}, 400, "BAD_USER_INPUT", (1, 10)),
    (CREATE, {"input": {"name": TOO_LONG}}, 413, "TOO_LARGE", None),
    ("{ viewer { user { id } } } # " + TOO_LONG, {}, 413, "TOO_LARGE", None),
    ("{ viewer { user { id } } } # " + VERY_LONG, {}, 400, "LENGTH_LIMIT", (1, 100_001)),
]

# What the user can mend stands in the payload.
MENDABLE: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"amount": {"amount": "1.234", "currency": "EUR"}}, "INVALID", ["amount", "amount"]),
    ({"amount": {"amount": "9" * 16, "currency": "EUR"}}, "INVALID", ["amount", "amount"]),
    ({"amount": {"amount": "-1", "currency": "EUR"}}, "INVALID", ["amount", "amount"]),
    ({"amount": {"amount": "1", "currency": "XXY"}}, "INVALID", ["amount", "currency"]),
    ({"name": LONG}, "INVALID", ["name"]),
    ({"name": "a\0b"}, "INVALID", ["name"]),
    ({"notes": LONG}, "INVALID", ["notes"]),
    ({"ownerId": STAGE_ID}, "INVALID", ["ownerId"]),
    ({"playbookKey": "no such playbook"}, "INVALID", ["playbookKey"]),
]


@pytest.fixture
async def server(database: Database, tmp_path: Path) -> AsyncIterator[Server]:
    async with running(settings_for(database.url, tmp_path, log_level="debug")) as server:
        yield server


@pytest.fixture
async def token(server: Server) -> str:
    vendor = await Organization.create(key="north", name="North", kind=OrganizationKind.VENDOR)
    admin = await User.create(organization=vendor, name="Ada", email="ada@north.example", role=Role.VENDOR_ADMIN)
    return server.token_for(admin)


async def test_each_is_refused_with_a_code_and_a_place(
    server: Server, token: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for query, variables, status, code, place in REFUSED:
        for accept in (NEW, OLD):
            headers = {"Authorization": f"Bearer {token}", "Accept": accept}
            body = {"query": query, "variables": variables}
            response = await server.client.post("/graphql", json=body, headers=headers)
            case = (query[:60], str(variables)[:60], accept, response.text[:300])
            well_formed = status != 413
            assert response.status_code == (200 if accept == OLD and well_formed else status), case
            [error] = response.json()["errors"]
            assert error["extensions"]["code"] == code, case
            assert _place(error, place) == place, case
            assert len(error["message"]) < 500, case
    assert "Traceback" not in capsys.readouterr().err


def _place(error: dict[str, Any], wanted: object) -> object:
    if isinstance(wanted, list):
        return error["extensions"]["argument"]
    if isinstance(wanted, tuple):
        return (error["locations"][0]["line"], error["locations"][0]["column"])
    return error["path"][-1] if wanted else None


async def test_what_the_user_can_mend_stands_in_the_payload_and_nothing_is_made(
    server: Server, token: str, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    for changes, code, path in MENDABLE:
        given = {"name": "Deal", "accountName": "Somebody", **changes}
        answer = await server.ask(CREATE, {"input": given}, token=token)
        made = answer["data"]["createOpportunity"]
        assert made["opportunity"] is None
        assert {"code": code, "path": path} in made["userErrors"], (str(changes)[:80], made)
    assert await database.fetch("SELECT FROM opportunity UNION ALL SELECT FROM event") == []
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("search", ["x " * 45_000, "a\0b", "':* & | !", "%_\\", "🦊" * 100_000])
async def test_anything_can_be_searched_for(
    server: Server, token: str, search: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await server.ask(SEARCH, {"search": search}, token=token)
    assert answer["data"] == {"accounts": {"totalCount": 0}}
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "body", [b"", b"[", b'"x"', b"1", b"null", b"[1]", b"{}", b'{"query": 7}', b'{"query": "\xff"}']
)
async def test_a_body_that_is_no_request_is_a_bad_request(
    server: Server, token: str, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": OLD}
    response = await server.client.post("/graphql", content=body, headers=headers)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] in ("BAD_REQUEST", "BATCHING_REFUSED")
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "frame",
    ["[]", '"x"', "nonsense", "{}", '{"type": "subscribe", "id": {}, "payload": {}}', '{"type": 7}', b"\x00\xff"],
)
async def test_a_frame_that_is_no_message_closes_its_connection_with_a_reason(
    server: Server, token: str, frame: str | bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    async with connect(
        server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=PATIENCE
    ) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": {"token": token}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(frame)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400
    assert closed.value.rcvd.reason
    assert "Traceback" not in capsys.readouterr().err
