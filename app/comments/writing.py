"""Writing, changing and taking back comments. Their texts stand in their table alone: events and the audit log tell who
did what to which, in ids."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import asyncpg

from app.database import Transaction
from app.database.sql import Slot, Statement, sql
from app.deals.editing import within
from app.deals.fields import text_problem
from app.events import append, facts
from app.identity.scopes import VisibilityScope, scope_of, slots_of
from app.identity.viewer import Viewer
from app.identity.visibility import visible
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.vocabulary import CommentAudience, ErrorCode, EventType, Permission, Role

LONGEST = 5_000

_ID = Slot("id")
_INSERT = """
INSERT INTO comment (id, {on}, author_id, organization_id, audience, body, created_at)
VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())
"""
_EDIT = "UPDATE comment SET body = $2, edited_at = clock_timestamp() WHERE id = $1"
_REMOVE = "UPDATE comment SET body = '', removed_at = clock_timestamp() WHERE id = $1"


DEAL, REGISTRATION = "opportunity", "deal_registration"


@dataclass(frozen=True, slots=True)
class Place:
    """`table`: DEAL or REGISTRATION, and which row of it is spoken of."""

    table: str
    id: UUID

    @property
    def column(self) -> str:
        return "opportunity_id" if self.table == DEAL else "registration_id"

    @property
    def argument(self) -> str:
        return "opportunityId" if self.table == DEAL else "registrationId"


@dataclass(frozen=True, slots=True)
class CommentWritten:
    comment_id: UUID


async def add_comment(
    viewer: Viewer,
    on: Place,
    body: str,
    audience: CommentAudience,
    *,
    tx: Transaction | None = None,
) -> CommentWritten | Refused:
    """On a deal or a registration that the viewer sees. Its version stays: who may not read a comment isn't told of it
    by that."""
    faults = Faults()
    faults.note(_body_problem(body))
    async with within(tx) as own:
        if not await _may_comment(own, viewer, on):
            message = f"There is no such {'deal' if on.table == DEAL else 'registration'}."
            return faults.beside(refused(ErrorCode.NOT_FOUND, message, on.argument))
        if faults:
            return faults.refused()
        id = new_id()
        said = (viewer.user_id, viewer.organization_id, audience.value, body.strip())
        await own.execute(_INSERT.format(on=on.column), id, on.id, *said)
        await _announce(own, viewer, EventType.COMMENT_ADDED, id, on, audience, viewer.organization_id)
        return CommentWritten(id)


async def edit_comment(
    viewer: Viewer, comment_id: UUID, body: str, *, tx: Transaction | None = None
) -> CommentWritten | Refused:
    """Of the viewer's own; what is as it was changes nothing."""
    faults = Faults()
    faults.note(_body_problem(body))
    async with within(tx) as own:
        stored = await _locked(own, viewer, comment_id)
        if isinstance(stored, Refused):
            return faults.beside(stored)
        if stored["author_id"] != viewer.user_id:
            message = "Only its author changes a comment; write one of your own."
            faults.note(refused(ErrorCode.FORBIDDEN, message, "commentId"))
        if faults:
            return faults.refused()
        if stored["body"] != body.strip():
            await own.execute(_EDIT, comment_id, body.strip())
            await _announce_stored(own, viewer, EventType.COMMENT_EDITED, stored)
        return CommentWritten(comment_id)


async def remove_comment(
    viewer: Viewer, comment_id: UUID, *, tx: Transaction | None = None
) -> CommentWritten | Refused:
    """The text is gone for good; that there was a comment, by whom and when, stays. By its author, by managers of the
    author's organisation, and by the vendor's people."""
    async with within(tx) as own:
        stored = await _locked(own, viewer, comment_id)
        if isinstance(stored, Refused):
            return stored
        if not _may_remove(viewer, stored):
            message = "Only its author and managers take a comment back; ask one of them."
            return refused(ErrorCode.FORBIDDEN, message, "commentId")
        await own.execute(_REMOVE, comment_id)
        await _announce_stored(own, viewer, EventType.COMMENT_REMOVED, stored)
        return CommentWritten(comment_id)


def _body_problem(body: str) -> Refused | None:
    return text_problem(body, LONGEST, "body", least=1)


def _may_remove(viewer: Viewer, stored: asyncpg.Record) -> bool:
    if stored["author_id"] == viewer.user_id or viewer.may(Permission.OVERRIDE):
        return True
    return viewer.role is Role.PARTNER_MANAGER and stored["organization_id"] == viewer.organization_id


async def _may_comment(tx: Transaction, viewer: Viewer, on: Place) -> bool:
    statement = _commenting(scope_of(viewer), on.table)
    slots = {**slots_of(viewer), _ID.name: on.id}
    return await tx.fetchrow(statement.text, *statement.arguments(slots)) is not None


@lru_cache(maxsize=8)
def _commenting(scope: VisibilityScope, table: str) -> Statement:
    """A deal stays with whom it is until the transaction ends, since comments stay with who had the deal."""
    return sql(
        f"SELECT o.id FROM {table} o WHERE o.id = {{}} AND {{}} FOR SHARE OF o",  # noqa: S608 (one of two names)
        _ID,
        visible(scope, table, "o"),
    ).statement()


@lru_cache(maxsize=8)
def _locking(scope: VisibilityScope) -> Statement:
    return sql(
        "SELECT c.id, c.author_id, c.organization_id, c.opportunity_id, c.registration_id, c.audience, c.body,"
        " c.removed_at FROM comment c"
        " WHERE c.id = {} AND {} FOR UPDATE OF c",
        _ID,
        visible(scope, "comment", "c"),
    ).statement()


async def _locked(tx: Transaction, viewer: Viewer, id: UUID) -> asyncpg.Record | Refused:
    statement = _locking(scope_of(viewer))
    stored = await tx.fetchrow(statement.text, *statement.arguments({**slots_of(viewer), _ID.name: id}))
    if stored is None:
        return refused(ErrorCode.NOT_FOUND, "There is no such comment.", "commentId")
    if stored["removed_at"] is not None:
        return refused(ErrorCode.INVALID, "The comment was removed; write a new one.", "commentId")
    return stored


async def _announce_stored(tx: Transaction, viewer: Viewer, type_: EventType, stored: asyncpg.Record) -> None:
    audience = CommentAudience(stored["audience"])
    on = Place(DEAL, stored["opportunity_id"])
    if stored["registration_id"] is not None:
        on = Place(REGISTRATION, stored["registration_id"])
    await _announce(tx, viewer, type_, stored["id"], on, audience, stored["organization_id"])


async def _announce(
    tx: Transaction,
    viewer: Viewer,
    type_: EventType,
    id: UUID,
    on: Place,
    audience: CommentAudience,
    organization_id: UUID,
) -> None:
    own = audience is CommentAudience.OWN_ORGANIZATION  # the vendor's own is seen by no partner anyway
    fact = facts.comment_changed(
        type_,
        id,
        on={on.argument: on.id},
        audience=audience,
        alone_for=organization_id if own and not viewer.is_vendor else None,
        actor_id=viewer.user_id,
    )
    await append(tx, fact)
