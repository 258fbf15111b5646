"""The life of a registration: which steps may be taken in which state, by whom, and where they lead.

Everything here decides from plain data; nothing is read or written. P: the partner's people, V: the vendor's reviewers,
S: the system.

| step              | from                         | to                | by  | unless                    |
|-------------------|------------------------------|-------------------|-----|---------------------------|
| SAVE              | filled in                    |                   | P V |                           |
| SUBMIT            | filled in                    | SUBMITTED         | P V | resubmitted too often     |
| WITHDRAW          | filled in, undecided         | WITHDRAWN         | P   |                           |
| START_REVIEW      | undecided                    | IN_REVIEW         | V   | contributed               |
| REQUEST_CHANGES   | undecided                    | CHANGES_REQUESTED | V   |                           |
| APPROVE           | undecided                    | APPROVED          | V S | contributed               |
| REJECT            | undecided, CHANGES_REQUESTED | REJECTED          | V   |                           |
| REQUEST_EXTENSION | APPROVED                     |                   | P   | one pending, or none left |
| EXTEND            | APPROVED                     |                   | V   | contributed, or none left |
| DECLINE_EXTENSION | APPROVED                     |                   | V   | none pending              |
| REVIEW_AGAIN      | APPROVED                     | SUBMITTED         | S   |                           |
| EXPIRE            | APPROVED                     | EXPIRED           | S   |                           |
| REVOKE            | APPROVED                     | REVOKED           | V   |                           |
| REINSTATE         | REJECTED, WITHDRAWN          | IN_REVIEW         | V   | contributed               |
|                   | EXPIRED, REVOKED             | APPROVED          | V   | contributed               |

Filled in: DRAFT and CHANGES_REQUESTED. Undecided: SUBMITTED and IN_REVIEW. Without a `to`, it stays where it is.
Contributed: whoever saved, submitted, or asked for what is to be decided doesn't decide it. A registration that is
withdrawn, rejected, expired or revoked changes only by being reinstated.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.vocabulary import RegistrationStatus, RegistrationStepKind

Status = RegistrationStatus
Kind = RegistrationStepKind

FILLED_IN = frozenset({Status.DRAFT, Status.CHANGES_REQUESTED})
"""Where its fields may change."""
UNDECIDED = frozenset({Status.SUBMITTED, Status.IN_REVIEW})
ALIVE = FILLED_IN | UNDECIDED | {Status.APPROVED}
OPEN = UNDECIDED | {Status.CHANGES_REQUESTED, Status.APPROVED}
"""What counts against `maxOpenPerPartner`."""
ENDED = frozenset(Status) - ALIVE
_APPROVED_ONCE = frozenset({Status.EXPIRED, Status.REVOKED})


@dataclass(frozen=True, slots=True)
class State:
    """`resubmissions_left`: None: any number."""

    status: Status
    pending_extension: bool = False
    extensions_left: int = 0
    submissions: int = 0
    resubmissions_left: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """`registers`: one of the registration's partner, or of the vendor, who may register. `reviews`: one of the
    vendor's who may review. `contributed`: see above."""

    registers: bool = False
    reviews: bool = False
    is_vendor: bool = False
    contributed: bool = False
    is_system: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """`to` None: it stays as it is."""

    sources: frozenset[Status]
    to: Status | None
    by_partner: bool = False
    by_vendor_registering: bool = False
    by_reviewer: bool = False
    by_system: bool = False
    not_by_contributors: bool = False


RULES: Mapping[Kind, Rule] = {
    Kind.SAVE: Rule(FILLED_IN, None, by_partner=True, by_vendor_registering=True),
    Kind.SUBMIT: Rule(FILLED_IN, Status.SUBMITTED, by_partner=True, by_vendor_registering=True),
    Kind.WITHDRAW: Rule(FILLED_IN | UNDECIDED, Status.WITHDRAWN, by_partner=True),
    Kind.START_REVIEW: Rule(UNDECIDED, Status.IN_REVIEW, by_reviewer=True, not_by_contributors=True),
    Kind.REQUEST_CHANGES: Rule(UNDECIDED, Status.CHANGES_REQUESTED, by_reviewer=True),
    Kind.APPROVE: Rule(UNDECIDED, Status.APPROVED, by_reviewer=True, by_system=True, not_by_contributors=True),
    Kind.REJECT: Rule(UNDECIDED | {Status.CHANGES_REQUESTED}, Status.REJECTED, by_reviewer=True),
    Kind.REQUEST_EXTENSION: Rule(frozenset({Status.APPROVED}), None, by_partner=True),
    Kind.EXTEND: Rule(frozenset({Status.APPROVED}), None, by_reviewer=True, not_by_contributors=True),
    Kind.DECLINE_EXTENSION: Rule(frozenset({Status.APPROVED}), None, by_reviewer=True),
    Kind.REVIEW_AGAIN: Rule(frozenset({Status.APPROVED}), Status.SUBMITTED, by_system=True),
    Kind.EXPIRE: Rule(frozenset({Status.APPROVED}), Status.EXPIRED, by_system=True),
    Kind.REVOKE: Rule(frozenset({Status.APPROVED}), Status.REVOKED, by_reviewer=True),
    Kind.REINSTATE: Rule(ENDED, Status.IN_REVIEW, by_reviewer=True, not_by_contributors=True),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """`forbidden`: somebody else may take the step; otherwise nobody may, as it stands."""

    message: str
    forbidden: bool = False


def decide(state: State, kind: Kind, actor: Actor) -> Status | Refusal:
    """The status after the step, or why this one may not take it now."""
    rule = RULES[kind]
    if not _is_for(rule, actor):
        return Refusal(_WHOSE[rule.by_partner, rule.by_reviewer], forbidden=True)
    if state.status not in rule.sources:
        return Refusal(f"The registration is {state.status} now, where this can't be done; see `allowedSteps`.")
    if rule.not_by_contributors and actor.contributed:
        return Refusal("Whoever filled it in or submitted it doesn't decide it; ask a colleague.", forbidden=True)
    exhausted = _exhausted(state, kind)
    if exhausted is not None:
        return Refusal(exhausted)
    if kind is Kind.REINSTATE and state.status in _APPROVED_ONCE:
        return Status.APPROVED
    return rule.to or state.status


def allowed(state: State, actor: Actor) -> list[Kind]:
    """All steps that this one may take now, in the order of the enumeration."""
    return [kind for kind in Kind if not isinstance(decide(state, kind, actor), Refusal)]


def _is_for(rule: Rule, actor: Actor) -> bool:
    if actor.is_system:
        return rule.by_system
    if actor.is_vendor:
        return (rule.by_reviewer and actor.reviews) or (rule.by_vendor_registering and actor.registers)
    return rule.by_partner and actor.registers


def _exhausted(state: State, kind: Kind) -> str | None:
    match kind:
        case Kind.SUBMIT if state.submissions and state.resubmissions_left == 0:
            return "It has been submitted as often as its policy allows; ask your channel manager."
        case Kind.REQUEST_EXTENSION if state.pending_extension:
            return "An extension has been asked for already, and waits for the vendor's decision."
        case Kind.REQUEST_EXTENSION | Kind.EXTEND if state.extensions_left <= 0:
            return "It has been extended as often as its policy allows."
        case Kind.DECLINE_EXTENSION if not state.pending_extension:
            return "Nobody has asked for an extension."
    return None


_WHOSE = {
    (True, False): "This is for the partner's people.",
    (False, True): "This is for the vendor's reviewers.",
    (False, False): "The system does this by itself.",
    (True, True): "Your role may not do this.",
}
