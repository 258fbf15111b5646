"""The job that delivers what is due to one person, by mail and by chat.

A message is written down before it is sent, with its id; whoever receives it twice, after a worker has died between
sending it and writing so, can tell by the id. What a message says is read when it is sent, as the person sees it then.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import asyncpg
import structlog

from app.database import Database, database
from app.database.failures import is_unreachable
from app.database.rls import as_viewer
from app.identity.rls_policies import rls_setting
from app.jobs import DELIVERIES, jobs
from app.notifications import outbox
from app.notifications.chat import ChatRefused, send_chat
from app.notifications.headers import BadAddress
from app.notifications.mail import mail_of
from app.notifications.notify import DELIVER
from app.notifications.people import Person, person
from app.notifications.transport import AWAY, LeftAlone, NotDelivered, Send, mail_server
from app.notifications.words import Worded, worded
from app.settings import settings
from app.vocabulary import NotificationChannel, NotificationPace

OUT_OF_SIGHT = "The person sees nothing of it any more."
"""Or wants none of it."""

Carry = Callable[[Person, asyncpg.Record, Sequence[Worded]], Awaitable[None]]

log = structlog.get_logger(__name__)


@jobs.task(name=DELIVER, queue=DELIVERIES)
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
    await _by_mail(db, user_id, _of(messages, NotificationChannel.EMAIL), at)
    await _round(db, user_id, _of(messages, NotificationChannel.CHAT), _chat, at)


def _of(messages: Sequence[asyncpg.Record], channel: NotificationChannel) -> list[asyncpg.Record]:
    return [row for row in messages if row["channel"] == channel]


async def _by_mail(db: Database, user_id: UUID, rows: Sequence[asyncpg.Record], at: datetime) -> None:
    if not rows:
        return
    async with AsyncExitStack() as stack:
        try:
            send = await stack.enter_async_context(mail_server(settings(), at))
        except LeftAlone as left:
            await outbox.wait(db, [row["id"] for row in rows], left.until)
            return
        except NotDelivered as failed:
            for row in rows:
                if await outbox.begin(db, row["id"], row["attempts"], at):
                    await _failed(db, row, failed.reason, at)
            return
        await _round(db, user_id, rows, partial(_mail, send), at)


async def _mail(send: Send, to: Person, row: asyncpg.Record, items: Sequence[Worded]) -> None:
    await send(mail_of(row["id"], to, items, row["made_at"]))


async def _chat(to: Person, row: asyncpg.Record, items: Sequence[Worded]) -> None:
    if to.chat_sealed is None or to.chat_service is None:
        raise ChatRefused("No chat is set any more.", for_good=True)
    await send_chat(row["id"], to, items)


async def _round(db: Database, user_id: UUID, rows: Sequence[asyncpg.Record], carry: Carry, at: datetime) -> None:
    """One after the other; when nobody answers there, the others wait."""
    for place, row in enumerate(rows, 1):
        if await outbox.begin(db, row["id"], row["attempts"], at) and await _is_away(db, user_id, row, carry, at):
            await outbox.wait(db, [one["id"] for one in rows[place:]], at + AWAY)
            return


async def _is_away(db: Database, user_id: UUID, row: asyncpg.Record, carry: Carry, at: datetime) -> bool:
    """What comes of one message is written down, whatever it is; whether there is no use in trying others now."""
    try:
        to = await person(db, user_id)
        items = await _items(db, to, row) if to is not None else []
        if to is None or not items:
            await outbox.give_up(db, row["id"], OUT_OF_SIGHT, at)
            return False
        await carry(to, row, items)
    except BadAddress:
        await outbox.give_up(db, row["id"], "The address can't be written to.", at)
    except (NotDelivered, ChatRefused) as failed:
        pause = failed.pause if isinstance(failed, ChatRefused) else None
        await _failed(db, row, failed.reason, at, for_good=failed.for_good, pause=pause)
        return failed.away
    except Exception as error:
        if is_unreachable(error):
            raise
        log.exception("a message could not be made", message=str(row["id"]))
        await _failed(db, row, type(error).__name__, at)
    else:
        await outbox.sent(db, row["id"], at)
    return False


async def _items(db: Database, to: Person, row: asyncpg.Record) -> list[Worded]:
    """In the order of the inbox, as far as the person sees them and wants them by this channel now."""
    channel = NotificationChannel(row["channel"])
    with as_viewer(rls_setting(to.viewer)):
        seen = await worded(db, to.viewer, row["notification_ids"])
    found = [seen[id] for id in row["notification_ids"] if id in seen]
    return [one for one in found if to.pace(one.kind, channel) is not NotificationPace.OFF]


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
