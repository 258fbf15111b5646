"""Marking notifications as read, and following an inbox from a number on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from app.database import Transaction
from app.database.sql import TRUE, Slot, Statement, sql
from app.deals.editing import within
from app.events.log import CursorUnknown, Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.notifications.counter import lock_inboxes, recount, unread
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ErrorCode

MOST_AT_ONCE = 500

_IDS, _UNTIL, _AFTER, _LIMIT = Slot("ids"), Slot("until"), Slot("after"), Slot("limit")
_LAST = "SELECT last_number FROM inbox WHERE user_id = $1"


@dataclass(frozen=True, slots=True)
class NotificationsRead:
    """`ids`: of those that were named; `unread`: how many are left."""

    ids: list[UUID]
    unread: int


class Received(NamedTuple):
    id: UUID
    number: int


async def mark_read(
    viewer: Viewer, ids: Sequence[UUID] | None, until: datetime | None = None, *, tx: Transaction | None = None
) -> NotificationsRead | Refused:
    """These, or (None) all that there are, up to the time `until`. What is read stays so."""
    if ids is not None and (problem := _too_many(ids)):
        return problem
    async with within(tx) as own:
        await lock_inboxes(own, [viewer.user_id])  # before its notifications, as everybody does
        slots = {**slots_of(viewer), _IDS.name: list(ids or ()), _UNTIL.name: until}
        if ids is not None and (missing := await _missing(own, viewer, ids, slots)):
            return missing
        statement = _marking(scope_of(viewer), some=ids is not None)
        await own.execute(statement.text, *statement.arguments(slots))
        await recount(own, [viewer])
        return NotificationsRead(list(dict.fromkeys(ids or ())), await unread(own, viewer))


def _too_many(ids: Sequence[UUID]) -> Refused | None:
    if len(ids) <= MOST_AT_ONCE:
        return None
    message = f"Name at most {MOST_AT_ONCE} at once; leave the ids out to mark all."
    return refused(ErrorCode.INVALID, message, "notificationIds")


async def _missing(tx: Transaction, viewer: Viewer, ids: Sequence[UUID], slots: dict[str, object]) -> Refused | None:
    statement = _finding(scope_of(viewer))
    found = {row["id"] for row in await tx.fetch(statement.text, *statement.arguments(slots))}
    faults = Faults()
    for place, id in enumerate(ids):
        if id not in found:
            faults.note(refused(ErrorCode.NOT_FOUND, "There is no such notification.", "notificationIds", str(place)))
    return faults.refusal()


@lru_cache(maxsize=4)
def _finding(scope: VisibilityScope) -> Statement:
    seen = visible(scope, "notification", "n")
    return sql("SELECT n.id FROM notification n WHERE n.id = ANY ({}::uuid[]) AND {}", _IDS, seen).statement()


@lru_cache(maxsize=8)
def _marking(scope: VisibilityScope, *, some: bool) -> Statement:
    named = sql("n.id = ANY ({}::uuid[])", _IDS) if some else TRUE
    return sql(
        "UPDATE notification n SET read_at = clock_timestamp() WHERE n.read_at IS NULL"
        " AND n.at <= coalesce({}::timestamptz, 'infinity') AND {} AND {}",
        *(_UNTIL, named, visible(scope, "notification", "n")),
    ).statement()


async def last_number(db: Reader, viewer: Viewer) -> int:
    row = await db.fetchrow(_LAST, viewer.user_id)
    return row["last_number"] if row else 0


async def begin_after(db: Reader, viewer: Viewer, number: int | None) -> int:
    """The number that whoever follows the inbox begins after. Raises `CursorUnknown` for one that was never given."""
    last = await last_number(db, viewer)
    if number is not None and number > last:
        raise CursorUnknown(number)
    return last if number is None else number


async def received(db: Reader, viewer: Viewer, after: int, limit: int) -> list[Received]:
    """What came into the inbox after this number and is seen, in its order."""
    statement = _following(scope_of(viewer))
    slots = {**slots_of(viewer), _AFTER.name: after, _LIMIT.name: limit}
    rows = await db.fetch(statement.text, *statement.arguments(slots))
    return [Received(row["id"], row["number"]) for row in rows]


@lru_cache(maxsize=4)
def _following(scope: VisibilityScope) -> Statement:
    return sql(
        "SELECT n.id, n.number FROM notification n WHERE n.number > {} AND n.in_inbox AND {}"
        " ORDER BY n.number LIMIT {}",
        *(_AFTER, visible(scope, "notification", "n"), _LIMIT),
    ).statement()
