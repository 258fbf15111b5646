"""The outbox of one person: deliveries become messages when their time has come, no more in an hour than may
be, and messages are tried until they have arrived, or for two days."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.events.log import Reader
from app.models.columns import new_id
from app.notifications.chat_bodies import MOST_ITEMS
from app.notifications.counter import lock_inboxes
from app.notifications.people import Person
from app.notifications.schedule import due_at, out_of_quiet
from app.settings import settings
from app.vocabulary import NotificationChannel, NotificationKind, NotificationPace

MOST_IN_DIGEST = {NotificationChannel.EMAIL: 50, NotificationChannel.CHAT: MOST_ITEMS}
PAUSES = tuple(timedelta(minutes=one) for one in (1, 5, 15, 60, 120, 240, 480, 720, 720))
"""Between attempts."""
DIGESTS = frozenset({NotificationPace.HOURLY.value, NotificationPace.DAILY.value})

# What was read meanwhile needs no digest.
_DUE = """
SELECT d.id, d.notification_id, d.channel, d.pace, n.kind, n.read_at IS NOT NULL AS is_read
FROM notification_delivery d JOIN notification n ON n.id = d.notification_id
WHERE d.user_id = $1 AND d.due_at <= $2 ORDER BY n.number LIMIT 1000
"""
# Those that wait for a server count as well: in the hour in which it is back, all of them arrive.
_COUNTED = """
SELECT count(*) AS n FROM notification_message
WHERE user_id = $1 AND channel = $2 AND (due_at IS NOT NULL OR sent_at >= $3)
"""
_MAKE = """
INSERT INTO notification_message (id, user_id, channel, pace, notification_ids, made_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)
"""
_TAKEN = "DELETE FROM notification_delivery WHERE id = ANY ($1::uuid[])"
_LATER = "UPDATE notification_delivery SET pace = $2, due_at = $3 WHERE id = ANY ($1::uuid[])"
_WAIT = "UPDATE notification_delivery SET due_at = $3 WHERE user_id = $1 AND due_at <= $2"
_WAIT_TOO = "UPDATE notification_message SET due_at = $3 WHERE user_id = $1 AND due_at <= $2"
_OPEN = """
SELECT id, channel, pace, notification_ids, attempts, made_at FROM notification_message
WHERE user_id = $1 AND due_at <= $2 ORDER BY made_at, id
"""
_BEGUN = "UPDATE notification_message SET due_at = $2, attempts = attempts + 1 WHERE id = $1"
_SENT = "UPDATE notification_message SET sent_at = $2, due_at = NULL WHERE id = $1"
_AGAIN = "UPDATE notification_message SET due_at = $2, reason = $3 WHERE id = $1"
_LATER_ALL = "UPDATE notification_message SET due_at = $2 WHERE id = ANY ($1::uuid[])"
_GIVEN_UP = "UPDATE notification_message SET failed_at = $2, due_at = NULL, reason = $3 WHERE id = $1"
_NOBODY = (
    "DELETE FROM notification_delivery WHERE user_id = $1",
    "UPDATE notification_message SET failed_at = now(), due_at = NULL, reason = 'The person is no user any more.'"
    " WHERE user_id = $1 AND due_at IS NOT NULL",
)


async def take_up(tx: Transaction, to: Person, at: datetime) -> None:
    """Make messages of what is due; in quiet hours, let it wait for their end."""
    await lock_inboxes(tx, [to.id])
    quiet_until = out_of_quiet(to.hours, at)
    if quiet_until > at:
        await tx.execute(_WAIT, to.id, at, quiet_until)
        await tx.execute(_WAIT_TOO, to.id, at, quiet_until)
        return
    rows = await tx.fetch(_DUE, to.id, at)
    dropped = [row["id"] for row in rows if _is_unwanted(to, row)]
    wanted = [row for row in rows if row["id"] not in dropped]
    await tx.execute(_TAKEN, dropped)
    for channel in (NotificationChannel.EMAIL, NotificationChannel.CHAT):
        await _take_up(tx, to, channel, [row for row in wanted if row["channel"] == channel], at)


def _is_unwanted(to: Person, row: asyncpg.Record) -> bool:
    """By choices of today, not of when it happened."""
    channel = NotificationChannel(row["channel"])
    off = to.pace(NotificationKind(row["kind"]), channel) is NotificationPace.OFF
    return off or (row["is_read"] and row["pace"] in DIGESTS)


async def _take_up(
    tx: Transaction, to: Person, channel: NotificationChannel, rows: Sequence[asyncpg.Record], at: datetime
) -> None:
    """Digests go first; what the hour has no room for waits for the next one's."""
    digests, alone = ([row for row in rows if (row["pace"] in DIGESTS) is together] for together in (True, False))
    most = MOST_IN_DIGEST[channel]
    messages = [digests[begin : begin + most] for begin in range(0, len(digests), most)] + [[row] for row in alone]
    left = await _left(tx, to.id, channel, at) if messages else 0
    for some in messages[:left]:
        await _make(tx, to, channel, some, at)
    if late := [row["id"] for some in messages[left:] for row in some]:
        pace = NotificationPace.HOURLY
        await tx.execute(_LATER, late, pace.value, due_at(pace, to.hours, at))


