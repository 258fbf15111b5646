"""The contacts that take part in a deal, of those at its customer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.database.sql import sql
from app.deals.editing import Changed, editable, finish, within
from app.deals.store import StoredDeal
from app.events import append, facts
from app.identity.scopes import scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.models.columns import new_id
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode, Permission

MOST = 50

_LINK = """
INSERT INTO opportunity_contact (id, opportunity_id, contact_id, position)
SELECT id, $1, contact_id, place - 1 FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS x(id, contact_id, place)
ON CONFLICT (opportunity_id, contact_id) DO UPDATE SET position = excluded.position
"""
_UNLINK = "DELETE FROM opportunity_contact WHERE opportunity_id = $1 AND contact_id = ANY ($2::uuid[])"


async def set_contacts(
    viewer: Viewer,
    opportunity_id: UUID,
    contact_ids: Sequence[UUID],
    *,
    expected_version: int | None = None,
    at: datetime | None = None,
    tx: Transaction | None = None,
) -> Changed | Refused:
    """These take part, in this order, and nobody else of those that the viewer sees."""
    wanted = list(dict.fromkeys(contact_ids))
    if len(wanted) > MOST:
        return refused(ErrorCode.INVALID, f"At most {MOST} people.", "contactIds")
    async with within(tx) as own:
        found = await editable(own, viewer, opportunity_id, expected_version, Permission.EDIT_OPPORTUNITY)
        if isinstance(found, Refused):
            return found
        people = await _people(own, viewer, wanted)
        if problem := _problem(found, contact_ids, people):
            return problem
        linked = await _linked(own, viewer, found.id)
        if list(linked) == wanted:
            return Changed(found.id)
        await own.execute(_UNLINK, found.id, [id for id in linked if id not in wanted])
        await own.execute(_LINK, found.id, [new_id() for _ in wanted], wanted)
        if _shown(found, linked, linked) == _shown(found, wanted, people):
            others = {one["partner_id"] for one in (linked | people).values()} - {None, found.partner_id}
            return await _tell_others(own, viewer, found, others)
        event = facts.opportunity_updated(found.id, fields=["contacts"], actor_id=viewer.user_id)
        return await finish(own, viewer, found, event, at or datetime.now(UTC))


def _shown(deal: StoredDeal, ids: Iterable[UUID], people: Mapping[UUID, asyncpg.Record]) -> list[UUID]:
    """Those that the deal shows to its partner: at its customer, and not another partner's."""
    whose = (None, deal.partner_id)
    return [
        id for id in ids if people[id]["account_id"] == deal.row["account_id"] and people[id]["partner_id"] in whose
    ]


async def _tell_others(tx: Transaction, viewer: Viewer, deal: StoredDeal, partners: Iterable[UUID | None]) -> Changed:
    """For the deal's partner nothing has changed: it hears of nothing, and the deal's version stays."""
    by = viewer.user_id
    told = (facts.opportunity_updated(deal.id, fields=["contacts"], actor_id=by, partner_id=one) for one in partners)
    await append(tx, *told)
    return Changed(deal.id)


async def _people(tx: Transaction, viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """Those of them whom the viewer sees, held until the transaction ends."""
    statement = sql(
        "SELECT c.id, c.account_id, c.partner_id FROM contact c"
        " WHERE c.id = ANY ({}::uuid[]) AND {} FOR KEY SHARE OF c",
        ids,
        visible(scope_of(viewer), "contact", "c"),
    ).statement()
    return {row["id"]: row for row in await tx.fetch(statement.text, *statement.arguments(slots_of(viewer)))}


def _problem(deal: StoredDeal, ids: Sequence[UUID], people: Mapping[UUID, asyncpg.Record]) -> Refused | None:
    for place, id in enumerate(ids):
        if id not in people:
            return refused(ErrorCode.NOT_FOUND, "There is no such person.", "contactIds", str(place))
        if people[id]["account_id"] != deal.row["account_id"]:
            message = "They work for another customer than the deal is with."
            return refused(ErrorCode.INVALID, message, "contactIds", str(place))
    return None


async def _linked(tx: Transaction, viewer: Viewer, opportunity_id: UUID) -> dict[UUID, asyncpg.Record]:
    """Those that the viewer sees, in their order."""
    statement = sql(
        "SELECT c.id, c.account_id, c.partner_id FROM opportunity_contact l JOIN contact c ON c.id = l.contact_id"
        " WHERE l.opportunity_id = {} AND {} ORDER BY l.position, l.id",
        opportunity_id,
        visible(scope_of(viewer), "opportunity_contact", "l"),
    ).statement()
    rows = await tx.fetch(statement.text, *statement.arguments(slots_of(viewer)))
    return {row["id"]: row for row in rows}
