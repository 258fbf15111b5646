"""Notifications of people who go to another organisation: they stay where they were told."""

from typing import Any

import pytest

from app.identity.users import forget
from app.vocabulary import NotificationKind
from tests.app.notifications.telling import AT, Post
from tests.schema.world import SELLER

INBOX = "{ notifications(first: 10) { totalCount nodes { id title } } unreadNotifications }"
NODE = "query($id: ID!) { node(id: $id) { id } }"
READ = "mutation($input: MarkNotificationsReadInput!) { markNotificationsRead(input: $input) { userErrors { code } } }"
MOVE = """
UPDATE user_account SET organization_id = (SELECT id FROM organization WHERE key = $2) WHERE id = $1 RETURNING id
"""


async def moved(post: Post, to: str) -> None:
    await post.demo.value(MOVE, post.user(SELLER), to)
    forget(post.user(SELLER))


async def inbox(post: Post) -> Any:
    return await post.demo.run(INBOX)


@pytest.mark.parametrize("kind", [NotificationKind.AUTOMATION, NotificationKind.WEBHOOK_DISABLED])
async def test_they_are_read_where_they_were_told_alone(post: Post, kind: NotificationKind) -> None:
    await post.begin()
    await post.tell("The plan of Alpine", body="Confidential", kind=kind)
    before = await inbox(post)
    [told] = before["notifications"]["nodes"]
    assert before["unreadNotifications"] == 1
    await moved(post, "brightwater")
    assert await inbox(post) == {"notifications": {"totalCount": 0, "nodes": []}, "unreadNotifications": 0}
    assert await post.demo.run(NODE, id=told["id"]) == {"node": None}
    await post.demo.run(READ, input={})
    assert await post.demo.value("SELECT read_at FROM notification") is None
    assert await post.deliver(at=AT) == []
    await moved(post, "alpine-it")
    assert await inbox(post) == before


async def test_those_of_the_new_organisation_come(post: Post) -> None:
    await post.begin()
    await post.tell("Of Alpine")
    await moved(post, "brightwater")
    await post.tell("Of Brightwater")
    answer = await inbox(post)
    assert [node["title"] for node in answer["notifications"]["nodes"]] == ["Of Brightwater"]
    assert answer["unreadNotifications"] == 1
    assert await post.deliver(at=AT) == ["Of Brightwater"]
