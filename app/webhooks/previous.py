"""Values that an event's changed fields had before it, as a viewer may know them."""

from collections.abc import Mapping
from functools import lru_cache

from app.database.sql import Slot, Statement, sql
from app.events.log import LoggedEvent, Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible

DEAL, XID, AT = Slot("event.opportunity_id"), Slot("event.xid"), Slot("event.at")


async def previous_values(db: Reader, viewer: Viewer, event: LoggedEvent) -> Mapping[str, str]:
    """As text, by the API's names of the fields; those that weren't set, that aren't known or that the viewer may not
    see are left out. Owners and partners are global ids."""
    if event.opportunity_id is None:
        return {}
    statement = _statement(scope_of(viewer))
    told = {DEAL.name: event.opportunity_id, XID.name: event.xid, AT.name: event.at}
    rows = await db.fetch(statement.text, *statement.arguments({**slots_of(viewer), **told}))
    return {row["field"]: row["before"] for row in rows}


@lru_cache(maxsize=4)
def _statement(scope: VisibilityScope) -> Statement:
    """Changes of the transaction that wrote the event; the time only leads to them."""
    return sql(
        "SELECT b.* FROM (SELECT DISTINCT ON (c.field) c.field, CASE c.field WHEN 'owner' THEN 'usr_'"
        " || c.before_owner_id"
        " WHEN 'partner' THEN 'ptr_' || c.before_partner_id ELSE c.before END AS before FROM field_change c"
        " WHERE c.opportunity_id = {}::uuid AND c.xid = {}::bigint AND c.at > {}::timestamptz - interval '1 day'"
        " AND c.known AND {} ORDER BY c.field, c.at, c.nth) b WHERE b.before IS NOT NULL",
        *(DEAL, XID, AT, visible(scope, "field_change", "c")),
    ).statement()
