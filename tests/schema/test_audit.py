"""Each mutation stands in the audit log, with who did it and by which request; and nothing of what people wrote."""

import httpx
import orjson
import pytest

from app.audit.digests import NOBODY, digest, salt_of
from app.audit.failures import flush
from app.demo.people import demo_id
from app.vocabulary import Role
from tests.schema.mutation_matrix import PEOPLE, ROWS, Objects, Row
from tests.schema.test_mutation_matrix import document, input_for
from tests.schema.world import ADVANCE, SELLER, VENDOR, Demo, deal_of
from tests.serving import Server

ADMIN = PEOPLE[Role.VENDOR_ADMIN]
CHANGES_NOTHING = {"tryAutomation", "removeCalendarFeed"}
"""The second where there is no feed, as here."""
WORKING = [
    row for row in ROWS if row.expected[Role.VENDOR_ADMIN].split()[0] == "ok" and row.mutation not in CHANGES_NOTHING
]


@pytest.mark.parametrize("row", WORKING, ids=lambda row: f"{row.mutation}-{row.argument}")
async def test_what_is_done_is_logged_with_who_did_it_and_by_which_request(demo: Demo, row: Row) -> None:
    given = await input_for(Objects(demo), row, "own")
    before = await demo.value("SELECT coalesce(max(seq), 0) FROM audit_entry")
    answer = (await demo.run(document(row.mutation), ADMIN, input=given))[row.mutation]
    assert answer["userErrors"] == []
    entries = await demo.database.fetch("SELECT * FROM audit_entry WHERE seq > $1", before)
    assert entries
    for entry in entries:
        assert (entry["actor_id"], entry["mutation"]) == (demo_id(f"user/{ADMIN}"), row.mutation)
        assert entry["request_id"] == "test-request"
        assert entry["subject"] is not None


async def test_an_override_is_told(demo: Demo) -> None:
    id = await deal_of(demo, SELLER, "stage_id = (SELECT s.id FROM stage s WHERE s.id = stage_id AND s.position = 1)")
    given = {"opportunityId": id, "toStageKey": "closed-won", "override": True, "reason": "SECRET-REASON"}
    assert (await demo.run(ADVANCE, VENDOR, input=given))["advanceStage"]["transition"]["overridden"]
    entry = (await demo.database.fetch("SELECT * FROM audit_entry ORDER BY seq DESC LIMIT 1"))[0]
    assert orjson.loads(entry["detail"])["overridden"] is True
    assert entry["subject"] == id
    assert "SECRET" not in str(dict(entry))


async def test_refused_tokens_are_counted_by_kind_and_say_nothing_of_the_token(server: Server) -> None:
    from app.database import database

    async def ask(token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return await server.client.post("/graphql", json={"query": "{ viewer { user { id } } }"}, headers=headers)

    stranger = server.token_for("SECRET-SUBJECT")
    for token in ("SECRET.TOKEN.x", "SECRET.TOKEN.y", stranger):
        assert (await ask(token)).status_code == 401
    await flush(database())
    rows = await database().fetch("SELECT action, actor_id, detail::text AS detail FROM audit_entry ORDER BY seq")
    found = [(row["action"], row["actor_id"], orjson.loads(row["detail"])) for row in rows]
    salted = digest(await salt_of(database(), NOBODY), "address", "127.0.0.1")
    came_from = {"address": salted, "network": "127.0.0.0/24"}
    assert found == [
        ("TOKEN_REFUSED", None, {"code": "MALFORMED", **came_from, "times": 2}),
        ("TOKEN_REFUSED", None, {"code": "UNKNOWN_USER", **came_from, "times": 1}),
    ]
