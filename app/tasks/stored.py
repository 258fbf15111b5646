"""A task that a change is about, locked until the transaction ends, or why the viewer may not change it.

Whoever locks a task has locked its deal before, as those do whose change ends tasks.
"""

from functools import lru_cache
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.database.sql import Slot, Statement, sql
from app.deals.ends_of_tasks import OF_SOMEBODY_ELSE, may_change
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.outcomes import Refused, outdated, refused
from app.vocabulary import ErrorCode

_ID = Slot("task")
_COLUMNS = (
    *("id", "version", "opportunity_id", "registration_id", "activity_id", "action_id", "organization_id"),
    *("from_organization_id", "assignee_id", "created_by_id", "source", "title", "description", "due_at", "urgency"),
    *("status", "completed_at"),
)


@lru_cache(maxsize=16)
def _reading(scope: VisibilityScope, lock: bool) -> Statement:
    columns = ", ".join(f"t.{column}" for column in _COLUMNS)
    held = " FOR UPDATE OF t" if lock else ""
    return sql(
        f"SELECT {columns} FROM task t WHERE t.id = {{}} AND {{}}{held}",  # noqa: S608 (constants)
        _ID,
        visible(scope, "task", "t"),
    ).statement()


async def read(tx: Transaction, viewer: Viewer, id: UUID, *, lock: bool = False) -> asyncpg.Record | None:
    statement = _reading(scope_of(viewer), lock)
    return await tx.fetchrow(statement.text, *statement.arguments({**slots_of(viewer), _ID.name: id}))


@lru_cache(maxsize=16)
def _holding(scope: VisibilityScope, table: str) -> Statement:
    return sql(
        f"SELECT o.id FROM {table} o WHERE o.id = {{}} AND {{}} FOR SHARE OF o",  # noqa: S608 (one of two names)
        _ID,
        visible(scope, table, "o"),
    ).statement()


async def hold(tx: Transaction, viewer: Viewer, table: str, id: UUID) -> bool:
    """Whether the viewer sees the deal or registration, which stays with whom it is until the transaction ends."""
    statement = _holding(scope_of(viewer), table)
    return await tx.fetchrow(statement.text, *statement.arguments({**slots_of(viewer), _ID.name: id})) is not None


async def changeable(
    tx: Transaction, viewer: Viewer, id: UUID, expected_version: int | None
) -> asyncpg.Record | Refused:
    known = await read(tx, viewer, id)
    if known is not None:
        for table, column in (("opportunity", "opportunity_id"), ("deal_registration", "registration_id")):
            if known[column] is not None:
                await hold(tx, viewer, table, known[column])
        known = await read(tx, viewer, id, lock=True)
    if known is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such task.", "taskId")
    if not may_change(viewer, known):
        return refused(ErrorCode.FORBIDDEN, OF_SOMEBODY_ELSE, "taskId")
    if expected_version not in (None, known["version"]):
        message = f"The task is at version {known['version']} now; read it again and retry."
        return outdated(id, message, "expectedVersion")
    return known
