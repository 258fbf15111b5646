"""The facts that a computed criterion is still waiting for, in words."""

import re
from collections.abc import Iterator
from datetime import datetime

from catalogues import Phrase, Text, phrase
from guidance.facts import Criterion, Facts
from guidance.rules.saying import question_of

Missing = Phrase | Text

FIELD = re.compile(r"\bdeal\.([A-Za-z]+)(?:\.([A-Za-z]+))?")
QUOTED = re.compile(r"\"([^\"\\]*)\"|'([^'\\]*)'")
CLOSE_DATE = phrase("the expected close date")
AMOUNT = phrase("the amount")


def question_keys(expression: str) -> frozenset[str]:
    """The texts quoted in an expression, among which the keys of the questions that it asks for."""
    return frozenset(double or single for double, single in QUOTED.findall(expression))


def missing_in(criterion: Criterion, facts: Facts, at: datetime) -> tuple[Missing, ...]:
    """The empty or outdated things that the criterion speaks of, each once, such as “the next step”."""
    if criterion.expression is None or criterion.met:
        return ()
    return tuple(dict.fromkeys(_missing(criterion.expression, facts, at)))


def _missing(expression: str, facts: Facts, at: datetime) -> Iterator[Missing]:
    quoted = question_keys(expression)
    for field, inner in FIELD.findall(expression):
        if field != "qualification":
            yield from _empty(field, inner, facts, at)
    for question in facts.questions:
        if question.key in quoted and not question.answered:
            yield question_of(facts, question, within=True)


def _empty(field: str, inner: str, facts: Facts, at: datetime) -> Iterator[Missing]:
    deal, days = facts.deal, facts.days_to_close(at)
    if field in ("closeDate", "daysToClose") and (days is None or days < 0):
        yield CLOSE_DATE
    elif field == "amount" and not deal.amount:
        yield AMOUNT
    elif field == "currency" and not deal.currency:
        yield phrase("the currency")
    elif field == "nextStep" and not (deal.next_step or "").strip():
        yield phrase("the agreed next step")
    elif field == "owner" and not deal.owner:
        yield phrase("the deal’s owner")
    elif field == "partner" and facts.partner is None:
        yield phrase("the partner")
    elif field == "account" and inner in ACCOUNT and getattr(deal.account, inner) is None:
        yield ACCOUNT[inner]


ACCOUNT = {
    "industry": phrase("the customer’s industry"),
    "country": phrase("the customer’s country"),
    "employees": phrase("the customer’s head count"),
}