async def _left(tx: Transaction, user_id: UUID, channel: NotificationChannel, at: datetime) -> int:
    """How many more messages there is room for in this hour of the clock."""
    row = await tx.fetchrow(_COUNTED, user_id, channel.value, at.replace(minute=0, second=0, microsecond=0))
    return max(settings().mail_per_hour - (row["n"] if row else 0), 0)


async def _make(
    tx: Transaction,
    to: Person,
    channel: NotificationChannel,
    rows: Sequence[asyncpg.Record],
    at: datetime,
) -> None:
    about = [row["notification_id"] for row in rows]
    await tx.execute(_MAKE, new_id(), to.id, channel.value, rows[0]["pace"], about, at)
    await tx.execute(_TAKEN, [row["id"] for row in rows])


async def open_messages(db: Reader, user_id: UUID, at: datetime) -> list[asyncpg.Record]:
    """Those that are due, in their order."""
    return await db.fetch(_OPEN, user_id, at)


async def begin(db: Reader, id: UUID, attempts: int, at: datetime) -> bool:
    """Count an attempt before it is made: one that nobody comes back from is one as well. `attempts`: before it. False
    when there were enough."""
    if attempts > len(PAUSES):
        await give_up(db, id, "No attempt came to an end.", at)
        return False
    await db.fetch(_BEGUN, id, at + PAUSES[min(attempts, len(PAUSES) - 1)])
    return True


async def wait(db: Reader, ids: Collection[UUID], until: datetime) -> None:
    """Leave these alone until then; that is no attempt."""
    await db.fetch(_LATER_ALL, list(ids), until)


async def sent(db: Reader, id: UUID, at: datetime) -> None:
    await db.fetch(_SENT, id, at)


async def try_again(db: Reader, id: UUID, attempts: int, reason: str, at: datetime, pause: float | None = None) -> bool:
    """`attempts`: before this one, which failed. `pause`: what whoever refused it asks for, in seconds. False when it
    was the last."""
    if attempts >= len(PAUSES):
        await give_up(db, id, reason, at)
        return False
    wait = PAUSES[attempts] if pause is None else max(timedelta(seconds=pause), PAUSES[0])
    await db.fetch(_AGAIN, id, at + wait, reason)
    return True


async def give_up(db: Reader, id: UUID, reason: str, at: datetime) -> None:
    await db.fetch(_GIVEN_UP, id, at, reason)


async def forget_all(tx: Transaction, user_id: UUID) -> None:
    """Of whoever can't sign in any more."""
    for statement in _NOBODY:
        await tx.execute(statement, user_id)
