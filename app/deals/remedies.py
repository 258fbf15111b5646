"""Changes that may meet a condition: for those whom it blocks, and for the review of a playbook.

A condition speaks of the fields of a deal, its account and its partner. Mutations set them by inputs of their own;
which there are, the schema says (`use_inputs`), so that a field that nothing can set is known as such.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.deals.conditions import LANGUAGE
from app.nouns import NOUNS
from app.vocabulary import BlockerCode, Permission
from expressions import SyntaxProblem, tree
from expressions.mentions import Path, mentions

OF_DEALS, OF_ACCOUNTS, OF_PARTNERS = "Opportunity", "Account", "Partner"
NAMED_BY = {OF_DEALS: "opportunityId", OF_ACCOUNTS: "accountId", OF_PARTNERS: "partnerId"}
"""The input field by which a mutation is told what it changes, by the type of that."""
RECORDS = {"account": OF_ACCOUNTS, "partner": OF_PARTNERS}
ANSWERS = "qualification"
REGISTRATION = "registration"
REGISTERING = (
    ("saveRegistration", "opportunityId"),
    ("submitRegistration", "registrationId"),
    ("approveRegistration", "registrationId"),
)
"""By whom and by what a deal comes to be registered, one after the other."""
NEEDED: Mapping[str, Permission] = {name: needed for noun in NOUNS for name, needed in noun.permissions.items()}
"""Permissions, by the mutation that takes them."""
BY_TIME = frozenset({"daysInStage"})
INPUTS_OF = {
    "currency": ("amount",),
    "closeDate": ("expectedCloseDate",),
    "daysToClose": ("expectedCloseDate",),
    "owner": ("ownerId",),
    "account": ("accountId",),
    "partner": ("partnerId",),
    "stage": ("toStageKey",),
    "status": ("toStageKey",),
}
"""Input fields by the fields of a deal that they set, where they are called otherwise."""

Inputs = Mapping[str, Mapping[str, frozenset[str]]]
"""Fields of the inputs of mutations, by the type of what is changed and the mutation's name."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A mutation, and the fields of its input that matter; `qualification.KEY` is the answer to that question."""

    mutation: str
    fields: tuple[str, ...]


_inputs: Inputs = {}


def use_inputs(inputs: Inputs) -> None:
    """From now on, mutations take these."""
    global _inputs
    _inputs = inputs
    of_condition.cache_clear()


def remedies(code: BlockerCode, condition: str | None, permissions: Container[Permission]) -> tuple[Remedy, ...]:
    """What somebody with these permissions can do to clear a blocker. `condition`: of its criterion, where the deal's
    own fields decide. Empty where only time, or whoever has the right, can."""
    return tuple(one for one in _of_blocker(code, condition) if NEEDED[one.mutation] in permissions)


def _of_blocker(code: BlockerCode, condition: str | None) -> tuple[Remedy, ...]:
    match code:
        case BlockerCode.EXIT_CRITERION_UNMET | BlockerCode.ENTRY_CRITERION_UNMET:
            return (Remedy("markCriterion", ("met",)),) if condition is None else of_condition(condition)
        case BlockerCode.ACTIVITY_OPEN:
            return (Remedy("completeActivity", ("status",)),)
        case BlockerCode.NOT_LAST_OPEN_STAGE | BlockerCode.OPPORTUNITY_CLOSED:
            return (Remedy("advanceStage", ("toStageKey",)),)
    return ()


@lru_cache(maxsize=4_096)
def of_condition(text: str) -> tuple[Remedy, ...]:
    try:
        node = tree.parse(text)
    except SyntaxProblem:
        return ()
    found: dict[str, dict[str, None]] = {}
    for mention in mentions(node, LANGUAGE.root):
        for mutation, field in _setters(mention.path, changing=True):
            found.setdefault(mutation, {})[field] = None
    return tuple(Remedy(mutation, tuple(fields)) for mutation, fields in found.items())


def of_path(path: Path) -> Remedy | None:
    """What sets one field of a deal, its account or its partner that is there; `updateOpportunity` where it does."""
    found = list(_setters(path, changing=True))
    if path[:1] != (REGISTRATION,):
        found.sort(key=lambda one: one[0] != "updateOpportunity")
    return Remedy(found[0][0], (found[0][1],)) if found else None


def is_fillable(path: Path) -> bool:
    """Whether a mutation sets it for a new deal or an old one, or time does. True as long as nobody has said which
    mutations there are."""
    if not _inputs or not path or path[0] in BY_TIME or (path[0] == ANSWERS and len(path) == 1):
        return True
    return any(_setters(path, changing=False))


def _setters(path: Path, *, changing: bool) -> Iterator[tuple[str, str]]:
    """Mutations with the input's field; `changing`: those that take a thing that is there."""
    if not path:
        return
    if path[0] == REGISTRATION:
        yield from REGISTERING
        return
    of, names, shown = OF_DEALS, INPUTS_OF.get(path[0], (path[0],)), ""
    if path[0] in RECORDS and len(path) > 1:
        of, names = RECORDS[path[0]], (path[1],)
    elif path[0] == ANSWERS:
        if len(path) == 1:
            return
        shown = f"{ANSWERS}.{path[1]}"
    for mutation, fields in _inputs.get(of, {}).items():
        if changing and NAMED_BY[of] not in fields:
            continue
        yield from ((mutation, shown or name) for name in names if name in fields)
