"""Events that are older than they are kept are gone for everybody, and who asks for what follows them is told so."""

import asyncpg
import pytest

from app.database.partitions import after
from app.retention.dropping import drop_events
from tests.app.retention.logs import MONTH
from tests.schema.world import VENDOR, Demo

LIST = "query($after: Cursor) { events(first: 2, after: $after) { totalCount nodes { cursor type } } }"


@pytest.fixture
async def dropped(demo: Demo) -> str:
    """A cursor of an event that was dropped since."""
    page = await demo.run(LIST, VENDOR)
    assert page["events"]["totalCount"] > 2
    cursor: str = page["events"]["nodes"][0]["cursor"]
    connection = await asyncpg.connect(demo.database.url)
    await drop_events(connection, 1, after(MONTH, 3))
    await connection.close()
    return cursor


async def test_a_list_after_a_dropped_event_says_so(demo: Demo, dropped: str) -> None:
    assert (await demo.run(LIST, VENDOR))["events"] == {"totalCount": 0, "nodes": []}
    assert await demo.errors(LIST, VENDOR, after=dropped) == [("CURSOR_UNKNOWN", ["after"])]
