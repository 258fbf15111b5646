"""The fields of a registration that somebody may change now, and those that have to be filled in."""

from collections.abc import Iterable

from app.identity.viewer import Viewer
from app.outcomes import Faults, Refused, refused
from app.registrations import rules
from app.registrations.stored import StoredRegistration
from app.registrations.values import IDENTITY, NAMES, OF_THE_DEAL, is_filled
from app.vocabulary import ErrorCode, RegistrationStepKind


def editable(found: StoredRegistration, viewer: Viewer) -> list[str]:
    """In the API's words, in the order of the form; what `saveRegistration` refuses to change is not among them. Of one
    that was approved and is reviewed again, who and what it is about stays locked."""
    if isinstance(rules.decide(found.state(), RegistrationStepKind.SAVE, found.actor(viewer)), rules.Refusal):
        return []
    locked = IDENTITY | OF_THE_DEAL if found.row["approved_at"] is not None else frozenset()
    return [name for name in NAMES if name not in locked and (name != "answers" or found.policy.questions)]


def required(found: StoredRegistration) -> list[str]:
    """What has to be filled in before it is submitted, filled in or not; nothing once it is."""
    return list(found.policy.required()) if found.status in rules.FILLED_IN else []


def editable_problem(found: StoredRegistration, viewer: Viewer, names: Iterable[str]) -> Refused | None:
    """Why the viewer may not change fields of these names; each is named."""
    may, faults = set(editable(found, viewer)), Faults()
    for name in names:
        if name not in may:
            faults.note(refused(ErrorCode.INVALID, f"`{name}` can't be changed now.", *name.split(".")))
    return faults.refusal()


def missing_problem(found: StoredRegistration) -> Refused | None:
    """What has to be filled in and isn't; each is named."""
    faults = Faults()
    for name in found.policy.required():
        if not is_filled(found.filled, name):
            faults.note(refused(ErrorCode.INVALID, f"Fill in `{name}` before you submit it.", *name.split(".")))
    return faults.refusal()
