"""The consumer of the log by which people are told what happens, and by which unread counters follow what goes out of
their sight or comes back into it."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from app.consumers.consumer import Consumer
from app.database import Transaction
from app.events.log import LoggedEvent
from app.notifications.counter import hold_inboxes, mark_stale
from app.notifications.notify import Notice, notify
from app.notifications.of_deals import DEALS
from app.notifications.of_registrations import REGISTRATIONS
from app.notifications.of_tasks import TASKS
from app.vocabulary import EventType

Tell = Callable[[Transaction, LoggedEvent], Awaitable[list[Notice]]]

TOLD: Mapping[EventType, Tell] = {**DEALS, **REGISTRATIONS, **TASKS}

MOVES_SIGHT = frozenset(
    {
        EventType.OPPORTUNITY_LEFT,
        EventType.OPPORTUNITY_CAME,
        EventType.OPPORTUNITY_UPDATED,
        EventType.INVITATION_CHANGED,
        EventType.COMMENT_REMOVED,
        EventType.TASK_UPDATED,
    }
)
_FIELDS = frozenset({"owner", "partner", "partners", "team"})
"""Of a deal, those by which somebody comes to see it or doesn't see it any more."""

_READERS = """
SELECT DISTINCT n.user_id AS id FROM notification n
WHERE n.read_at IS NULL AND (n.opportunity_id = $1::uuid OR n.comment_id = $2::uuid OR n.invitation_id = $2::uuid
  OR n.task_id = $2::uuid
  OR n.registration_id IN (SELECT r.id FROM deal_registration r WHERE r.opportunity_id = $1::uuid))
"""


async def _follow(tx: Transaction, event: LoggedEvent) -> bool:
    """All inboxes that it touches are locked first, together, in the order in which everybody locks them, and for this
    event alone: whoever reads something meanwhile waits for no others."""
    tell = TOLD.get(event.type)
    notices = await tell(tx, event) if tell is not None else []
    readers: set[UUID] = set()
    if event.type in MOVES_SIGHT and _moves_sight(event):
        readers = {row["id"] for row in await tx.fetch(_READERS, event.opportunity_id, event.subject_id)}
    touched = readers.union(*(notice.to for notice in notices))
    if not touched:
        return False
    await hold_inboxes(tx, touched)
    await mark_stale(tx, readers)
    for notice in notices:
        await notify(tx, notice, event.at)
    return True


def _moves_sight(event: LoggedEvent) -> bool:
    if event.type is not EventType.OPPORTUNITY_UPDATED:
        return True
    return not _FIELDS.isdisjoint(event.payload.get("fields", ()))


NOTIFICATIONS = Consumer("notifications", frozenset({*TOLD, *MOVES_SIGHT}), _follow, page=100)
