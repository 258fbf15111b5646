"""People are told of their tasks on the day that they are due: once, in their own time zone, and not of the others."""

from datetime import UTC, datetime, timedelta

import pytest

from app.models.columns import new_id
from app.notifications.due_tasks import tell_of_due
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


@pytest.mark.parametrize("of", [{"made": DUE - timedelta(hours=9)}, {"status": "DONE"}, {"due": None}])
async def test_tasks_of_the_same_day_done_or_without_a_date_are_no_news(post: Post, of: dict[str, object]) -> None:
    await task(post, **of)  # type: ignore[arg-type]
    assert await told(post, DUE - timedelta(hours=1)) == 0
