"""A contact that a change is about, locked until the transaction ends, or why the viewer may not change it."""

from functools import lru_cache
from uuid import UUID

import asyncpg

from app.contacts.values import FIELDS
from app.database import Transaction
from app.database.sql import Slot, Sql, Statement, sql
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.outcomes import Refused, outdated, refused
from app.vocabulary import ErrorCode

CONTACT = Slot("contact")


@lru_cache(maxsize=8)
def _locking(scope: VisibilityScope) -> Statement:
    columns = ", ".join(f"c.{column}" for column in ("version", "account_id", "partner_id", *FIELDS))
    seen: Sql = visible(scope, "contact", "c")
    return sql(
        f"SELECT {columns} FROM contact c WHERE c.id = {{}} AND {{}} FOR UPDATE OF c",  # noqa: S608
        CONTACT,
        seen,
    ).statement()


async def locked(tx: Transaction, viewer: Viewer, id: UUID, expected: int | None) -> asyncpg.Record | Refused:
    statement = _locking(scope_of(viewer))
    stored = await tx.fetchrow(statement.text, *statement.arguments({**slots_of(viewer), CONTACT.name: id}))
    if stored is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such person.", "contactId")
    if not viewer.is_vendor and stored["partner_id"] != viewer.organization_id:
        message = "This is the vendor's record of the person: ask your channel manager to change it."
        return refused(ErrorCode.FORBIDDEN, message, "contactId")
    if expected not in (None, stored["version"]):
        message = f"They are at version {stored['version']} now; read them again and retry."
        return outdated(id, message, "expectedVersion")
    return stored
