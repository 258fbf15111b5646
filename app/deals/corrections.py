"""Putting right what a closed deal says: its amount, its owner, when it was to close and when it did.

By the vendor's people, with a reason. `closedAt` stays, unless it is itself put right; then the deal's last move and
the time that it spent in the stage before follow. What was there before is kept with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from app.database import Transaction
from app.deals.confirming import PATHS, standing_of
from app.deals.fields import text_problem
from app.deals.former_times import time_problem
from app.deals.opportunity_fields import EARLIEST
from app.deals.store import StoredDeal
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.vocabulary import ConfirmedBy, ErrorCode, OpportunityStatus

COLUMNS = {
    "amount": ("amount", "currency"),
    "closedAt": ("closed_at",),
    "expectedCloseDate": ("expected_close_date",),
    "owner": ("owner_id",),
}
"""What may be corrected, in the API's words."""
LONGEST_REASON = 2_000

_BEFORE = """
SELECT at FROM stage_transition WHERE opportunity_id = $1 ORDER BY seq DESC OFFSET 1 LIMIT 1
"""
_MOVE_CLOSING = """
WITH closing AS (
  UPDATE stage_transition t SET at = $2, seconds_in_previous_stage = extract(epoch FROM $2 - before.at)::bigint
  FROM (SELECT max(seq) AS seq FROM stage_transition WHERE opportunity_id = $1) last
  LEFT JOIN stage_transition before ON before.opportunity_id = $1 AND before.seq = last.seq - 1
  WHERE t.opportunity_id = $1 AND t.seq = last.seq
)
UPDATE opportunity SET entered_stage_at = $2 WHERE id = $1
"""
_KEEP = """
INSERT INTO correction (id, opportunity_id, field, before, after, reason, at, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


@dataclass(frozen=True, slots=True)
class Correcting:
    """`fields` to be corrected, in the API's words, none for an open deal; `values`: the columns that change."""

    fields: Sequence[str]
    values: Mapping[str, Any]
    reason: str | None


async def closing_problem(
    tx: Transaction, viewer: Viewer, found: StoredDeal, correcting: Correcting, now: datetime
) -> Refused | None:
    """Why the viewer may not correct these fields of a closed deal so."""
    corrected, values, reason = correcting.fields, correcting.values, correcting.reason
    if found.status is OpportunityStatus.OPEN:
        if "closed_at" in values:
            message = "The deal is open: `advanceStage` closes it, and takes `at`."
            return refused(ErrorCode.INVALID, message, "closedAt")
        return None
    faults = Faults()
    for name in corrected:
        if name not in COLUMNS:
            faults.note(
                refused(ErrorCode.INVALID, "The deal is closed; have it reopened first.", PATHS.get(name, name))
            )
    if faults or not corrected:
        return faults.refusal()
    if standing_of(viewer) is not ConfirmedBy.VENDOR:
        message = "The deal is closed, and the vendor's people correct it: ask your channel manager."
        return refused(ErrorCode.FORBIDDEN, message, PATHS.get(corrected[0], corrected[0]))
    if not (reason or "").strip():
        message = "The deal is closed: say why it has to be corrected."
        faults.note(refused(ErrorCode.INVALID, message, "reason"))
    faults.note(text_problem(reason, LONGEST_REASON, "reason"), await _date_problem(tx, found, values, now))
    return faults.refusal()


async def _date_problem(tx: Transaction, found: StoredDeal, values: Mapping[str, Any], now: datetime) -> Refused | None:
    if "closed_at" not in values:
        return None
    closed_at: datetime | None = values["closed_at"]
    if closed_at is None:
        return refused(
            ErrorCode.INVALID, "`closedAt` of a closed deal can't be empty; have the deal reopened instead.", "closedAt"
        )
    if closed_at < datetime.combine(EARLIEST, time.min, UTC):
        return refused(ErrorCode.INVALID, f"A deal can't have closed before {EARLIEST}.", "closedAt")
    if closed_at > now:
        return refused(ErrorCode.INVALID, "A deal can't have closed in the future.", "closedAt")
    before = await tx.fetchrow(_BEFORE, found.id)
    if before is not None and closed_at < before["at"]:
        since = before["at"].isoformat(timespec="seconds")
        return refused(ErrorCode.INVALID, f"The deal can't have closed before its move at {since}.", "closedAt")
    return await time_problem(tx, found.id, closed_at, "closedAt")


async def correct(tx: Transaction, viewer: Viewer, found: StoredDeal, correcting: Correcting, at: datetime) -> None:
    """Keep what was there. To be called before the values are written."""
    values, reason = correcting.values, (correcting.reason or "").strip()
    for name in dict.fromkeys(correcting.fields):
        was, becomes = (_written(name, row) for row in (found.row, {**found.row, **values}))
        await tx.execute(_KEEP, new_id(), found.id, name, was, becomes, reason, at, viewer.user_id)
    if "closed_at" in values:
        await tx.execute(_MOVE_CLOSING, found.id, values["closed_at"])


def _written(name: str, row: Mapping[str, Any]) -> str | None:
    parts = [_text(row[column]) for column in COLUMNS[name] if row[column] is not None]
    return " ".join(parts) or None


def _text(value: object) -> str:
    match value:
        case UUID():
            return f"usr_{value}"
        case date():
            return value.isoformat()
    return str(value)
