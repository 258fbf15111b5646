"""A log that was restored into a new cluster is read in its order, before everything written there."""

from app.database import Database
from app.events.facts import playbook_updated
from app.events.log import append, read
from app.events.restore import adopt_restored_log
from app.models.columns import new_id


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
