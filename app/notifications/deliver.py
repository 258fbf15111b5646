"""The job that delivers what is due to one person, by mail and by chat.

A message is written down before it is sent, with its id; whoever receives it twice, after a worker has died between
sending it and writing so, can tell by the id. What a message says is read when it is sent, as the person sees it then.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import structlog

from app.database import Database, database
from app.database.rls import as_viewer
from app.identity.rls_policies import rls_setting
from app.jobs import jobs
from app.notifications import outbox
from app.notifications.chat import ChatRefused, send_chat
from app.notifications.mail import BadAddress, mail_of
from app.notifications.notify import DELIVER
from app.notifications.people import Person, person
from app.notifications.transport import NotDelivered, Send, mail_server
from app.notifications.words import Worded, worded
from app.settings import settings
from app.vocabulary import NotificationChannel

OUT_OF_SIGHT = "The person sees nothing of it any more."

log = structlog.get_logger(__name__)


@jobs.task(name=DELIVER)
async def deliver(user_id: str) -> None:
    await deliver_to(database(), UUID(user_id), datetime.now(UTC))


async def deliver_to(db: Database, user_id: UUID, at: datetime) -> None:
    """Everything that is due at `at`. One job at a time does so for one person."""
    to = await person(db, user_id)
    async with db.transaction() as tx:
        if to is None:
            await outbox.forget_all(tx, user_id)
            return
        await outbox.take_up(tx, to, at)
    messages = await outbox.open_messages(db, user_id, at)
    by_channel: dict[NotificationChannel, list[asyncpg.Record]] = {}
    for row in messages:
        by_channel.setdefault(NotificationChannel(row["channel"]), []).append(row)
    await _by_mail(db, to, by_channel.get(NotificationChannel.EMAIL, []), at)
    for row in by_channel.get(NotificationChannel.CHAT, []):
        await _by_chat(db, to, row, at)


async def _by_mail(db: Database, to: Person, rows: Sequence[asyncpg.Record], at: datetime) -> None:
    if not rows:
        return
    async with AsyncExitStack() as stack:
        try:
            send = await stack.enter_async_context(mail_server(settings()))
        except NotDelivered as failed:
            for row in rows:
                await _failed(db, row, failed.reason, at)
            return
        for row in rows:
            await _mail(db, to, row, send, at)


async def _mail(db: Database, to: Person, row: asyncpg.Record, send: Send, at: datetime) -> None:
    items = await _items(db, to, row, at)
    if not items:
        return
    try:
        await send(mail_of(row["id"], to, items, row["made_at"]))
    except BadAddress:
        await outbox.give_up(db, row["id"], "The address can't be written to.", at)
    except NotDelivered as failed:
        await _failed(db, row, failed.reason, at, for_good=failed.for_good)
    else:
        await outbox.sent(db, row["id"], at)


async def _by_chat(db: Database, to: Person, row: asyncpg.Record, at: datetime) -> None:
    if to.chat_sealed is None or to.chat_service is None:
        await outbox.give_up(db, row["id"], "No chat is set any more.", at)
        return
    items = await _items(db, to, row, at)
    if not items:
        return
    try:
        await send_chat(row["id"], to, items)
    except ChatRefused as refused:
        await _failed(db, row, refused.reason, at, for_good=refused.for_good, pause=refused.pause)
    else:
        await outbox.sent(db, row["id"], at)


async def _items(db: Database, to: Person, row: asyncpg.Record, at: datetime) -> list[Worded]:
    """In the order of the inbox, as far as the person sees them now; none ends the message."""
    with as_viewer(rls_setting(to.viewer)):
        seen = await worded(db, to.viewer, row["notification_ids"])
    found = [seen[id] for id in row["notification_ids"] if id in seen]
    if not found:
        await outbox.give_up(db, row["id"], OUT_OF_SIGHT, at)
    return found


async def _failed(
    db: Database,
    row: asyncpg.Record,
    reason: str,
    at: datetime,
    *,
    for_good: bool = False,
    pause: float | None = None,
) -> None:
    if for_good:
        await outbox.give_up(db, row["id"], reason, at)
        left = False
    else:
        left = await outbox.try_again(db, row["id"], row["attempts"], reason, at, pause)
    log.warning("a message was not delivered", message=str(row["id"]), reason=reason, tried_again=left)
