"""Each mutation, as an API client of a partner with all scopes: as its manager may, but for what takes a person."""

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from app.database.rls import continue_as_viewer
from app.identity.rls_policies import rls_setting
from app.identity.viewer import ClientIdentity
from app.vocabulary import ApiScope, Role
from schema.context import Context
from schema.engine.serve.engine import Question
from tests.schema.mutation_matrix import PEOPLE, ROWS, Objects, Row, api_client
from tests.schema.test_mutation_matrix import document, input_for
from tests.schema.world import ENGINE, KINDS, Demo, person

FOR_PEOPLE_ALONE = {
    *("upsertApiClient", "rotateApiClientSecret", "removeApiClient", "upsertUser", "deactivateUser"),
    *("upsertWebhookEndpoint", "rotateWebhookSecret", "removeWebhookEndpoint"),
    *("sendTestWebhook", "redeliverWebhook", "replayWebhook", "createCalendarFeed"),
}


async def as_client(demo: Demo, id: str, query: str, given: dict[str, Any]) -> dict[str, Any]:
    manager = await person(PEOPLE[Role.PARTNER_MANAGER])
    (row,) = await demo.database.fetch("SELECT id FROM user_account WHERE id = $1::text::uuid", id.removeprefix("cli_"))
    viewer = replace(manager, user_id=row["id"], client=ClientIdentity("CRM", frozenset(ApiScope)))

    async def answer() -> Any:
        continue_as_viewer(rls_setting(viewer))
        return await ENGINE.answer(Question(query, {"input": given}, None, KINDS), Context(viewer, "test-request"))

    body = await asyncio.create_task(answer())
    decoded: dict[str, Any] = orjson.loads(body if isinstance(body, bytes) else orjson.dumps(body, default=str))
    return decoded


@pytest.mark.soak
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.mutation}-{row.argument}")
async def test_what_a_client_may_do_is_what_its_manager_may(sampled: Demo, row: Row) -> None:
    expected = row.expected[Role.PARTNER_MANAGER].split()[0]
    wanted = "FORBIDDEN" if row.mutation in FOR_PEOPLE_ALONE else expected
    client = await api_client(Objects(sampled), "own")
    given = await input_for(Objects(sampled), row, "own")
    answer = await as_client(sampled, client, document(row.mutation), given)
    assert "errors" not in answer, answer["errors"]
    payload = answer["data"][row.mutation]
    codes = [error["code"] for one in (payload, *payload.get("results", ())) for error in one["userErrors"]]
    assert codes == ([] if wanted == "ok" else [wanted])
