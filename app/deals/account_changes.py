"""Automatic advance of the deals with a customer that is changed: conditions may ask for its country or head count."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from app.database import Transaction
from app.deals.moves import move_on
from app.deals.store import deals
from app.identity.house import HOUSE
from app.identity.viewer import Viewer

_FLAGGED = """
SELECT o.id FROM opportunity o JOIN stage s ON s.id = o.stage_id
WHERE o.account_id = $1 AND o.status = 'OPEN' AND s.auto_advance
"""


@asynccontextmanager
async def deals_follow(tx: Transaction, viewer: Viewer, account_id: UUID, at: datetime) -> AsyncIterator[None]:
    """Inside, the account is changed; afterwards its open deals advance by themselves where this change lets them."""
    ids = [row["id"] for row in await tx.fetch(_FLAGGED, account_id)]
    before = await deals(tx, HOUSE, ids, lock=True) if ids else {}
    yield
    for id, found in before.items():
        await move_on(tx, viewer, found, id, at)
