"""The values that make a condition on the deal's own fields hold, in the words of who reads them.

Nobody who sells reads a condition: they are told the field or the question that it waits for, and programs the mutation
and the field of its input.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.deals import rules
from app.deals.conditions import LANGUAGE
from app.deals.remedies import ANSWERS, of_path
from app.deals.store import StoredDeal
from app.outcomes import Refused, UserError
from app.vocabulary import ErrorCode
from catalogues import Phrase, Text, either, phrase, render
from expressions import SyntaxProblem, tree
from expressions.mentions import Path, mentions

UPDATE = "updateOpportunity"
NAMES: dict[tuple[str, ...], Phrase] = {
    ("name",): phrase("the deal’s name"),
    ("amount",): phrase("the amount"),
    ("currency",): phrase("the currency"),
    ("closeDate",): phrase("the expected close date"),
    ("daysToClose",): phrase("the expected close date"),
    ("nextStep",): phrase("the agreed next step"),
    ("notes",): phrase("the notes"),
    ("owner",): phrase("the deal’s owner"),
    ("source",): phrase("the deal’s source"),
    ("account",): phrase("the customer"),
    ("account", "name"): phrase("the customer’s name"),
    ("account", "industry"): phrase("the customer’s industry"),
    ("account", "country"): phrase("the customer’s country"),
    ("account", "employees"): phrase("the customer’s head count"),
    ("partner",): phrase("the partner"),
    ("registration",): phrase("the deal’s registration"),
}


@dataclass(frozen=True, slots=True)
class FillIn(Refused):
    """The paths of its errors begin with the mutation that does it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """`path`: the mutation, and where in its input it is filled in."""

    name: Phrase | Text
    path: tuple[str, ...]
    is_empty: bool


def filling_in(found: StoredDeal, criterion: rules.Criterion, language: str, at: datetime) -> FillIn:
    """An error for each thing that is empty or out of date; where none is, for each that the condition speaks of.
    `criterion` as the reader is told of it."""
    waiting = tuple(dict.fromkeys(_waiting(found, criterion, language, at)))
    chosen = [one for one in waiting if one.is_empty] or waiting
    if not chosen:
        message = render(_only_time(criterion), language)
        return FillIn((UserError(ErrorCode.BLOCKED, message, ()),))
    return FillIn(
        tuple(UserError(ErrorCode.BLOCKED, render(_said(one, criterion), language), one.path) for one in chosen)
    )


def close_date_missing(close: date | None, language: str) -> FillIn:
    said = phrase("The deal has no expected close date yet: agree one with the customer and fill it in.")
    if close is not None:
        said = phrase("The deal still says {date}: agree a new date with the customer and fill it in.", date=str(close))
    return FillIn((UserError(ErrorCode.BLOCKED, render(said, language), (UPDATE, "expectedCloseDate")),))


def amount_missing(amount: Decimal | None, language: str) -> FillIn:
    said = phrase("The deal has no amount yet: fill in what it is worth.")
    if amount:
        said = phrase("The deal still says {amount}: fill in what it is worth.", amount=format(amount, "f"))
    return FillIn((UserError(ErrorCode.BLOCKED, render(said, language), (UPDATE, "amount")),))


def answer_missing(question: Text, language: str) -> Refused:
    """The answer may come with the response itself."""
    said = either(
        phrase("Write what you found out about “{question}”: it becomes the answer.", question=question),
        phrase("Write what you found out: it becomes the answer."),
    )
    return Refused((UserError(ErrorCode.BLOCKED, render(said, language), ("reason",)),))


def _said(one: Waiting, criterion: rules.Criterion) -> Any:
    if one.is_empty:
        return either(
            phrase("Fill in {thing} first. It decides this: {criterion}", thing=one.name, criterion=criterion.text),
            phrase("Fill in {thing} first; it decides this.", thing=one.name),
        )
    return either(
        phrase(
            "Check {thing}. As it stands, it says no to this: {criterion}", thing=one.name, criterion=criterion.text
        ),
        phrase("Check {thing}; as it stands, it says no to this.", thing=one.name),
    )


def _only_time(criterion: rules.Criterion) -> Any:
    return either(
        phrase("Nobody fills this in, it comes with time: {criterion}", criterion=criterion.text),
        phrase("Nobody fills this in, it comes with time."),
    )


def _waiting(found: StoredDeal, criterion: rules.Criterion, language: str, at: datetime) -> Iterator[Waiting]:
    try:
        node = tree.parse(criterion.expression or "")
    except SyntaxProblem:
        return
    values, labels = found.variables(at), {one.key: one for one in found.play.spoken(language).questions}
    for mention in mentions(node, LANGUAGE.root):
        path = tuple(str(part) for part in mention.path)
        name = _name(path, labels)
        remedy = of_path(mention.path)
        if name is not None and remedy is not None:
            yield Waiting(name, (remedy.mutation, *remedy.fields[0].split(".", 1)), _is_empty(path, values))


def _name(path: tuple[str, ...], labels: dict[str, Any]) -> Phrase | Text | None:
    if path[:1] == (ANSWERS,):
        asked = labels.get(path[1]) if len(path) > 1 else None
        return None if asked is None else Text(f"“{asked.label}”", asked.language)
    return NAMES.get(path[:2]) or NAMES.get(path[:1])


def _is_empty(path: Path, values: Any) -> bool:
    """Also of a date that has passed."""
    for part in path:
        values = values.get(part) if isinstance(values, dict) else None
    if path[0] == "daysToClose" and values is not None:
        return bool(values < 0)
    return values is None or values == 0 or (isinstance(values, str) and not values.strip())
