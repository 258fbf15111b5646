"""The number of unread notifications, kept in the inbox and read with one row.

Who somebody is decides what they see. The inbox says as whom it was counted; for whoever has become another since, it
is counted when it is asked for. So it is for those whom a change may have taken something out of sight, or given it
back: their number is marked stale, and kept again when they read something or a sweep comes by.
"""

from collections.abc import Collection
from functools import lru_cache
from uuid import UUID

from app.database import Transaction
from app.database.sql import Statement, sql
from app.events.log import Reader
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible

_KEPT = "SELECT unread, standing FROM inbox WHERE user_id = $1"
_MADE = """
INSERT INTO inbox (id, user_id, standing)
SELECT gen_random_uuid(), u.id, '' FROM user_account u
WHERE u.id = ANY ($1::uuid[]) AND u.active AND NOT u.api_client
  AND NOT EXISTS (SELECT FROM inbox i WHERE i.user_id = u.id)
ORDER BY u.id ON CONFLICT (user_id) DO NOTHING
"""
_LOCK = "SELECT user_id FROM inbox WHERE user_id = ANY ($1::uuid[]) ORDER BY user_id FOR UPDATE"
_LOCK_FREE = f"{_LOCK} SKIP LOCKED"
_STALE = "UPDATE inbox SET standing = NULL WHERE user_id = ANY ($1::uuid[])"
_ASIDE = "UPDATE inbox SET standing = '' WHERE user_id = $1"
_SET = "UPDATE inbox SET unread = $2, standing = $3 WHERE user_id = $1"


def standing_of(viewer: Viewer) -> str:
    """All of a person that decides what they see, and that others may change."""
    return f"{viewer.organization_id} {scope_of(viewer)}"


async def unread(db: Reader, viewer: Viewer) -> int:
    row = await db.fetchrow(_KEPT, viewer.user_id)
    if row is None:
        return 0
    if row["standing"] != standing_of(viewer):
        return await counted(db, viewer)
    number: int = row["unread"]
    return number


async def counted(db: Reader, viewer: Viewer) -> int:
    statement = _counting(scope_of(viewer))
    row = await db.fetchrow(statement.text, *statement.arguments(slots_of(viewer)))
    return row["n"] if row else 0


async def lock_inboxes(tx: Transaction, ids: Collection[UUID]) -> list[UUID]:
    """Those that there are, held until the transaction ends; always in one order."""
    return [row["user_id"] for row in await tx.fetch(_LOCK, list(ids))]


async def hold_inboxes(tx: Transaction, ids: Collection[UUID]) -> None:
    """Before a transaction tells several people several things, once: their inboxes are held until it ends, those that
    are missing made, both in the order of `lock_inboxes`."""
    await tx.execute(_MADE, list(ids))
    await lock_inboxes(tx, ids)


async def lock_free_inboxes(tx: Transaction, ids: Collection[UUID]) -> list[UUID]:
    """Those that nobody else holds."""
    return [row["user_id"] for row in await tx.fetch(_LOCK_FREE, list(ids))]


async def mark_stale(tx: Transaction, ids: Collection[UUID]) -> None:
    """Of inboxes that the transaction holds."""
    await tx.execute(_STALE, list(ids))


async def set_aside(tx: Transaction, id: UUID) -> None:
    """As counted for nobody in particular: whoever asks is told what is counted then."""
    await tx.execute(_ASIDE, id)


async def recount(tx: Transaction, viewers: Collection[Viewer]) -> None:
    held = await lock_inboxes(tx, [viewer.user_id for viewer in viewers])
    for viewer in viewers:
        if viewer.user_id in held:
            await tx.execute(_SET, viewer.user_id, await counted(tx, viewer), standing_of(viewer))


@lru_cache(maxsize=4)
def _counting(scope: VisibilityScope) -> Statement:
    return sql(
        "SELECT count(*) AS n FROM notification n WHERE n.read_at IS NULL AND n.in_inbox AND {}",
        visible(scope, "notification", "n"),
    ).statement()
