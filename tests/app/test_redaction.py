"""A whole session at the most talkative level, and what of it must not stand in the log."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.demo.people import demo_id
from app.identity.tokens import mint
from app.redaction import redact, without_values
from tests.processes import Process
from tests.schema.subscribers import Refused, over_sse, over_websocket
from tests.schema.world import ADVANCE, MANAGER
from tests.serving import SECRET
from tests.waiting import PATIENCE

NOTE = "Zanzibar margin is thirty-one percent"
ADDRESS = "kim.secret@customer.example"
API_KEY = "sk-verysecretkeyofthemodel0123"
CREATE = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { id notes } userErrors { message } } }"""
CONTACT = """mutation($input: UpsertContactInput!) { upsertContact(input: $input) {
  contact { id email phone } userErrors { message path } } }"""
TELEPHONE = "+99 123 4567890"
UPDATE = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { id } userErrors { message } } }"""


@pytest.fixture
async def process(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Process]:
    monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")  # where nobody answers
    async with Process(database_url, tmp_path, LOG_LEVEL="debug", LLM_MODEL="any") as process:
        yield process


async def test_no_secret_and_no_word_of_theirs_stands_in_the_log(process: Process, database_url: str) -> None:
    token = process.token_for(str(demo_id(f"user/{MANAGER}")))
    expired = mint(str(demo_id(f"user/{MANAGER}")), settings=process.settings, lifetime=timedelta(hours=-1))
    forged = token[:-6] + "AAAAAA"
    async with httpx.AsyncClient(base_url=process.base_url, trust_env=False, timeout=PATIENCE) as client:

        async def ask(query: str, bearer: str = token, **variables: Any) -> Any:
            body = {"query": query, "variables": variables}
            headers = {"Authorization": f"Bearer {bearer}"}
            return (await client.post("/graphql", json=body, headers=headers)).json()

        given = {"name": NOTE, "accountName": ADDRESS, "playbookKey": "it-software", "notes": f"{NOTE} {ADDRESS}"}
        made = await ask(CREATE, input=given)
        deal = made["data"]["createOpportunity"]["opportunity"]["id"]
        await ask(ADVANCE, input={"opportunityId": deal, "toStageKey": "closed-lost", "reason": NOTE})
        for bearer in (expired, forged, NOTE.replace(" ", "-"), ADDRESS):
            assert (await ask("{ viewer { user { name } } }", bearer))["errors"][0]["extensions"]["code"]
        for broken in (f'{{ opportunity(id: "{NOTE}") {{ name }} }}', f"{{ {NOTE} }}", f'{{ node(id: "{ADDRESS}") '):
            assert (await ask(broken))["errors"]
        await ask("query($n: Int) { opportunities(first: $n) { nodes { id } } }", n=NOTE)
        await client.post("/graphql", content=NOTE, headers={"Authorization": f"Bearer {token}"})
        await client.get(
            "/graphql", params={"query": f'{{ accounts(search: "{NOTE}") {{ totalCount }} }}', "token": token}
        )
        await client.get(f"/{ADDRESS.replace('@', '-at-')}")
        await _breaks_inside(ask, database_url, deal)
        await _people(ask, deal)
        metrics = (await client.get("/metrics")).text
    for line in (over_websocket, over_sse):
        async with line(process.base_url, token, "subscription($after: Cursor) { nothing }", {"after": NOTE}) as heard:
            with suppress(Refused):
                assert (await anext(heard))["errors"]
    log = "\n".join(process.lines()[_greeting(process) :])
    found = [
        secret
        for secret in (NOTE, "Zanzibar", ADDRESS, TELEPHONE, token, expired, forged, SECRET, API_KEY)
        if secret in log
    ]
    assert found == []
    assert [secret for secret in ("Zanzibar", ADDRESS, TELEPHONE) if secret in metrics] == []
    assert token.split(".")[2] not in log
    _tells_who_asked(log)


async def _breaks_inside(ask: Any, database_url: str, deal: str) -> None:
    """PostgreSQL quotes the whole row in what it says of a broken constraint."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("ALTER TABLE opportunity ADD CONSTRAINT no_islands CHECK (next_step NOT LIKE 'Zanzibar%')")
    await connection.execute("ALTER TABLE contact ADD CONSTRAINT no_islands CHECK (title NOT LIKE 'breaks%')")
    await connection.close()
    answer = await ask(UPDATE, input={"opportunityId": deal, "nextStep": NOTE, "notes": f"{NOTE} {ADDRESS}"})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL"]


async def _people(ask: Any, deal: str) -> None:
    """Registered, refused, looked for and broken inside."""
    account = (await ask("query($id: ID!) { opportunity(id: $id) { account { id } } }", id=deal))["data"]["opportunity"]
    given = {"accountId": account["account"]["id"], "name": NOTE, "email": ADDRESS, "phone": TELEPHONE}
    made = await ask(CONTACT, input={**given, "clientMutationId": "of-a-person"})
    assert made["data"]["upsertContact"]["userErrors"] == []
    for wrong in ({"email": f"{ADDRESS} {TELEPHONE}"}, {"phone": ADDRESS}, {"expectedVersion": 9}):
        assert (await ask(CONTACT, input={**given, **wrong}))["data"]["upsertContact"]["userErrors"]
    await ask("query($f: ContactFilter) { contacts(filter: $f) { totalCount } }", f={"search": ADDRESS})
    answer = await ask(CONTACT, input={**given, "email": None, "title": "breaks inside"})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL"]


def _greeting(process: Process) -> int:
    """The first line of the log; what `stagepath serve` prints before holds tokens for whoever starts it."""
    return next(n for n, line in enumerate(process.lines()) if line.startswith("{") and "request_id" in line)


def _tells_who_asked(log: str) -> None:
    lines = [json.loads(line) for line in log.splitlines()]
    assert {line["event"] for line in lines} >= {"answering", "refused", "request failed"}
    broken = [line for line in lines if line["event"] == "request failed"]
    assert len(broken) == 2
    for internal in broken:
        assert internal["exception"][0]["exc_type"] == "CheckViolationError"
        assert "no_islands" in internal["exception"][0]["exc_value"], "what went wrong is still told"
    nobody = [line for line in lines if "request_id" not in line and line["event"] in ("answering", "refused")]
    assert nobody == []


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("Authorization: Bearer abcdefgh12345678", "Authorization: Bearer …"),
        ("token eyJhbGciOi.eyJzdWIi.c2ln failed", "token … failed"),
        ("postgresql://stagepath:pass-word@db/stagepath", "postgresql://…@db/stagepath"),
        ("valkey://:secret@cache:6379/0", "valkey://…@cache:6379/0"),
        ("from ada@northwind.example to", "from … to"),
        ("Incorrect API key provided: sk-abcdefgh1234", "Incorrect API key provided: …"),
        ("deal opp_0f8e and version 3", "deal opp_0f8e and version 3"),
    ],
)
def test_what_is_taken_out_of_a_line(line: str, written: str) -> None:
    assert redact(None, "info", line) == written


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ('breaks "no_islands"\nDETAIL:  Failing row contains (1, a note).', 'breaks "no_islands"'),
        ("invalid input for query argument $3: 'it' (str)", "invalid input for query argument $3: … (str)"),
        ('invalid input for type uuid: "what somebody wrote here"', 'invalid input for type uuid: "…"'),
        ("KeyError: 'stage_key'", "KeyError: 'stage_key'"),
    ],
)
def test_what_is_left_of_an_error(message: str, kept: str) -> None:
    assert without_values(message) == kept
