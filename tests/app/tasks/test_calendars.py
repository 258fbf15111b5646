"""The calendar of a user's tasks: read by its address, as the user sees them, until that is closed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.demo.people import demo_id
from app.members.users import deactivate_user
from app.tasks.calendars import calendar_of
from app.tasks.icalendar import Shape, written
from app.web.calendars import calendar_routes
from tests.schema.test_comments import quiet_deal
from tests.schema.test_contacts import changed
from tests.schema.world import COLLEAGUE, MANAGER, SELLER, Demo

CREATE = "mutation($input: CreateCalendarFeedInput!) { createCalendarFeed(input: $input) { url userErrors { code } } }"
REMOVE = "mutation($input: RemoveCalendarFeedInput!) { removeCalendarFeed(input: $input) { removed } }"
SAVE = "mutation($input: UpsertTaskInput!) { upsertTask(input: $input) { task { id } userErrors { message } } }"
DUE = datetime(2098, 3, 1, 9, 30, tzinfo=UTC)


async def address(demo: Demo, who: str = SELLER) -> str:
    url: str = (await changed(demo, CREATE, who))["url"]
    return url.removeprefix("/calendar/").removesuffix(".ics")


async def read(demo: Demo, secret: str, shape: Shape = Shape.EVENTS) -> list[Any]:
    found = await calendar_of(demo.database, secret, datetime.now(UTC))
    if found is None:
        return []
    calendar = icalendar.Calendar.from_ical(written(found.tasks, shape, "Tasks"))
    assert not calendar.errors
    return list(calendar.subcomponents)


async def test_a_task_is_read_back_as_an_event_and_as_a_to_do(demo: Demo) -> None:
    deal, secret = await quiet_deal(demo), await address(demo)
    title = "Send; the, “offer”\\n — Grüße"
    given = {"opportunityId": deal, "title": title, "description": "Line one\nLine two", "urgency": "HIGH"}
    task = (await changed(demo, SAVE, **given, dueAt=DUE.isoformat()))["task"]
    await changed(demo, SAVE, opportunityId=deal, title="Some day")
    [event] = await read(demo, secret)
    assert (event.name, str(event["summary"]), event["dtstart"].dt) == ("VEVENT", title, DUE)
    assert event["dtend"].dt == DUE + timedelta(minutes=30)
    assert str(event["uid"]) == f"{task['id']}@stagepath"
    name = await demo.value("SELECT name FROM opportunity WHERE id = $1::text::uuid", deal[4:])
    assert str(event["description"]) == f"{name}\nLine one\nLine two"
    [todo] = await read(demo, secret, Shape.TODOS)
    assert (todo.name, str(todo["summary"]), todo["due"].dt) == ("VTODO", title, DUE)
    assert (str(todo["status"]), todo["priority"]) == ("NEEDS-ACTION", 3)


async def test_it_shows_what_the_user_sees_now(demo: Demo) -> None:
    deal, secret = await quiet_deal(demo), await address(demo)
    await changed(demo, SAVE, opportunityId=deal, title="Mine", dueAt=DUE.isoformat())
    await changed(demo, SAVE, MANAGER, opportunityId=deal, title="The manager's", dueAt=DUE.isoformat())
    assert [str(one["summary"]) for one in await read(demo, secret)] == ["Mine"]
    colleague = demo_id(f"user/{COLLEAGUE}")
    await demo.value("UPDATE opportunity SET owner_id = $1 WHERE id = $2::text::uuid", colleague, deal[4:])
    assert await read(demo, secret) == []


async def test_an_address_ends_when_it_is_closed_replaced_or_its_user_leaves(demo: Demo) -> None:
    async def leads_nowhere(secret: str) -> bool:
        return await calendar_of(demo.database, secret, datetime.now(UTC)) is None

    first = await address(demo)
    second = await address(demo)
    assert (await leads_nowhere(first), await leads_nowhere(second)) == (True, False)
    assert [(await changed(demo, REMOVE))["removed"] for _ in range(2)] == [True, False]
    assert await leads_nowhere(second)
    third = await address(demo)
    await deactivate_user(None, demo_id(f"user/{SELLER}"), reassign_to=demo_id(f"user/{MANAGER}"))
    assert await leads_nowhere(third)


async def test_the_secret_is_kept_as_a_digest_and_said_once(demo: Demo) -> None:
    key = "create-once"
    first = await changed(demo, CREATE, clientMutationId=key)
    again = await changed(demo, CREATE, clientMutationId=key)
    assert first["url"] is not None
    assert again["url"] is None
    secret = first["url"].removeprefix("/calendar/").removesuffix(".ics")
    assert await calendar_of(demo.database, secret, datetime.now(UTC)) is not None


def test_a_wrong_shape_is_answered_in_private() -> None:
    answer = TestClient(Starlette(routes=calendar_routes())).get("/calendar/secret.ics?as=x")
    assert (answer.status_code, answer.headers["cache-control"]) == (400, "private, no-store")
