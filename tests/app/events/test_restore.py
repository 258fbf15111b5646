"""A log that was restored into a new cluster is read in its order, before everything written there."""

from uuid import UUID

from app.automation.limits import caused, depth_of
from app.database import Database
from app.events.facts import playbook_updated
from app.events.log import COLUMNS, LoggedEvent, append, logged, read
from app.events.restore import adopt_restored_log, transaction_ids
from app.identity.system_viewer import SYSTEM_VIEWER
from app.models.columns import new_id
from app.webhooks.enqueuing import enqueue
from app.webhooks.previous import previous_values
from tests.app.webhooks.world import endpoint, renamed
from tests.schema.world import Demo


async def write(database: Database, *keys: str) -> None:
    for key in keys:
        async with database.transaction() as tx:
            await append(tx, playbook_updated(new_id(), key=key, version=1, actor_id=None))


async def keys(database: Database) -> list[str]:
    return [event.payload["playbookKey"] for event in await read(database, limit=100)]


async def test_events_of_another_cluster_come_first_and_keep_their_order(database: Database) -> None:
    await write(database, "second", "first", "third")
    # As if dumped from a cluster that had run for long, where the second had drawn the larger transaction id.
    await database.fetch("UPDATE event SET xid = 9000000000 + (CASE seq WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE 3 END)")
    assert await keys(database) == []

    assert await adopt_restored_log(database) is True
    await write(database, "new")
    assert await keys(database) == ["first", "second", "third", "new"]
    assert await adopt_restored_log(database) is False


async def test_a_log_of_this_cluster_is_left_alone(database: Database) -> None:
    assert await adopt_restored_log(database) is False
    await write(database, "a", "b")
    before = await database.fetch("SELECT * FROM event ORDER BY seq")
    assert await adopt_restored_log(database) is False
    assert await database.fetch("SELECT * FROM event ORDER BY seq") == before


FAR = 9_000_000_000
LOGGED = f"SELECT {COLUMNS} FROM event e WHERE $1::uuid IS NULL OR e.opportunity_id = $1 ORDER BY e.xid, e.seq"


async def as_of_another_cluster(database: Database) -> None:
    """As if dumped from a cluster that had run for long."""
    for table, columns, _ in transaction_ids():
        for column in columns:
            await database.fetch(f"UPDATE {table} SET {column} = {column} + {FAR} WHERE {column} > -1000000")


async def logged_of(database: Database, deal: str | None = None) -> list[LoggedEvent]:
    """Of a deal, or all; also what isn't settled, whoever writes elsewhere."""
    key = None if deal is None else UUID(deal.removeprefix("opp_"))
    rows = await database.fetch(LOGGED, key)
    return [logged(row) for row in rows]


async def test_all_that_is_noted_of_transactions_is_named() -> None:
    """What isn't would go on pointing at numbers that the new cluster gives to others."""
    named = {f"{table}.{column}" for table, columns, _ in transaction_ids() for column in columns}
    assert named == {
        "event.xid",
        "consumer_cursor.xid",
        "delayed_event.xid",
        "field_change.xid",
        "automation_cause.xid",
        "log_partition.first_xid",
        "log_partition.last_xid",
        "webhook_delivery.event_xid",
        "webhook_endpoint.replay_xid",
        "webhook_endpoint.replay_until_xid",
    }


async def test_what_automations_have_caused_is_known_again_and_nothing_else_is(database: Database) -> None:
    async with database.transaction() as tx:
        await caused(tx, 3)
        await append(tx, playbook_updated(new_id(), key="caused", version=1, actor_id=None))
    await as_of_another_cluster(database)
    # Of an earlier restoration: where the numbers of this one will come to stand.
    await database.fetch(
        "INSERT INTO automation_cause (xid, depth) SELECT xid - $1::bigint, 1 FROM automation_cause", 7
    )
    assert await adopt_restored_log(database)
    await write(database, "new")
    depths = [await depth_of(database, event, None) for event in await logged_of(database)]
    assert depths == [3, 0]


async def test_former_values_and_deliveries_keep_the_place_of_their_event(demo: Demo) -> None:
    """Of a deal that was renamed before, and of which an endpoint was told before and after."""
    database = demo.database
    id, _ = await endpoint(demo, "https://hooks.example.com/", ordered=True)
    deal = await renamed(demo, "Before")
    [*_, former] = await logged_of(database, deal)
    known = await previous_values(database, SYSTEM_VIEWER, former)
    async with database.transaction() as tx:
        await enqueue(tx, [(UUID(id[4:]), former)])
    await as_of_another_cluster(database)
    assert await adopt_restored_log(database)
    await renamed(demo, "After", deal=deal)
    [*_, same, latest] = await logged_of(database, deal)
    async with database.transaction() as tx:
        await enqueue(tx, [(UUID(id[4:]), latest)])
    assert same.seq == former.seq
    assert same.position < latest.position
    assert known == await previous_values(database, SYSTEM_VIEWER, same)
    assert known
    in_order = await database.fetch("SELECT event_seq FROM webhook_delivery ORDER BY event_xid, event_seq")
    assert [row["event_seq"] for row in in_order] == [same.seq, latest.seq]
