"""Users and organizations as the use cases of this folder read and write them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.database.sql import joined, sql
from app.deals.parties import TURN
from app.identity.users import as_id
from app.identity.viewer import PERMISSIONS, Viewer
from app.members.rules import Access
from app.models.columns import new_id
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode, OrganizationKind, Permission, Role

_PERSON = """
SELECT u.id, u.name, u.email, u.role, u.active, u.subject, u.language, u.time_zone, u.deactivated_at, u.organization_id,
  u.placed, g.kind, g.name AS organization
FROM user_account u JOIN organization g ON g.id = u.organization_id WHERE NOT u.api_client AND {} FOR UPDATE OF u
"""
_PERSONS = "SELECT role FROM user_account WHERE id = $1 AND active"
_CLIENTS = "SELECT id FROM api_client WHERE id = $1 AND removed_at IS NULL"
_ADMINS = "SELECT count(*) AS n FROM user_account WHERE active AND role = 'VENDOR_ADMIN'"
_VENDOR = "SELECT id FROM organization WHERE kind = 'VENDOR' ORDER BY created_at LIMIT 1"
_NEW_VENDOR = """
INSERT INTO organization (id, key, name, kind) SELECT $1, 'vendor', $2, 'VENDOR'
WHERE NOT EXISTS (SELECT FROM organization WHERE kind = 'VENDOR') ON CONFLICT (key) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    name: str
    email: str | None
    subject: str | None
    language: str
    time_zone: str | None
    deactivated_at: datetime | None
    organization: str
    placed: bool
    standing: Access


_means: ContextVar[str] = ContextVar("by what changes are made that nobody in person makes", default="command")


@contextmanager
def acting_by(means: str) -> Iterator[None]:
    """What is changed inside by nobody in person is told to the audit log as done by this, instead of by a command."""
    token = _means.set(means)
    try:
        yield
    finally:
        _means.reset(token)


def means() -> str:
    return _means.get()


async def take_turn(tx: Transaction) -> None:
    """Until the transaction ends, nobody else changes users through these use cases, so that two can't each take the
    other's place, and nobody is made a deal's owner (`app.deals.parties`)."""
    await tx.fetchrow("SELECT pg_advisory_xact_lock($1)", TURN)


async def still_may(tx: Transaction, by: Viewer | None, permission: Permission) -> Refused | None:
    """What is known of a viewer may be seconds old, and may have changed while they waited for their turn."""
    if by is None:
        return None
    row = await tx.fetchrow(_CLIENTS if by.client else _PERSONS, by.user_id)
    if row is not None and by.client is not None:
        # Its scopes, as far as the token has them, stand in the viewer, who is read anew when they change.
        return None if by.may(permission) else refused(ErrorCode.FORBIDDEN, "This API client may not do this.")
    if row is not None and permission in PERMISSIONS[Role(row["role"])] and row["role"] == by.role:
        return None
    return refused(ErrorCode.FORBIDDEN, "Your role may not do this.")


async def person_by_id(tx: Transaction, user_id: UUID) -> Person | None:
    return _person(await tx.fetchrow(_PERSON.format("u.id = $1"), user_id))


async def person_by_address(tx: Transaction, key: str) -> Person | None:
    return _person(await tx.fetchrow(_PERSON.format("u.email_key = $1"), key))


async def person_by_subject(tx: Transaction, subject: str) -> Person | None:
    """As `app.identity.users` finds them, also who is inactive."""
    known = "u.subject = $1 OR (u.subject IS NULL AND u.id = $2)"
    return _person(await tx.fetchrow(_PERSON.format(known), subject, as_id(subject)))


def _person(row: asyncpg.Record | None) -> Person | None:
    if row is None:
        return None
    kind = OrganizationKind(row["kind"])
    return Person(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        subject=row["subject"],
        language=row["language"],
        time_zone=row["time_zone"],
        deactivated_at=row["deactivated_at"],
        organization=row["organization"],
        placed=row["placed"],
        standing=Access(row["organization_id"], kind, Role(row["role"]), row["active"]),
    )


def subject_digest(subject: str) -> str:
    """By which a subject is known again that was taken from a user."""
    return sha256(subject.encode()).hexdigest()


def former(subject: str) -> dict[str, object]:
    """What is kept of a subject that is taken from a user."""
    return {"former_subject": subject_digest(subject), "former_subject_at": datetime.now(UTC)}


async def admins(tx: Transaction) -> int:
    """How many there are who can sign in."""
    row = await tx.fetchrow(_ADMINS)
    return row["n"] if row else 0


async def vendor(tx: Transaction) -> UUID | None:
    """The vendor's organization."""
    row = await tx.fetchrow(_VENDOR)
    return None if row is None else row["id"]


async def vendor_made(tx: Transaction, name: str) -> UUID:
    """The vendor's organization; made, and called `name`, where there is none yet."""
    await tx.execute(_NEW_VENDOR, new_id(), name)
    found = await vendor(tx)
    assert found is not None
    return found


async def insert(tx: Transaction, table: str, values: Mapping[str, Any]) -> None:
    names = ", ".join(values)
    terms = joined(", ", (sql("{}", value) for value in values.values()))
    statement = sql(f"INSERT INTO {table} ({names}) VALUES ({{}})", terms).statement()  # noqa: S608
    await tx.execute(statement.text, *statement.arguments({}))


async def change(tx: Transaction, table: str, id: UUID, values: Mapping[str, Any]) -> None:
    terms = joined(", ", (sql(f"{column} = {{}}", value) for column, value in values.items()))
    statement = sql(f"UPDATE {table} SET {{}} WHERE id = {{}}", terms, id).statement()  # noqa: S608
    await tx.execute(statement.text, *statement.arguments({}))
