"""The events that deliveries tell of, as a viewer sees them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.database.sql import sql
from app.events.log import COLUMNS, LoggedEvent, Reader, logged
from app.identity.scopes import scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible


async def events_of(db: Reader, viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, LoggedEvent]:
    """By delivery; without those that the viewer may not see now, or that the log holds no more. One statement."""
    statement = sql(
        f"SELECT d.id AS delivery_id, {COLUMNS} FROM webhook_delivery d"  # noqa: S608 # constants
        " JOIN event e ON e.seq = d.event_seq AND e.at = d.at WHERE d.id = ANY ({}::uuid[]) AND {}",
        list(ids),
        visible(scope_of(viewer), "event", "e"),
    ).statement()
    rows = await db.fetch(statement.text, *statement.arguments(slots_of(viewer)))
    return {row["delivery_id"]: logged(row) for row in rows}
