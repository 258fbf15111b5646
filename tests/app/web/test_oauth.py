"""Access tokens of API clients, over real sockets: had, narrowed, refused, ended."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID

import httpx
import orjson
import pytest
import websockets

from app.database import Database
from app.demo.people import demo_id
from app.identity.client_tokens import LIFETIME, ClientTokens
from app.identity.users import ClientGrant
from app.models.columns import new_id
from app.vocabulary import ApiScope
from app.web.attempts import FAILURES_PER_MINUTE
from tests.schema.world import Demo
from tests.serving import NEVER, Server, running, settings_for
from tests.waiting import PATIENCE, until

MANAGER, ADMIN = "Lena Brandt", "Ingrid Solberg"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MAKE = """mutation($input: UpsertApiClientInput!) { upsertApiClient(input: $input) {
  apiClient { id name scopes version } secret created userErrors { code message path } } }"""
ROTATE = """mutation($input: RotateApiClientSecretInput!) { rotateApiClientSecret(input: $input) {
  apiClient { formerSecretEndsAt version } secret userErrors { code path } } }"""
REMOVE = """mutation($input: RemoveApiClientInput!) { removeApiClient(input: $input) {
  apiClient { removedAt } userErrors { code path } } }"""
WHO = """{ viewer { user { name apiClient active role } organization { key } permissions scopes
  apiClient { id name scopes } } }"""


@dataclass
class World:
    server: Server
    database: Database

    async def as_person(self, query: str, who: str = MANAGER, **given: Any) -> dict[str, Any]:
        token = self.server.token_for(str(demo_id(f"user/{who}")))
        answer = await self.server.ask(query, {"input": given} if given else None, token=token)
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def client(self, *scopes: str, who: str = MANAGER, **given: Any) -> tuple[str, str]:
        """The id and the secret of a new one."""
        made = await self.as_person(MAKE, who, name=f"Client {new_id()}", scopes=list(scopes), **given)
        payload = made["upsertApiClient"]
        assert payload["userErrors"] == []
        return payload["apiClient"]["id"], payload["secret"]

    async def post(self, form: dict[str, str] | str, **headers: str) -> httpx.Response:
        return await self.server.client.post(
            "/oauth/token",
            content=form if isinstance(form, str) else "&".join(f"{k}={quote_plus(v)}" for k, v in form.items()),
            headers={**FORM, **headers},
        )

    async def token(self, client: tuple[str, str], **others: str) -> str:
        form = {"grant_type": "client_credentials", "client_id": client[0], "client_secret": client[1], **others}
        answer = await self.post(form)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    async def ask(self, token: str, query: str, **given: Any) -> dict[str, Any]:
        return await self.server.ask(query, {"input": given} if given else None, token=token)

    async def code(self, token: str) -> str:
        """Of what a query is answered; OK if it is."""
        answer = await self.ask(token, "{ viewer { organization { key } } }")
        return str(answer["errors"][0]["extensions"]["code"]) if "errors" in answer else "OK"


@pytest.fixture
async def world(demo_url: str, tmp_path: Path) -> AsyncIterator[World]:
    database = await Database.connect(demo_url, size=2)
    async with running(settings_for(demo_url, tmp_path), pace=NEVER) as server:
        yield World(server, database)
    await database.close()


async def test_a_client_gets_a_token_by_form_or_header_and_acts_as_its_organisation(world: World) -> None:
    id, secret = await world.client("READ", "WRITE")
    basic = b64encode(f"{quote_plus(id)}:{quote_plus(secret)}".encode()).decode()
    for answer in (
        await world.post({"grant_type": "client_credentials", "client_id": id, "client_secret": secret}),
        await world.post({"grant_type": "client_credentials"}, Authorization=f"Basic {basic}"),
    ):
        assert answer.status_code == 200
        assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
        told = answer.json()
        assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 600, "read write")
        viewer = (await world.ask(told["access_token"], WHO))["data"]["viewer"]
        assert viewer["organization"] == {"key": "alpine-it"}
        assert viewer["user"] == {
            "name": f"API client {viewer['apiClient']['name']}",
            "apiClient": True,
            "active": False,
            "role": "PARTNER_MANAGER",
        }
        assert viewer["apiClient"]["id"] == id
        assert viewer["scopes"] == ["READ", "WRITE"]
        assert {"READ", "EDIT_OPPORTUNITY", "SHARE_OPPORTUNITY"} <= set(viewer["permissions"])
        assert not {"MANAGE_USERS", "MANAGE_API_CLIENTS", "ADMINISTER"} & set(viewer["permissions"])


BAD = {
    "no type": ("", {"Content-Type": "application/json"}, 400, "invalid_request"),
    "no credentials": ("grant_type=client_credentials", {}, 401, "invalid_client"),
    "no grant": ("client_id={id}&client_secret={secret}", {}, 400, "invalid_request"),
    "another grant": ("grant_type=password&client_id={id}&client_secret={secret}", {}, 400, "unsupported_grant_type"),
    "wrong secret": ("grant_type=client_credentials&client_id={id}&client_secret=x", {}, 401, "invalid_client"),
    "unknown client": ("grant_type=client_credentials&client_id=cli_x&client_secret=x", {}, 401, "invalid_client"),
    "foreign scope": (
        "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=read+write",
        {},
        400,
        "invalid_scope",
    ),
    "no such scope": (
        "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=admin",
        {},
        400,
        "invalid_scope",
    ),
    "twice": ("grant_type=client_credentials&grant_type=client_credentials", {}, 400, "invalid_request"),
    "both ways": (
        "grant_type=client_credentials&client_id={id}&client_secret={secret}",
        {"Authorization": "Basic eDp5"},
        400,
        "invalid_request",
    ),
    "a bearer": ("grant_type=client_credentials", {"Authorization": "Bearer x"}, 401, "invalid_client"),
    "bad base64": ("grant_type=client_credentials", {"Authorization": "Basic ???"}, 401, "invalid_client"),
    "no text": ("grant_type=%ff", {}, 400, "invalid_request"),
    "a surrogate": ("grant_type=client_credentials&client_id={id}&client_secret=%ed%a0%80", {}, 400, "invalid_request"),
    "too many": ("&".join(f"p{n}=1" for n in range(30)), {}, 400, "invalid_request"),
    "too long": ("a=" + "b" * 20_000, {}, 413, "invalid_request"),
    "a person's id": (
        f"grant_type=client_credentials&client_id=usr_{demo_id(f'user/{MANAGER}')}&client_secret=x",
        {},
        401,
        "invalid_client",
    ),
}


async def test_what_is_wrong_is_said_as_the_rfc_has_it(world: World) -> None:
    id, secret = await world.client("READ")
    for name, (form, headers, status, error) in BAD.items():
        answer = await world.post(form.format(id=id, secret=secret), **headers)
        assert (answer.status_code, answer.json()["error"]) == (status, error), name
        assert answer.headers["cache-control"] == "no-store"
        assert ("www-authenticate" in answer.headers) is (status == 401), name
        assert secret not in answer.text
    assert (await world.server.client.get("/oauth/token")).status_code == 405


async def test_what_its_scopes_exclude_is_refused_with_the_scope_that_it_takes(world: World) -> None:
    reader, registrar = await world.client("READ"), await world.client("REGISTER")
    writer = await world.client("WRITE")
    made = "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) "
    made += "{ opportunity { id } userErrors { code message } } }"
    given = {"name": "Deal", "accountName": "Customer", "playbookKey": "it-software"}
    for client in (reader, registrar):
        answer = (await world.ask(await world.token(client), made, **given))["data"]["createOpportunity"]
        assert [error["code"] for error in answer["userErrors"]] == ["FORBIDDEN"]
        assert "`write`" in answer["userErrors"][0]["message"]
        listed = await world.ask(await world.token(client), "{ opportunities(first: 1) { totalCount } }")
        assert listed["data"]["opportunities"]["totalCount"] > 0
    token = await world.token(writer)
    assert (await world.ask(token, made, **given))["data"]["createOpportunity"]["userErrors"] == []
    for query, input_, name in (
        (MAKE, {"name": "Mine", "scopes": ["WRITE"]}, "upsertApiClient"),
        ("mutation($input: UpsertUserInput!) { upsertUser(input: $input) { userErrors { code } } }",
         {"name": "X", "email": "x@example.com", "role": "PARTNER_SELLER"}, "upsertUser"),
    ):  # fmt: skip
        refused = (await world.ask(token, query, **input_))["data"][name]
        assert [error["code"] for error in refused["userErrors"]] == ["FORBIDDEN"]
    # Of a client that may write, a token that may only read:
    narrowed = await world.token(await world.client("READ", "WRITE"), scope="read")
    answer = (await world.ask(narrowed, made, **given))["data"]["createOpportunity"]
    assert [error["code"] for error in answer["userErrors"]] == ["FORBIDDEN"]


async def test_what_a_client_does_is_its_own_in_the_audit_log_and_in_events(world: World) -> None:
    id, secret = await world.client("WRITE")
    token = await world.token((id, secret))
    deals = (await world.ask(token, "{ opportunities(first: 1, filter: {status: [OPEN]}) { nodes { id } } }"))["data"]
    deal = deals["opportunities"]["nodes"][0]["id"]
    note = "mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) { userErrors { code } } }"
    assert (await world.ask(token, note, opportunityId=deal, nextStep="Call"))["data"]["updateOpportunity"] == {
        "userErrors": []
    }
    rows = await world.database.fetch(
        "SELECT e.action, u.name FROM audit_entry e LEFT JOIN user_account u ON u.id = e.actor_id ORDER BY e.seq DESC"
    )
    name = (await world.ask(token, WHO))["data"]["viewer"]["apiClient"]["name"]
    assert dict(rows[0]) == {"action": "OPPORTUNITY_UPDATED", "name": f"API client {name}"}
    assert dict(rows[1]) == {"action": "API_CLIENT_CREATED", "name": MANAGER}
    events = "query($id: ID!) { opportunity(id: $id) { events(last: 1) { nodes { type actor { name apiClient } } } } }"
    person = world.server.token_for(str(demo_id(f"user/{MANAGER}")))
    told = await world.server.ask(events, {"id": deal}, token=person)
    last = told["data"]["opportunity"]["events"]["nodes"][-1]
    assert last == {"type": "OPPORTUNITY_UPDATED", "actor": {"name": f"API client {name}", "apiClient": True}}


async def test_secrets_rotate_with_an_overlap_of_two(world: World) -> None:
    id, first = await world.client("READ")
    old = await world.token((id, first))
    second = (await world.as_person(ROTATE, apiClientId=id))["rotateApiClientSecret"]["secret"]
    for secret in (first, second):
        assert await world.code(await world.token((id, secret))) == "OK"
    assert await world.code(old) == "OK"
    third = (await world.as_person(ROTATE, apiClientId=id, overlapHours=1))["rotateApiClientSecret"]
    assert third["apiClient"]["formerSecretEndsAt"] is not None
    form = {"grant_type": "client_credentials", "client_id": id, "client_secret": first}
    assert (await world.post(form)).status_code == 401
    assert await world.code(old) == "UNAUTHENTICATED"
    fresh = await world.token((id, second))
    assert await world.code(fresh) == "OK"
    fourth = (await world.as_person(ROTATE, apiClientId=id, overlapHours=0))["rotateApiClientSecret"]["secret"]
    assert await world.code(fresh) == "UNAUTHENTICATED"
    assert await world.code(await world.token((id, fourth))) == "OK"


async def test_a_token_of_a_former_secret_ends_with_it(world: World) -> None:
    id, first = await world.client("READ")
    await world.as_person(ROTATE, apiClientId=id, overlapHours=1)
    soon = datetime.now(UTC) + timedelta(minutes=2)
    await world.database.fetch(
        "UPDATE api_client SET former_secret_ends_at = $2 WHERE id = $1", UUID(id.removeprefix("cli_")), soon
    )
    answer = await world.post({"grant_type": "client_credentials", "client_id": id, "client_secret": first})
    assert 0 < answer.json()["expires_in"] <= 120


@pytest.mark.parametrize("end", ["removed", "rotated", "scopes"])
async def test_a_client_that_loses_what_it_had_is_out_within_a_second_sockets_included(world: World, end: str) -> None:
    id, secret = await world.client("READ", "WRITE")
    token = await world.token((id, secret))
    async with websockets.connect(world.server.socket_url, subprotocols=["graphql-transport-ws"], proxy=None) as socket:  # type: ignore[list-item]
        await socket.send(
            orjson.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}).decode()
        )
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        closed = asyncio.create_task(socket.wait_closed())
        if end == "removed":
            await world.as_person(REMOVE, apiClientId=id)
        elif end == "rotated":
            await world.as_person(ROTATE, apiClientId=id, overlapHours=0)
        else:
            await world.as_person(MAKE, apiClientId=id, scopes=["READ"])
        async with asyncio.timeout(PATIENCE):
            await closed
    assert socket.close_code == 4401
    if end == "scopes":
        viewer = (await world.ask(token, WHO))["data"]["viewer"]
        assert viewer["scopes"] == ["READ"]
    else:
        assert await world.code(token) == "UNAUTHENTICATED"


async def test_another_server_hears_of_it(world: World, tmp_path: Path) -> None:
    id, secret = await world.client("READ")
    token = await world.token((id, secret))
    assert await world.code(token) == "OK"
    # As another process would: past this server's own memory.
    await world.database.fetch("UPDATE api_client SET removed_at = now() WHERE id = $1", UUID(id.removeprefix("cli_")))

    async def refused() -> bool:
        return await world.code(token) == "UNAUTHENTICATED"

    await until(refused)


async def test_failures_are_bounded_by_address(world: World) -> None:
    id, secret = await world.client("READ")
    form = {"grant_type": "client_credentials", "client_id": id, "client_secret": "wrong"}
    statuses = []

    async def limited() -> bool:
        statuses.append((await world.post(form)).status_code)
        return statuses[-1] == 429

    await until(limited)
    assert set(statuses) == {401, 429}
    assert statuses.count(401) >= FAILURES_PER_MINUTE
    refused = await world.post(form | {"client_secret": secret})
    if refused.status_code == 429:  # unless a new minute has begun
        assert 0 < int(refused.headers["retry-after"]) <= 60


async def test_secrets_are_shown_once_and_kept_nowhere(world: World) -> None:
    again: dict[str, Any] = {"name": "CRM", "scopes": ["READ"], "clientMutationId": "once"}
    made = (await world.as_person(MAKE, **again))["upsertApiClient"]
    repeated = (await world.as_person(MAKE, **again))["upsertApiClient"]
    assert made["secret"].startswith("sps_")
    assert (repeated["secret"], repeated["apiClient"]["id"]) == (None, made["apiClient"]["id"])
    for table in ("api_client", "client_mutation", "audit_entry", "event", "user_account"):
        rows = await world.database.fetch(f"SELECT t::text AS row FROM {table} t")
        assert not any(made["secret"] in row["row"] or made["secret"][4:] in row["row"] for row in rows), table


async def test_a_forged_token_is_refused(world: World) -> None:
    id, _ = await world.client("READ")
    client_id = UUID(id.removeprefix("cli_"))
    scopes = frozenset({ApiScope.WRITE})
    forged = ClientTokens(settings_for("postgresql://x", Path(), secret_key="x" * 40))
    assert await world.code(forged.issue(ClientGrant(client_id, 1, scopes)).token) == "UNAUTHENTICATED"
    ours = ClientTokens(world.server.settings)
    late = ours.issue(ClientGrant(client_id, 1, scopes), now=datetime.now(UTC) - LIFETIME - timedelta(seconds=1))
    assert await world.code(late.token) == "UNAUTHENTICATED"
    # What is signed says more than the client has: what it has, counts.
    assert await world.code(ours.issue(ClientGrant(client_id, 1, scopes)).token) == "UNAUTHENTICATED"
    assert (
        await world.code(ours.issue(ClientGrant(client_id, 7, frozenset({ApiScope.READ}))).token) == "UNAUTHENTICATED"
    )


async def test_the_server_says_what_it_offers(world: World) -> None:
    told = (await world.server.client.get("/.well-known/oauth-authorization-server")).json()
    assert told["issuer"] == world.server.base_url
    assert told["token_endpoint"] == f"{world.server.base_url}/oauth/token"
    assert told["grant_types_supported"] == ["client_credentials"]


async def test_the_vendors_administrators_make_clients_for_partners_and_their_own(world: World) -> None:
    partner = f"ptr_{demo_id('org/brightwater')}"
    for given, key in (({"partnerId": partner}, "brightwater"), ({}, None)):
        client = await world.client("READ", who=ADMIN, **given)
        viewer = (await world.ask(await world.token(client), WHO))["data"]["viewer"]
        assert viewer["organization"]["key"] == (key or viewer["organization"]["key"])
        assert viewer["user"]["role"] == ("PARTNER_MANAGER" if key else "CHANNEL_MANAGER")


async def test_nobody_lists_or_changes_a_client_as_a_person(demo: Demo) -> None:
    made = (await demo.run(MAKE, MANAGER, input={"name": "CRM", "scopes": ["READ"]}))["upsertApiClient"]
    user = made["apiClient"]["id"].replace("cli_", "usr_")
    listed = await demo.run("{ users(first: 100) { nodes { id name } } }", ADMIN)
    assert user not in [one["id"] for one in listed["users"]["nodes"]]
    change = "mutation($input: UpsertUserInput!) { upsertUser(input: $input) { userErrors { code } } }"
    refused = await demo.run(change, ADMIN, input={"userId": user, "active": True})
    assert refused["upsertUser"]["userErrors"] == [{"code": "NOT_FOUND"}]
