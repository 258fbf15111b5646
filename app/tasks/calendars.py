"""A user's calendar of tasks: its secret address, and what stands in it.

Nobody signs in to read it, so it shows what the user sees now, and nothing when they can't sign in any more.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

import asyncpg

from app.audit import Entry, add
from app.database import Database, Transaction
from app.database.connection import as_house
from app.database.rls import as_viewer
from app.database.sql import Slot, Statement, all_of, sql
from app.deals.editing import within
from app.identity.rls_policies import rls_setting
from app.identity.scopes import USER, VisibilityScope, scope_of, slots_of
from app.identity.users import viewer_by_id
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.models.columns import new_id
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode

MOST = 1_000
PAST = timedelta(days=60)
"""For which what is done stays in the calendar."""

_SAVE = """
INSERT INTO calendar_feed (id, user_id, secret_hash) VALUES ($1, $2, $3)
ON CONFLICT (user_id) DO UPDATE SET secret_hash = excluded.secret_hash, created_at = clock_timestamp(), read_at = NULL
"""
_REMOVE = "DELETE FROM calendar_feed WHERE user_id = $1 RETURNING id"
_FIND = "UPDATE calendar_feed SET read_at = $2 WHERE secret_hash = $1 RETURNING user_id"
_SINCE = Slot("calendar.since")


@dataclass(frozen=True, slots=True)
class FeedCreated:
    """`secret`: to be shown this once; nobody can read it again."""

    user_id: UUID
    secret: str | None = field(default=None, repr=False, metadata={"kept": False})


@dataclass(frozen=True, slots=True)
class FeedRemoved:
    removed: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    viewer: Viewer
    tasks: list[asyncpg.Record]


async def create_feed(viewer: Viewer, *, tx: Transaction | None = None) -> FeedCreated | Refused:
    """Under a new address; that of before leads nowhere any more."""
    if viewer.client is not None:
        return refused(ErrorCode.FORBIDDEN, "An API client has no calendar: it takes a person.")
    secret = secrets.token_urlsafe(32)
    async with within(tx) as own:
        async with as_house(own):
            await own.execute(_SAVE, new_id(), viewer.user_id, digest(secret))
        await add(own, Entry("CALENDAR_FEED_CREATED", viewer.user_id, f"usr_{viewer.user_id}"))
    return FeedCreated(viewer.user_id, secret)


async def remove_feed(viewer: Viewer, *, tx: Transaction | None = None) -> FeedRemoved | Refused:
    async with within(tx) as own:
        async with as_house(own):
            removed = await own.fetchrow(_REMOVE, viewer.user_id)
        if removed is not None:
            await add(own, Entry("CALENDAR_FEED_REMOVED", viewer.user_id, f"usr_{viewer.user_id}"))
    return FeedRemoved(removed is not None)


def digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


async def calendar_of(db: Database, secret: str, at: datetime) -> Calendar | None:
    """None where the address leads nowhere."""
    with as_viewer(None):  # nobody has signed in
        rows = await db.fetch(_FIND, digest(secret), at)
        viewer = await viewer_by_id(rows[0]["user_id"]) if rows else None
    if viewer is None:
        return None
    statement = _statement(scope_of(viewer))
    with as_viewer(rls_setting(viewer)):
        tasks = await db.fetch(statement.text, *statement.arguments({**slots_of(viewer), _SINCE.name: at - PAST}))
    return Calendar(viewer, tasks)


@lru_cache(maxsize=4)
def _statement(scope: VisibilityScope) -> Statement:
    mine = all_of(
        [
            sql("t.assignee_id = {}", USER),
            sql("t.due_at IS NOT NULL AND t.status <> 'CANCELLED'"),
            sql("(t.status <> 'DONE' OR t.completed_at >= {}::timestamptz)", _SINCE),
            visible(scope, "task", "t"),
        ]
    )
    return sql(
        "SELECT t.id, t.title, t.description, t.due_at, t.status, t.urgency, t.completed_at, t.created_at,"  # noqa: S608
        " t.updated_at, t.version, o.name AS deal, r.number AS registration FROM task t"
        " LEFT JOIN opportunity o ON o.id = t.opportunity_id LEFT JOIN deal_registration r ON r.id = t.registration_id"
        f" WHERE {{}} ORDER BY t.due_at, t.id LIMIT {MOST}",
        mine,
    ).statement()
