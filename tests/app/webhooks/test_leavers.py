"""Endpoints whose owner left, for good or for another organisation, are told nothing of what the owner sees there."""

from typing import Any
from uuid import UUID

import pytest

from app.database import Database
from app.demo.people import demo_id
from app.events.log import LoggedEvent, read
from app.members.users import UserSaved, upsert_user
from app.vocabulary import Role
from app.webhooks.claiming import Room, claim
from app.webhooks.disabling import OWNERLESS
from app.webhooks.enqueuing import enqueue
from app.webhooks.leavers import tell_of_leavers
from app.webhooks.matching import told_of
from app.webhooks.replaying import go_on
from tests.app.webhooks.test_delivering import ADMIN, FULL
from tests.app.webhooks.world import delivering, endpoint, received, renamed, saved, settled, standing
from tests.schema.world import MANAGER, RIVAL, SELLER, Demo
from tests.waiting import until

OWNER, HEIR = demo_id(f"user/{MANAGER}"), demo_id(f"user/{SELLER}")
KIND = "WEBHOOK_DISABLED"
MANY = Room(usual=50, failing=50, each=50, more=50)
REPLAY = "mutation($input: ReplayWebhookInput!) { replayWebhook(input: $input) { userErrors { message } } }"
GO = """
UPDATE user_account SET organization_id = (SELECT id FROM organization WHERE key = 'brightwater')
WHERE id = $1 RETURNING id
"""
STILL = "UPDATE webhook_endpoint SET enabled = TRUE, owner_left = FALSE, replay_status = $1 RETURNING id"
"""Enabled, as when the owner has gone this very moment."""


async def gone(demo: Demo, *, replay: str | None = None) -> None:
    """The manager, to another organisation, of which the endpoint hasn't heard."""
    await demo.value(GO, OWNER)
    await demo.value(STILL, replay)


async def last_event(db: Database) -> LoggedEvent:
    row = await db.fetchrow("SELECT max(seq) AS seq FROM event")
    assert row is not None
    [event] = [one for one in await read(db, limit=10_000) if one.seq == row["seq"]]
    return event


async def test_an_endpoint_is_told_nothing_of_where_its_owner_went(demo: Demo) -> None:
    async with received(demo) as receiver:
        await endpoint(demo, receiver.url(), document=FULL)
        await endpoint(demo, receiver.url("/theirs"), ADMIN)
        await gone(demo)
        await renamed(demo, "Theirs", RIVAL)
        await settled(demo)
    assert receiver.at("/") == []
    assert await told_of(demo.database, await last_event(demo.database)) == [await _id(demo, "/theirs")]


async def test_nor_of_what_waits_for_it(demo: Demo) -> None:
    """Whatever may have enqueued it."""
    async with received(demo) as receiver:
        await endpoint(demo, receiver.url(), document=FULL)
        await renamed(demo, "Theirs", RIVAL)
        await settled(demo)
        event = await last_event(demo.database)
    await gone(demo)
    async with demo.database.transaction() as tx:
        await enqueue(tx, [(await _id(demo), event)])
    [claimed] = await claim(demo.database, {}, MANY, lease=0)
    assert (claimed.owner, claimed.seen) == (None, False)
    async with delivering(demo):

        async def disabled() -> bool:
            return bool(await demo.value("SELECT disabled_reason FROM webhook_endpoint") == OWNERLESS)

        await until(disabled)
    assert receiver.arrived == []


async def test_nor_of_what_was_before(demo: Demo) -> None:
    id, _ = await endpoint(demo, "https://hooks.example.com/")
    await renamed(demo, "Theirs", RIVAL)
    answer = await demo.run(REPLAY, MANAGER, input={"endpointId": id})
    assert answer["replayWebhook"]["userErrors"] == []
    await gone(demo, replay="RUNNING")
    while await go_on(demo.database, UUID(id[4:])) is not None:
        pass
    row = await demo.database.fetchrow("SELECT replay_status, replay_told FROM webhook_endpoint")
    assert row is not None
    assert dict(row) == {"replay_status": "CANCELLED", "replay_told": 0}
    assert await demo.value("SELECT count(*) FROM webhook_delivery") == 0


@pytest.mark.parametrize(
    "how", [{"active": False}, {"partner": "brightwater"}, {"partner": None, "role": "VENDOR_ADMIN"}]
)
async def test_it_is_disabled_with_nothing_to_send_and_its_organisation_told(demo: Demo, how: dict[str, Any]) -> None:
    await demo.value("UPDATE user_account SET role = 'PARTNER_MANAGER' WHERE id = $1 RETURNING id", HEIR)
    id, _ = await endpoint(demo, "https://hooks.example.com/very-secret")
    await endpoint(demo, "https://hooks.example.com/others", ADMIN)
    left = await upsert_user(None, await _given(demo, how), user_id=OWNER, reassign_to=HEIR)
    assert isinstance(left, UserSaved)
    rows = await demo.database.fetch("SELECT url, enabled, disabled_reason FROM webhook_endpoint ORDER BY enabled")
    assert [tuple(row) for row in rows] == [
        ("https://hooks.example.com/very-secret", False, OWNERLESS),
        ("https://hooks.example.com/others", True, None),
    ]
    assert [await tell_of_leavers(demo.database) for _ in range(2)] == [1, 0]
    told = await demo.database.fetch("SELECT user_id, details::text AS said FROM notification WHERE kind = $1", KIND)
    assert [row["user_id"] for row in told] == [HEIR]
    assert "very-secret" not in told[0]["said"]
    entries = await demo.database.fetch("SELECT subject FROM audit_entry WHERE action = 'WEBHOOK_ENDPOINT_DISABLED'")
    assert [row["subject"] for row in entries] == [id]


async def test_so_it_is_where_the_whole_partner_was_ended(demo: Demo) -> None:
    await endpoint(demo, "https://hooks.example.com/")
    await demo.value("UPDATE organization SET status = 'ENDED' WHERE key = 'alpine-it' RETURNING id")
    assert [await tell_of_leavers(demo.database) for _ in range(2)] == [1, 0]
    assert await demo.value("SELECT disabled_reason FROM webhook_endpoint") == OWNERLESS
    assert await demo.value("SELECT count(*) FROM notification WHERE kind = $1", KIND) == 0


async def test_whoever_saves_it_again_is_told_nothing_more(demo: Demo) -> None:
    await demo.value("UPDATE user_account SET role = 'PARTNER_MANAGER' WHERE id = $1 RETURNING id", HEIR)
    id, _ = await endpoint(demo, "https://hooks.example.com/")
    await demo.value("UPDATE user_account SET active = FALSE WHERE id = $1 RETURNING id", OWNER)
    answer = await saved(demo, SELLER, endpointId=id, enabled=True)
    assert (answer["userErrors"], answer["endpoint"]["enabled"]) == ([], True)
    assert await tell_of_leavers(demo.database) == 0
    assert (await standing(demo, id, SELLER))["enabled"]


async def _given(demo: Demo, how: dict[str, Any]) -> dict[str, Any]:
    given = {name: Role(value) if name == "role" else value for name, value in how.items() if name != "partner"}
    if "partner" in how:
        given["partner_id"] = await demo.value("SELECT id FROM organization WHERE key = $1", how["partner"])
    return given


async def _id(demo: Demo, path: str = "/") -> Any:
    return await demo.value("SELECT id FROM webhook_endpoint WHERE url LIKE $1", f"http%//%{path}")
