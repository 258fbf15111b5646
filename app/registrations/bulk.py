"""Many registrations at once, as a partner's CRM sends them: each on its own, so that what is wrong with one keeps none
of the others back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.deals.apart import apart
from app.identity.viewer import Viewer
from app.outcomes import Refused, UserError, refused
from app.registrations.saving import Form, save
from app.registrations.submitting import submit
from app.vocabulary import ErrorCode

MOST = 200
_BUSY = refused(ErrorCode.CONFLICT, "It is being changed by somebody else; read it again and retry.", "registrationId")


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
    saved = await apart(
        lambda tx: save(viewer, row.registration_id, form, expected_version=row.expected_version, tx=tx), _BUSY
    )
    if isinstance(saved, Refused):
        return RowSaved(errors=saved.errors)
    if not submits:
        return RowSaved(saved.registration_id, saved.created)
    submitted = await apart(lambda tx: submit(viewer, saved.registration_id, tx=tx), _BUSY)
    return RowSaved(saved.registration_id, saved.created, submitted.errors if isinstance(submitted, Refused) else ())
