"""Writing a step: the registration, its history, the event, and what its deal repeats of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.database import Transaction
from app.deals.fields import change
from app.deals.moves import move_on
from app.deals.store import deal
from app.events import append, facts
from app.identity.system_viewer import SYSTEM_VIEWER
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.registrations import rules
from app.registrations.stored import StoredRegistration
from app.vocabulary import EventType, RegistrationStatus, RegistrationStepKind, RejectionCode

Kind = RegistrationStepKind
Status = RegistrationStatus

EVENTS: Mapping[Kind, EventType] = {
    Kind.SAVE: EventType.REGISTRATION_SAVED,
    Kind.SUBMIT: EventType.REGISTRATION_SUBMITTED,
    Kind.WITHDRAW: EventType.REGISTRATION_WITHDRAWN,
    Kind.START_REVIEW: EventType.REGISTRATION_REVIEW_STARTED,
    Kind.REQUEST_CHANGES: EventType.REGISTRATION_CHANGES_REQUESTED,
    Kind.APPROVE: EventType.REGISTRATION_APPROVED,
    Kind.REJECT: EventType.REGISTRATION_REJECTED,
    Kind.REQUEST_EXTENSION: EventType.REGISTRATION_EXTENSION_REQUESTED,
    Kind.EXTEND: EventType.REGISTRATION_EXTENDED,
    Kind.DECLINE_EXTENSION: EventType.REGISTRATION_EXTENSION_DECLINED,
    Kind.REVIEW_AGAIN: EventType.REGISTRATION_UNDER_REVIEW_AGAIN,
    Kind.EXPIRE: EventType.REGISTRATION_EXPIRED,
    Kind.REVOKE: EventType.REGISTRATION_REVOKED,
    Kind.REINSTATE: EventType.REGISTRATION_REINSTATED,
}
_STEP = """
INSERT INTO registration_step (id, registration_id, seq, kind, from_status, to_status, at, actor_id, automatic,
  changed, code, reason, note, overridden)
SELECT $1, $2, 1 + coalesce(max(s.seq), 0), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
FROM registration_step s WHERE s.registration_id = $2
"""
_REPEAT = """
UPDATE opportunity SET registration_id = $2, registration_status = $3, protected_until = $4,
  deal_type = coalesce($5, deal_type), version = version + 1, updated_at = $6
WHERE id = $1 AND (registration_id, registration_status, protected_until, deal_type)
  IS DISTINCT FROM ($2, $3, $4, coalesce($5, deal_type))
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Stepped:
    """`created`: by this step. `transition_id`: of its deal, when that moved on."""

    registration_id: UUID
    created: bool = False
    opportunity_id: UUID | None = None
    transition_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that may be taken. `values`: by column; `changed`: in the API's words. `overridden`: in spite of
    conflicts."""

    kind: Kind
    to: Status
    values: Mapping[str, Any] = field(default_factory=dict)
    changed: Sequence[str] = ()
    reason: str | None = None
    note: str | None = None
    code: RejectionCode | None = None
    automatic: bool = False
    overridden: bool = False


async def record(
    tx: Transaction, viewer: Viewer | None, found: StoredRegistration, taken: Taken, at: datetime
) -> Stepped:
    """`viewer`: whose step it is; None: the system's. `found`: locked."""
    actor = viewer.user_id if viewer else None
    values = {**taken.values, "status": taken.to.value, "updated_at": at}
    await change(tx, "deal_registration", found.id, values, "version = version + 1")
    await note_step(tx, found.id, actor, found.status, taken, at)
    row = {**found.row, **values}
    before, after = found.opportunity_id, row["opportunity_id"]
    if before is not None and before != after:
        await _tell(tx, viewer, before, (None, None, None, None), at)
    moved = await repeat(tx, viewer, row, at) if after is not None else None
    return Stepped(found.id, opportunity_id=after, transition_id=moved)


async def note_step(
    tx: Transaction, id: UUID, actor: UUID | None, before: Status | None, taken: Taken, at: datetime
) -> None:
    """In its history and in the log; the registration itself is written already."""
    step = (taken.kind.value, before and before.value, taken.to.value, at, actor, taken.automatic, list(taken.changed))
    said = (taken.code and taken.code.value, taken.reason, taken.note, taken.overridden)
    await tx.execute(_STEP, new_id(), id, *step, *said)
    partner = await tx.fetchrow("SELECT partner_id FROM deal_registration WHERE id = $1", id)
    assert partner is not None, "it is locked"
    more: dict[str, object] = {"fields": sorted(taken.changed)} if taken.changed else {}
    if taken.code is not None:
        more["code"] = taken.code.value
    event = facts.registration_step(
        EVENTS[taken.kind], id, status=taken.to, partner_id=partner["partner_id"], actor_id=actor, **more
    )
    await append(tx, event)


async def repeat(tx: Transaction, viewer: Viewer | None, row: Mapping[str, Any], at: datetime) -> UUID | None:
    """Let the deal say what its registration says, and advance if that lets it; the last transition's id."""
    status = Status(row["status"])
    protected = row["protected_until"] if status in rules.ALIVE else None
    return await _tell(tx, viewer, row["opportunity_id"], (row["id"], status.value, protected, row["deal_type"]), at)


async def _tell(
    tx: Transaction, viewer: Viewer | None, deal_id: UUID, said: tuple[object, ...], at: datetime
) -> UUID | None:
    before = await deal(tx, SYSTEM_VIEWER, deal_id)
    if before is None or await tx.fetchrow(_REPEAT, deal_id, *said, at) is None:
        return None
    actor = viewer.user_id if viewer else None
    leader = before.partner_id  # who sells along doesn't hear of it
    told = facts.opportunity_updated(deal_id, fields=["registration"], actor_id=actor, partner_id=leader)
    await append(tx, told)
    return await move_on(tx, viewer, before, deal_id, at)


async def begin(tx: Transaction, values: Mapping[str, Any]) -> bool:
    """Write a new registration; False when its number is taken."""
    columns = ", ".join(values)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    row = await tx.fetchrow(
        f"INSERT INTO deal_registration ({columns}) VALUES ({places})"  # noqa: S608 (names of columns)
        " ON CONFLICT (number) DO NOTHING RETURNING id",
        *values.values(),
    )
    return row is not None
