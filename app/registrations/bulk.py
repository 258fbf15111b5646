"""Many registrations at once, as a partner's CRM sends them: each on its own, so that what is wrong with one keeps none
of the others back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.database import Transaction, joined_transaction
from app.identity.viewer import Viewer
from app.outcomes import Refused, UserError, refused
from app.registrations.recording import Stepped
from app.registrations.saving import Form, save
from app.registrations.submitting import submit
from app.vocabulary import ErrorCode

MOST = 200


@dataclass(frozen=True, slots=True)
class Row:
    """`wrong`: what is wrong with it before it is looked at."""

    registration_id: UUID | None = None
    form: Form | None = None
    expected_version: int | None = None
    wrong: tuple[UserError, ...] = ()


@dataclass(frozen=True, slots=True)
class RowSaved:
    registration_id: UUID | None = None
    created: bool = False
    errors: tuple[UserError, ...] = ()


@dataclass(frozen=True, slots=True)
class RowsSaved:
    """In the order in which they were given."""

    rows: tuple[RowSaved, ...]


async def save_all(viewer: Viewer, rows: Sequence[Row], *, submits: bool) -> RowsSaved | Refused:
    """`submits`: what was saved is submitted as well; one that can't be stays a draft, and says why."""
    if not 0 < len(rows) <= MOST:
        return refused(ErrorCode.INVALID, f"Give 1 to {MOST} registrations.", "registrations")
    return RowsSaved(tuple([await _one(viewer, row, submits=submits) for row in rows]))


async def _one(viewer: Viewer, row: Row, *, submits: bool) -> RowSaved:
    form = row.form
    if row.wrong or form is None:
        return RowSaved(errors=row.wrong)
    saved = await _apart(
        lambda tx: save(viewer, row.registration_id, form, expected_version=row.expected_version, tx=tx)
    )
    if isinstance(saved, Refused):
        return RowSaved(errors=saved.errors)
    if not submits:
        return RowSaved(saved.registration_id, saved.created)
    submitted = await _apart(lambda tx: submit(viewer, saved.registration_id, tx=tx))
    return RowSaved(saved.registration_id, saved.created, submitted.errors if isinstance(submitted, Refused) else ())


class _Undone(Exception):
    def __init__(self, outcome: Refused) -> None:
        super().__init__("refused")
        self.outcome = outcome


async def _apart(act: Callable[[Transaction | None], Awaitable[Stepped | Refused]]) -> Stepped | Refused:
    """In a transaction of its own or, where the whole is made once, in a part of that one."""
    outer = joined_transaction()
    try:
        return await act(None) if outer is None else await _within(outer, act)
    except asyncpg.TransactionRollbackError:  # somebody else changed it at the same time, and this one gave way
        message = "It is being changed by somebody else; read it again and retry."
        return refused(ErrorCode.CONFLICT, message, "registrationId")


async def _within(
    outer: Transaction, act: Callable[[Transaction | None], Awaitable[Stepped | Refused]]
) -> Stepped | Refused:
    """Of what is refused, nothing stays."""
    try:
        async with outer.connection.transaction():
            outcome = await act(outer)
            if isinstance(outcome, Refused):
                raise _Undone(outcome)
            return outcome
    except _Undone as undone:
        return undone.outcome
