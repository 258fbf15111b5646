"""Fields of a deal that a viewer may change now, and those that its stage asks for, so that a form needs no rules of
its own. They are called as `Opportunity` has them; `updateOpportunity` refuses what isn't among the first."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from app.deals.conditions import LANGUAGE, Subject, stored_condition
from app.deals.confirming import locked_fields, standing_of
from app.deals.corrections import COLUMNS
from app.deals.opportunity_fields import FIELDS as SAID
from app.deals.remedies import ANSWERS
from app.deals.store import StoredDeal
from app.identity.viewer import Viewer
from app.vocabulary import ConfirmedBy, CriterionCheck, OpportunityStatus, Permission
from expressions import SyntaxProblem, tree
from expressions.mentions import Path, mentions

ALWAYS = frozenset({"nextStep", "notes", "qualification"})
"""What may change of a closed deal, too."""
_ALL = frozenset({*(field.name for field in SAID.values()), *("account", "amount", "owner", "partner"), *ALWAYS})
_OF_THE_LEAD = frozenset({"account", "owner", "partner"})
"""Of a deal that another partner leads."""
_NAMES: Mapping[str, str] = {
    **{
        name: name
        for name in ("name", "amount", "dealType", "nextStep", "notes", "source", "owner", "account", "partner")
    },
    "currency": "amount",
    "closeDate": "expectedCloseDate",
    "daysToClose": "expectedCloseDate",
}
"""By the names that conditions have for them."""


def editable_fields(viewer: Viewer, found: StoredDeal) -> list[str]:
    if not viewer.may(Permission.EDIT_OPPORTUNITY) or not found.may_edit:
        return []
    names = set(_ALL)
    if found.status is not OpportunityStatus.OPEN:
        names = {*ALWAYS, *(COLUMNS if standing_of(viewer) is ConfirmedBy.VENDOR else ())}
    elif not viewer.may(Permission.ASSIGN_PARTNER):
        names.discard("partner")
    if not viewer.is_vendor and found.partner_id != viewer.organization_id:
        names -= _OF_THE_LEAD
    return sorted(names.difference(locked_fields(viewer, found)))


def required_fields(found: StoredDeal, at: datetime) -> list[str]:
    """Those without which a required exit criterion of its stage can't be met: `qualification.KEY` for the answer to a
    question, `account.FIELD` for one of the customer. None of a closed deal."""
    if found.status is not OpportunityStatus.OPEN:
        return []
    values = found.variables(at)
    return sorted({name for text in _conditions(found) for name in _needed(text, values)})


def _conditions(found: StoredDeal) -> Iterator[str]:
    for criterion in found.stage.exit:
        if criterion.required and criterion.check is CriterionCheck.EXPRESSION and criterion.expression:
            yield criterion.expression


def _needed(text: str, values: Mapping[str, Any]) -> Iterator[str]:
    condition = stored_condition(text)
    try:
        node = tree.parse(text)
    except SyntaxProblem:
        return
    if condition is None:
        return
    for mention in mentions(node, LANGUAGE.root):
        name = _field_name(mention.path)
        if name is not None and not Subject(_without(values, mention.path)).outcome(condition).met:
            yield name


def _field_name(path: Path) -> str | None:
    """None for what nobody fills in, as the days that it has been in a stage."""
    parts = [str(part) for part in path]
    if len(parts) > 1 and parts[0] in (ANSWERS, "account"):
        return ".".join(parts[:2])
    return _NAMES.get(parts[0]) if parts else None


def _without(values: Mapping[str, Any], path: Path) -> dict[str, Any]:
    first, *rest = (str(part) for part in path)
    inner = values.get(first)
    if rest and isinstance(inner, Mapping):
        return {
            **values,
            first: {name: value for name, value in inner.items() if name != rest[0]} | _empty(first, rest[0]),
        }
    return {**values, first: None}


def _empty(first: str, name: str) -> dict[str, None]:
    """An answer that isn't given isn't there; a field that is empty is."""
    return {} if first == ANSWERS else {name: None}
