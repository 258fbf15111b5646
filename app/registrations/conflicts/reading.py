"""Conflicts as viewers read them: of registrations that they see, with what they see.

The vendor's people see all. A partner's people see what their own registrations and deals have to do with each other:
no row of anybody else's is read for it, and nothing is renewed, so that time tells of none either.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.database import Database
from app.database.rls import as_viewer
from app.identity.viewer import Viewer
from app.registrations.conflicts import claimed_row
from app.registrations.conflicts.finding import Claimed, Conflict, conflicts_of
from app.registrations.conflicts.keys import LIVE, is_stale, renew
from app.registrations.stored import registrations

MOST = 20
"""Shown of one registration."""


async def conflicts_by_id(db: Database, viewer: Viewer, ids: Sequence[UUID]) -> Mapping[UUID, list[Conflict]]:
    """None of those that aren't live, or that nobody has said the customer of."""
    seen = await registrations(db, viewer, ids)
    live = [one for one in seen.values() if one.row["status"] in LIVE and one.row["account_name"]]
    found = await _found(db, viewer, [claimed_row(one.row) for one in live]) if live else []
    met = {one.id: conflicts for one, conflicts in zip(live, found, strict=True)}
    return {id: met.get(id, []) for id in ids}


async def conflicts_with(db: Database, viewer: Viewer, about: Mapping[str, Any]) -> list[Conflict]:
    """Of what might be registered. `about`: as `Claimed.row`."""
    (found,) = await _found(db, viewer, [Claimed(about)])
    return found


async def _found(db: Database, viewer: Viewer, claimed: Sequence[Claimed]) -> list[list[Conflict]]:
    with as_viewer(None):  # terms of companies aren't for partners; each statement says itself whose rows it reads
        if viewer.is_vendor and await is_stale(db):
            async with db.transaction() as tx:
                await renew(tx)
        return [met[:MOST] for met in await conflicts_of(db, viewer, claimed)]
