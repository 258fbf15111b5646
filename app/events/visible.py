"""The check, on delivery, of who may hear of an event: whoever sees its deal or, where it has none, its subject."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from uuid import UUID

from app.database.sql import Slot, Statement, sql
from app.events.log import NOTHING, LoggedEvent, Reader
from app.identity.scopes import VENDOR, Audience, Parties, VisibilityScope, audiences_of, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.nouns.audiences import AUDIENCES, OF_ONE_ORGANIZATION
from app.vocabulary import VENDOR_EVENTS, EventType

SEQ, AT = Slot("event"), Slot("event.at")

# Whose alone the event is is read anew: its deal may have been given away since the log was read.
_PARTIES = """
SELECT e.seq, e.partner_id AS alone_for, o.partner_id, o.owner_id,
  ARRAY(SELECT m.user_id FROM team_member m WHERE m.opportunity_id = o.id ORDER BY m.id) AS people,
  ARRAY(SELECT u.organization_id FROM team_member m JOIN user_account u ON u.id = m.user_id
    WHERE m.opportunity_id = o.id ORDER BY m.id) AS organizations,
  ARRAY(SELECT d.partner_id FROM deal_partner d WHERE d.opportunity_id = o.id AND d.status = 'ACCEPTED'
    AND d.role <> 'LEAD') AS along
FROM event e JOIN opportunity o ON o.id = e.opportunity_id WHERE e.seq = ANY ($1::bigint[]) AND e.at >= $2
"""


async def hearers(
    db: Reader, events: Sequence[LoggedEvent], listening: Collection[Audience]
) -> Mapping[int, Collection[Audience]]:
    """Who may hear of each of these events, by its number: the vendor's people, and those of the partners' audiences
    that listen. One statement for the events of deals, and one for each other kind of subject."""
    if all(audience == VENDOR for audience in listening):
        return {event.seq: _with_vendor(event) for event in events}
    found: dict[int, Collection[Audience]] = {e.seq: (VENDOR,) for e in events if e.type in VENDOR_EVENTS}
    events = [event for event in events if event.seq not in found]
    of_deals = [event for event in events if event.opportunity_id is not None]
    if of_deals:
        parties = await _parties_of(db, of_deals)
        found |= {event.seq: hearers_of(event, parties.get(event.seq)) for event in of_deals}
    for type_ in {event.subject_type for event in events if event.opportunity_id is None}:
        found |= await _of_subjects(db, type_, [event for event in events if event.subject_type == type_], listening)
    return found


async def _of_subjects(
    db: Reader, type_: str | None, events: Sequence[LoggedEvent], listening: Collection[Audience]
) -> Mapping[int, Collection[Audience]]:
    statement = AUDIENCES.get(type_ or "")
    seen_by: dict[UUID, list[Audience]] = {}
    if statement is not None:
        organizations = [one.organization_id for one in listening if one.user_id is None and one != VENDOR]
        users = [one.user_id for one in listening if one.user_id is not None]
        ids = [event.subject_id for event in events]
        for row in await db.fetch(statement, ids, organizations, users):
            scope = VisibilityScope.ORGANIZATION if row["user_id"] is None else VisibilityScope.OWN_AND_SHARED
            seen_by.setdefault(row["id"], []).append(Audience(scope, row["organization_id"], row["user_id"]))
    return {event.seq: (*_with_vendor(event), *seen_by.get(event.subject_id or NOTHING, ())) for event in events}


def _with_vendor(event: LoggedEvent) -> tuple[Audience, ...]:
    """The vendor's people, unless it is of a partner's own."""
    return (VENDOR,) if vendor_hears(event) else ()


def vendor_hears(event: LoggedEvent) -> bool:
    """Whether it isn't of a partner's own. Says the same as `app.nouns.log` says in SQL."""
    return event.partner_id is None or event.subject_type not in OF_ONE_ORGANIZATION


async def _parties_of(db: Reader, events: Collection[LoggedEvent]) -> Mapping[int, Parties]:
    """What decides who may see these events' deals, by the events' numbers; without those whose deal doesn't exist."""
    rows = await db.fetch(_PARTIES, [event.seq for event in events], min(event.at for event in events))
    return {
        row["seq"]: Parties(
            row["partner_id"],
            row["owner_id"],
            tuple(zip(row["people"], row["organizations"], strict=True)),
            row["along"],
            row["alone_for"],
        )
        for row in rows
    }


def hearers_of(event: LoggedEvent, deal: Parties | None) -> Collection[Audience]:
    """Who may hear of an event about a deal; None: one that doesn't exist. Says the same as `sees` says in SQL."""
    if event.type is EventType.OPPORTUNITY_LEFT:
        return [VENDOR, *(_audience(event, reader) for reader in event.readers or ())]
    if deal is None:
        return [VENDOR]
    return [one for one in audiences_of(deal) if one == VENDOR or _is_for(event, one)]


def _audience(event: LoggedEvent, reader: UUID) -> Audience:
    if reader == event.partner_id:
        return Audience(VisibilityScope.ORGANIZATION, event.partner_id)
    return Audience(VisibilityScope.OWN_AND_SHARED, event.partner_id, reader)


def _is_for(event: LoggedEvent, audience: Audience) -> bool:
    return event.readers is None or (audience.user_id or audience.organization_id) in event.readers


async def sees(db: Reader, viewer: Viewer, event: LoggedEvent) -> bool:
    """Whether the viewer may see now that this happened."""
    scope = scope_of(viewer)
    if scope is VisibilityScope.EVERYTHING:
        return bool(_with_vendor(event))
    statement = _statement(scope)
    row = await db.fetchrow(
        statement.text, *statement.arguments({**slots_of(viewer), SEQ.name: event.seq, AT.name: event.at})
    )
    return row is not None


@lru_cache(maxsize=4)
def _statement(scope: VisibilityScope) -> Statement:
    text = "SELECT 1 FROM event e WHERE e.seq = {} AND e.at = {}::timestamptz AND {}"
    return sql(text, SEQ, AT, visible(scope, "event", "e")).statement()
