"""Inboxes and mails of a partner's people: told everything there is, of competitors too, they hold no mark of them.

The hunt proves itself: what the vendor's people get is full of marks.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import product
from typing import Any
from uuid import UUID

import orjson
import pytest
from graphql import GraphQLObjectType

from app.models.columns import new_id
from app.notifications.notify import Notice, notify
from app.vocabulary import NotificationKind, Role
from schema import schema
from tests import hunts
from tests.app.notifications.servers import Mailbox, mail_server
from tests.app.notifications.telling import Post
from tests.samples import put
from tests.schema.mutation_matrix import PEOPLE
from tests.schema.world import MANAGER, SELLER, Demo
from tests.soak.hunting import everything_of, marks_in
from tests.soak.marked import Marked, mark

OF_EACH = hunts.size(1, whole=20)
"""Things of each sort that are told."""
ADMIN = PEOPLE[Role.VENDOR_ADMIN]
WHO = (MANAGER, SELLER, ADMIN)
ABOUT = {
    "opp": "opportunity_id",
    "reg": "registration_id",
    "com": "comment_id",
    "dpt": "invitation_id",
    "tsk": "task_id",
}
AT = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)
ALL_BY_MAIL = """
INSERT INTO notification_preference (id, user_id, kind, channel, pace)
SELECT gen_random_uuid(), u, k, 'EMAIL', 'AT_ONCE' FROM unnest($1::uuid[]) u, unnest($2::text[]) k RETURNING id
"""
# As if they had been told while they saw it.
TOLD_ANYWAY = """
INSERT INTO notification (id, user_id, number, kind, key, actor_id, opportunity_id, registration_id, comment_id,
  invitation_id, task_id, details)
SELECT gen_random_uuid(), u, n.number + 1000000, n.kind, n.key || '/anyway', n.actor_id, n.opportunity_id,
  n.registration_id, n.comment_id, n.invitation_id, n.task_id, n.details
FROM notification n, unnest($1::uuid[]) u WHERE n.user_id = $2 RETURNING id, user_id
"""
QUEUED = """
INSERT INTO notification_delivery (id, notification_id, user_id, channel, pace, due_at)
VALUES ($1, $2, $3, 'EMAIL', 'AT_ONCE', $4) RETURNING id
"""


def inbox() -> str:
    type_ = schema._schema.type_map["Notification"]
    assert isinstance(type_, GraphQLObjectType)
    return f"{{ notifications(first: 100) {{ totalCount nodes {{ {everything_of(type_)} }} }} unreadNotifications }}"


def notices(marked: Marked, to: list[UUID]) -> Iterator[Notice]:
    """Of everything, by every kind."""
    for kind, (prefix, column) in product(NotificationKind, ABOUT.items()):
        for id in (*marked.foreign[prefix][:OF_EACH], *marked.own[prefix][:OF_EACH]):
            about: dict[str, Any] = {column: UUID(id.partition("_")[2])}
            actor = marked.foreign["usr"][0].partition("_")[2]
            partner = marked.foreign["ptr"][0].partition("_")[2]
            details = {"partnerId": partner, "role": "owner", "outcome": "WON", "days": 3}
            yield Notice(kind, f"{kind}/{id}", to, UUID(actor), details=details, **about)


def words_of(mail: EmailMessage) -> bytes:
    """All of a mail, as its reader sees it: headers and bodies."""
    bodies = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *bodies]).encode()


async def told_everything(post: Post, marked: Marked) -> None:
    """And the partner's people also what only the vendor was told."""
    database, ids = post.demo.database, [post.user(who) for who in WHO]
    await database.fetch("DELETE FROM notification_preference")
    await database.fetch(ALL_BY_MAIL, ids, [kind.value for kind in NotificationKind])
    for notice in notices(marked, ids):
        async with database.transaction() as tx:
            await notify(tx, notice, AT)
    for row in await database.fetch(TOLD_ANYWAY, ids[:2], ids[2]):
        await database.fetch(QUEUED, new_id(), row["id"], row["user_id"], AT)


@pytest.mark.soak
@pytest.mark.falls_back("not planned")
async def test_no_inbox_and_no_mail_of_a_partners_holds_anything_of_a_competitors(demo: Demo) -> None:
    await put(demo.database)
    marked, mailbox = await mark(demo.database, MANAGER), Mailbox()
    mails: dict[str, list[bytes]] = {}
    async with mail_server(mailbox) as port:
        post = Post(demo, mailbox, port)
        await post.begin(mail_per_hour=1_000)
        await told_everything(post, marked)
        for who in WHO:
            before = len(mailbox.mails)
            await post.deliver(who)
            mails[who] = [words_of(mail) for mail in mailbox.mails[before:]]
    withheld = await demo.value("SELECT count(*) FROM notification_message WHERE failed_at IS NOT NULL")
    read = {who: orjson.dumps(await demo.run(inbox(), who)) for who in WHO}
    for who in (MANAGER, SELLER):
        assert [found for one in (*mails[who], read[who]) for found in marks_in(one, "", None, marked)] == [], who
        assert mails[who], "nothing was told"
    proof = [len([found for one in mails[ADMIN] for found in marks_in(one, "", None, marked)])]
    proof.append(len(marks_in(read[ADMIN], "", None, marked)))
    assert all(proof), "nothing was marked"
    assert withheld, "nothing had gone out of sight"
    hunts.record(
        "Leaks in inboxes and mails",
        f"{len(mails[ADMIN])} mails and an inbox of the vendor's held {proof[0]:,} and {proof[1]:,} marks",
        f"{len(mails[MANAGER])} and {len(mails[SELLER])} mails of a partner's manager and seller, and their inboxes, "
        f"held none; {withheld} were withheld, of what had gone out of sight",
    )
