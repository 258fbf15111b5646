"""The endpoints that are to be told of an event: by its type, its changed fields, who its owner is, and its filter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.database.sql import Slot, Statement, sql
from app.deals.store import deals
from app.events.log import LoggedEvent, Reader
from app.events.visible import hearers
from app.identity.scopes import VENDOR, Audience, VisibilityScope, audience_of, scope_of, slots_of
from app.identity.system_viewer import SYSTEM_VIEWER
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.nouns.participation import led_by_viewer
from app.webhooks.filters import event_variables, holds, speaks_of_deals
from app.webhooks.owners import OWNED, owner_of
from app.webhooks.previous import previous_values

_LISTENING = f"""
SELECT e.id, e.condition, e.changed_fields, {OWNED}
WHERE e.enabled AND e.removed_at IS NULL AND (e.event_types = '{{}}' OR $1 = ANY (e.event_types))
  AND (e.changed_fields = '{{}}' OR e.changed_fields && $2::text[])
"""


async def told_of(db: Reader, event: LoggedEvent) -> Sequence[UUID]:
    """The ids of endpoints."""
    rows = await db.fetch(_LISTENING, event.type.value, _fields(event))
    owners = {row["id"]: owner for row in rows if (owner := owner_of(row)) is not None}
    if not owners:
        return ()
    audiences = {id: audience_of(owner) for id, owner in owners.items()}
    heard = (await hearers(db, [event], set(audiences.values())))[event.seq]
    listening = [row for row in rows if audiences.get(row["id"]) in heard]
    if not any(row["condition"] for row in listening):
        return [row["id"] for row in listening]
    judged = _Judged(db, event)
    return [row["id"] for row in listening if await judged.passes(row["condition"], owners[row["id"]])]


async def chosen(db: Reader, endpoint: Mapping[str, Any], events: Sequence[LoggedEvent]) -> Sequence[LoggedEvent]:
    """Of these events, those that one endpoint is told of; `endpoint`: its row, with `OWNED`."""
    owner = owner_of(endpoint)
    types, fields = set(endpoint["event_types"]), set(endpoint["changed_fields"])
    wanted = [
        event
        for event in events
        if (not types or event.type.value in types) and (not fields or not fields.isdisjoint(_fields(event)))
    ]
    if owner is None or not wanted:
        return ()
    audience = audience_of(owner)
    heard = await hearers(db, wanted, {audience})
    found = [event for event in wanted if audience in heard[event.seq]]
    if not endpoint["condition"]:
        return found
    return [event for event in found if await _Judged(db, event).passes(endpoint["condition"], owner)]


def _fields(event: LoggedEvent) -> list[str]:
    return [str(name) for name in event.payload.get("fields", ())]


@dataclass
class _Judged:
    """One event for many filters: what they speak of is read once, and what one audience may know once for it."""

    db: Reader
    event: LoggedEvent
    known: dict[Audience, Mapping[str, Any]] = field(default_factory=dict)
    deals: dict[Audience, Mapping[str, Any] | None] = field(default_factory=dict)

    async def passes(self, condition: str, owner: Viewer) -> bool:
        if not condition:
            return True
        audience = audience_of(owner)
        if audience not in self.known:
            self.known[audience] = event_variables(self.event, await previous_values(self.db, owner, self.event))
        deal = await self._deal_for(owner) if speaks_of_deals(condition) else None
        return holds(condition, self.known[audience], deal)

    async def _deal_for(self, owner: Viewer) -> Mapping[str, Any] | None:
        audience = audience_of(owner)
        if VENDOR not in self.deals:
            self.deals[VENDOR] = await _deal(self.db, self.event)
        if audience not in self.deals:
            self.deals[audience] = await _as_seen(self.db, owner, self.event, self.deals[VENDOR])
        return self.deals[audience]


async def _deal(db: Reader, event: LoggedEvent) -> Mapping[str, Any] | None:
    """As the vendor sees it."""
    if event.opportunity_id is None:
        return None
    found = await deals(db, SYSTEM_VIEWER, [event.opportunity_id])
    deal = found.get(event.opportunity_id)
    return None if deal is None else deal.variables(datetime.now(UTC))


DEAL = Slot("event.opportunity_id")


async def _as_seen(
    db: Reader, owner: Viewer, event: LoggedEvent, deal: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """As a partner's people see it now who hear of the event, which may tell that they no longer do: then there is
    none. Its registration and its owner are null where they are another partner's."""
    if deal is None:
        return None
    statement = _seen_of(scope_of(owner))
    row = await db.fetchrow(statement.text, *statement.arguments({**slots_of(owner), DEAL.name: event.opportunity_id}))
    if row is None:
        return None
    return {
        **deal,
        "registration": deal["registration"] if row["registration"] else dict.fromkeys(deal["registration"]),
        "owner": deal["owner"] if row["owner"] else None,
    }


@lru_cache(maxsize=4)
def _seen_of(scope: VisibilityScope) -> Statement:
    """A registration is for the partner whose it is, as long as it leads the deal."""
    return sql(
        "SELECT {} AND (o.registration_id IS NULL OR EXISTS (SELECT FROM deal_registration r"
        " WHERE r.id = o.registration_id AND {})) AS registration, EXISTS (SELECT FROM user_account u"
        " WHERE u.id = o.owner_id AND {}) AS owner FROM opportunity o WHERE o.id = {}::uuid AND {}",
        led_by_viewer(sql("o.id")),
        visible(scope, "deal_registration", "r"),
        visible(scope, "user_account", "u"),
        DEAL,
        visible(scope, "opportunity", "o"),
    ).statement()
