"""People are told of their tasks on the day that they are due: once, in their own time zone, and not of the others."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.models.columns import new_id
from app.notifications.due_tasks import tell_of_due
from app.tasks.overdue import tell_overdue
from tests.app.notifications.telling import Post
from tests.schema.world import SELLER

MADE = datetime(2026, 3, 2, 12, tzinfo=UTC)
DUE = datetime(2026, 3, 5, 16, tzinfo=UTC)
INBOX = "{ notifications(kinds: [TASK_DUE]) { nodes { title task { title } } } }"


async def task(post: Post, *, due: datetime | None = DUE, made: datetime = MADE, status: str = "OPEN") -> None:
    await post.demo.value(
        "INSERT INTO task (id, organization_id, from_organization_id, assignee_id, created_by_id, title, due_at,"
        " created_at, status) SELECT $1, u.organization_id, u.organization_id, u.id, u.id, 'Call them', $2, $3, $4"
        " FROM user_account u WHERE u.id = $5 RETURNING id",
        new_id(),
        due,
        made,
        status,
        post.user(SELLER),
    )


async def told(post: Post, at: datetime) -> int:
    return await tell_of_due(post.demo.database, at)


async def test_a_task_is_news_once_on_its_day(post: Post) -> None:
    await task(post)
    times = [DUE - timedelta(hours=17), DUE - timedelta(hours=15), DUE - timedelta(hours=1), DUE]
    assert [await told(post, at) for at in times] == [0, 1, 0, 0]
    assert (await post.demo.run(INBOX, SELLER))["notifications"]["nodes"] == [
        {"title": "Due soon: Call them", "task": {"title": "Call them"}}
    ]


async def test_another_date_is_news_again(post: Post) -> None:
    await task(post)
    assert await told(post, DUE - timedelta(hours=15)) == 1
    await post.demo.value("UPDATE task SET due_at = $1", DUE + timedelta(days=3))
    times = [DUE - timedelta(hours=14), DUE + timedelta(days=3, hours=-1)]
    assert [await told(post, at) for at in times] == [0, 1]


async def test_the_day_is_the_assignees_own(post: Post) -> None:
    """It is the fifth in Auckland from eleven in the morning of the fourth on, and four in the morning of the sixth
    when the task is due."""
    await task(post)
    await post.demo.value("UPDATE user_account SET time_zone = 'Pacific/Auckland' WHERE id = $1", post.user(SELLER))
    assert await told(post, datetime(2026, 3, 5, 10, 59, tzinfo=UTC)) == 0
    assert await told(post, datetime(2026, 3, 5, 11, 0, tzinfo=UTC)) == 1


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Auckland"])
@pytest.mark.parametrize("minutes", [-1, 0, 1, 14, 15])
async def test_whatever_the_time_somebody_is_told_once_before_it(post: Post, zone: str, minutes: int) -> None:
    """At midnight as well, when the day that begins is over for the task."""
    due = datetime(2026, 3, 5, tzinfo=ZoneInfo(zone)).astimezone(UTC) + timedelta(minutes=minutes)
    await task(post, due=due)
    await post.demo.value("UPDATE user_account SET time_zone = $2 WHERE id = $1", post.user(SELLER), zone)
    begin = due.replace(minute=0, second=1) - timedelta(hours=30)
    times = [begin + timedelta(minutes=15 * n) for n in range(4 * 32)]
    heard = [at for at in times if await told(post, at)]
    assert len(heard) == 1
    assert due - timedelta(hours=24, minutes=15) <= heard[0] < due


async def test_the_date_that_is_told_is_the_reader_s(post: Post) -> None:
    """Five in the afternoon of the first in Los Angeles."""
    await post.demo.value("UPDATE user_account SET time_zone = 'America/Los_Angeles' WHERE id = $1", post.user(SELLER))
    due = datetime(2040, 12, 2, 1, tzinfo=UTC)
    await task(post, due=due)
    assert await told(post, datetime(2040, 12, 1, 9, tzinfo=UTC)) == 1
    body = "{ notifications(kinds: [TASK_DUE]) { nodes { body } } }"
    ((said,),) = [(await post.demo.run(body, SELLER))["notifications"]["nodes"]]
    await post.deliver(at=datetime(2040, 12, 1, 20, tzinfo=UTC))
    mailed = "".join(str(mail.get_body(("plain",))) for mail in post.mailbox.mails)
    for text in (said["body"], mailed):
        assert "December 1, 2040" in text
        assert "December 2" not in text


@pytest.mark.parametrize("change", ["status = 'DONE'", "due_at = '2099-01-01', overdue_at = NULL", "due_at = NULL"])
async def test_a_late_word_of_an_overdue_task_is_none_of_what_has_changed(post: Post, change: str) -> None:
    now = datetime.now(UTC)
    await task(post, due=now - timedelta(hours=1))
    await tell_overdue(post.demo.database, now)
    id = await post.demo.value("SELECT id FROM task WHERE due_at = $1", now - timedelta(hours=1))
    await post.demo.value(f"UPDATE task SET {change} WHERE id = $1 RETURNING id", id)
    await post.happened()
    count = "SELECT count(*) FROM notification WHERE kind = 'TASK_OVERDUE' AND task_id = $1"
    assert await post.demo.value(count, id) == 0
    again = "UPDATE task SET status = 'OPEN', due_at = $2, overdue_at = NULL WHERE id = $1 RETURNING id"
    await post.demo.value(again, id, now - timedelta(minutes=30))
    await tell_overdue(post.demo.database, now)
    await post.happened()
    assert await post.demo.value(count, id) == 1


@pytest.mark.parametrize("of", [{"made": DUE - timedelta(hours=9)}, {"status": "DONE"}, {"due": None}])
async def test_tasks_of_the_same_day_done_or_without_a_date_are_no_news(post: Post, of: dict[str, object]) -> None:
    await task(post, **of)  # type: ignore[arg-type]
    assert await told(post, DUE - timedelta(hours=1)) == 0
