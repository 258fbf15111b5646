"""Who may hear of an event, asked when it is delivered."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from uuid import UUID

from app.database.sql import Slot, Statement, sql
from app.events.log import LoggedEvent, Reader
from app.identity.viewer import Viewer
from app.identity.visibility import Parties, Sight, sight_of, slots_of, visible

KEY = Slot("subject")

_PARTIES = """
SELECT o.id, o.partner_id, o.owner_id,
  ARRAY(SELECT s.user_id FROM opportunity_share s WHERE s.opportunity_id = o.id) AS shared_with
FROM opportunity o WHERE o.id = ANY ($1::uuid[])
"""


async def parties_of(db: Reader, opportunity_ids: Collection[UUID]) -> Mapping[UUID, Parties]:
    """What decides who may see these deals, in one statement; without those that don't exist."""
    rows = await db.fetch(_PARTIES, list(opportunity_ids))
    return {row["id"]: Parties(row["partner_id"], row["owner_id"], row["shared_with"]) for row in rows}


async def sees(db: Reader, viewer: Viewer, event: LoggedEvent) -> bool:
    """Whether the viewer may see now what the event is about."""
    sight = sight_of(viewer)
    if sight is Sight.EVERYTHING:
        return True
    table, key = _subject(event)
    if key is None:
        return False
    statement = _statement(sight, table)
    row = await db.fetchrow(statement.text, *statement.arguments({**slots_of(viewer), KEY.name: key}))
    return row is not None


def _subject(event: LoggedEvent) -> tuple[str, UUID | None]:
    if event.opportunity_id is not None:
        return "opportunity", event.opportunity_id
    if event.playbook_id is not None:
        return "playbook", event.playbook_id
    return "content", event.content_id


@lru_cache(maxsize=16)
def _statement(sight: Sight, table: str) -> Statement:
    return sql(f"SELECT 1 FROM {table} x WHERE x.id = {{}} AND {{}}", KEY, visible(sight, table, "x")).statement()  # noqa: S608
