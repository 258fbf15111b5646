"""What a criterion that the deal's own fields decide is still waiting for, in words."""

import re
from collections.abc import Iterator
from datetime import datetime

from guidance.facts import Criterion, Facts

FIELD = re.compile(r"\bdeal\.([A-Za-z]+)(?:\.([A-Za-z]+))?")
QUOTED = re.compile(r"\"([^\"\\]*)\"|'([^'\\]*)'")
CLOSE_DATE = "the expected close date"


def question_keys(expression: str) -> frozenset[str]:
    """The texts quoted in an expression, among which the keys of the questions that it asks for."""
    return frozenset(double or single for double, single in QUOTED.findall(expression))


def missing_in(criterion: Criterion, facts: Facts, at: datetime) -> tuple[str, ...]:
    """The empty or outdated things that the criterion speaks of, each once, such as “the next step”."""
    if criterion.expression is None or criterion.met:
        return ()
    return tuple(dict.fromkeys(_missing(criterion.expression, facts, at)))


def _missing(expression: str, facts: Facts, at: datetime) -> Iterator[str]:
    quoted = question_keys(expression)
    for field, inner in FIELD.findall(expression):
        if field != "qualification":
            yield from _empty(field, inner, facts, at)
    for question in facts.questions:
        if question.key in quoted and not question.answered:
            yield question.label[:1].lower() + question.label[1:]


def _empty(field: str, inner: str, facts: Facts, at: datetime) -> Iterator[str]:
    deal, days = facts.deal, facts.days_to_close(at)
    if field in ("closeDate", "daysToClose") and (days is None or days < 0):
        yield CLOSE_DATE
    elif field == "amount" and not deal.amount:
        yield "the amount"
    elif field == "currency" and not deal.currency:
        yield "the currency"
    elif field == "nextStep" and not (deal.next_step or "").strip():
        yield "the agreed next step"
    elif field == "owner" and not deal.owner:
        yield "the deal’s owner"
    elif field == "partner" and facts.partner is None:
        yield "the partner"
    elif field == "account" and inner in ACCOUNT and getattr(deal.account, inner) is None:
        yield ACCOUNT[inner]


ACCOUNT = {
    "industry": "the customer’s industry",
    "country": "the customer’s country",
    "employees": "the customer’s head count",
}
