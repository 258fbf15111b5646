"""Rights to confirm criteria and activities, and the fields of a deal that a confirmation locks.

| `confirmedBy`     | marks the criterion, completes the activity, and takes either back         |
|-------------------|----------------------------------------------------------------------------|
| `ANYONE_ON_DEAL`  | whoever may edit the deal                                                  |
| `PARTNER_MANAGER` | the partner's managers and the vendor's people                             |
| `VENDOR`          | the vendor's people: channel managers and administrators                   |

A mark counts as long as who made it could confirm what the criterion asks for today. As long as it counts, those who
couldn't confirm it can't change the fields that it rests on (`Criterion.locks`), its evidence, or itself.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from app.deals import messages, rules
from app.deals.rules import Activity, Criterion, may_confirm
from app.deals.store import StoredDeal, stands
from app.identity.viewer import Viewer
from app.outcomes import Refused, UserError, refused
from app.vocabulary import ConfirmedBy, ErrorCode, OpportunityStatus, Permission, Role

PATHS = {"account": "accountId", "owner": "ownerId", "partner": "partnerId"}
"""Of fields that the input spells otherwise."""


def standing_of(viewer: Viewer) -> ConfirmedBy:
    """The most that the viewer may confirm."""
    if viewer.is_vendor and viewer.role in (Role.CHANNEL_MANAGER, Role.VENDOR_ADMIN):
        return ConfirmedBy.VENDOR
    return ConfirmedBy.PARTNER_MANAGER if viewer.role is Role.PARTNER_MANAGER else ConfirmedBy.ANYONE_ON_DEAL


def actor_of(viewer: Viewer) -> rules.Actor:
    return rules.Actor(
        may_advance=viewer.may(Permission.ADVANCE),
        may_override=viewer.may(Permission.OVERRIDE),
        may_reopen=viewer.may(Permission.REOPEN),
        standing=standing_of(viewer),
        language=viewer.language,
    )


def mark_problem(viewer: Viewer, found: StoredDeal, asked: Criterion | Activity, argument: str) -> Refused | None:
    """Why the viewer may say nothing about it."""
    if found.status is not OpportunityStatus.OPEN:
        message = "The deal is closed, and what was said of it stays; have it reopened first."
        return refused(ErrorCode.INVALID, message, "opportunityId")
    if may_confirm(standing_of(viewer), asked.confirmed_by):
        return None
    play = found.play.spoken(viewer.language)
    told = play.criteria[asked.id] if isinstance(asked, Criterion) else play.activities[asked.id]
    message = messages.not_yours(told.text, asked.confirmed_by, viewer.language)
    return refused(ErrorCode.FORBIDDEN, message, argument)


def locked_fields(viewer: Viewer, found: StoredDeal) -> dict[str, Criterion]:
    """The names of the fields that the viewer may not change, and which confirmation keeps each."""
    locked: dict[str, Criterion] = {}
    for criterion in _out_of_reach(standing_of(viewer), found):
        for name in criterion.locks:
            locked.setdefault(name, criterion)
    return locked


def lock_problem(viewer: Viewer, found: StoredDeal, changed: Iterable[str]) -> Refused | None:
    """Why the viewer may not change fields of these names. Each that is locked is named once."""
    fields = set(changed)
    locked = {name: criterion for name, criterion in locked_fields(viewer, found).items() if name in fields}
    if not locked:
        return None
    told = found.play.spoken(viewer.language).criteria
    return Refused(
        tuple(
            UserError(
                ErrorCode.FORBIDDEN,
                messages.locked(told[criterion.id].text, criterion.confirmed_by, viewer.language),
                (PATHS.get(name, name),),
            )
            for name, criterion in sorted(locked.items())
        )
    )


def _out_of_reach(standing: ConfirmedBy, found: StoredDeal) -> Iterator[Criterion]:
    """Criteria that are confirmed, and not by those of this standing."""
    for id in found.marks:
        criterion = found.play.criteria.get(id)
        if criterion and not may_confirm(standing, criterion.confirmed_by) and counts(found, id):
            yield criterion


def counts(found: StoredDeal, criterion_id: UUID) -> bool:
    """Whether somebody has confirmed the manual criterion who may."""
    mark, criterion = found.marks.get(criterion_id), found.play.criteria[criterion_id]
    return mark is not None and mark.met and stands(mark, criterion)
