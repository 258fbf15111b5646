"""Endpoints whose owner left, for good or for another organisation, are told nothing of what the owner sees there."""

from typing import Any
from uuid import UUID

from app.database import Database
from app.demo.people import demo_id
from app.events.log import LoggedEvent, read
from app.webhooks.claiming import Room, claim
from app.webhooks.enqueuing import enqueue
from app.webhooks.matching import told_of
from app.webhooks.replaying import go_on
from app.webhooks.sending import OWNERLESS
from tests.app.webhooks.test_delivering import ADMIN, FULL
from tests.app.webhooks.world import delivering, endpoint, received, renamed, settled
from tests.schema.world import MANAGER, RIVAL, Demo
from tests.waiting import until

MANY = Room(usual=50, failing=50, each=50, more=50)
REPLAY = "mutation($input: ReplayWebhookInput!) { replayWebhook(input: $input) { userErrors { message } } }"
GO = """
UPDATE user_account SET organization_id = (SELECT id FROM organization WHERE key = 'brightwater')
WHERE id = $1 RETURNING id
"""
STILL = "UPDATE webhook_endpoint SET enabled = TRUE, replay_status = $1 RETURNING id"
"""Enabled, as when the owner has gone this very moment."""


async def gone(demo: Demo, *, replay: str | None = None) -> None:
    """The manager, to another organisation, of which the endpoint hasn't heard."""
    await demo.value(GO, demo_id(f"user/{MANAGER}"))
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


async def _id(demo: Demo, path: str = "/") -> Any:
    return await demo.value("SELECT id FROM webhook_endpoint WHERE url LIKE $1", f"http%//%{path}")
