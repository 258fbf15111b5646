"""Small pure rules, one file a family: facts and the time in, candidate actions out.

A rule that raises loses what it hadn’t proposed yet, never the answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from guidance.actions import Candidate
from guidance.facts import Facts
from guidance.rules.activities import do_activities
from guidance.rules.advance import advance
from guidance.rules.agreed import with_next_step
from guidance.rules.amounts import repair_amount
from guidance.rules.chances import requalify_or_close
from guidance.rules.close_dates import repair_close_date
from guidance.rules.contacts import find_contact
from guidance.rules.content import use_content
from guidance.rules.criteria import complete_criteria
from guidance.rules.custom import CustomRule, Reading, propose
from guidance.rules.introduction import introduce
from guidance.rules.next_stage import prepare_next_stage
from guidance.rules.predicted import heed_prediction, with_prediction
from guidance.rules.questions import answer_questions
from guidance.rules.registration import register
from guidance.rules.silence import re_engage
from guidance.rules.tasks import do_tasks
from guidance.rules.vendor import involve_vendor


class Rule(Protocol):
    @property
    def __name__(self) -> str: ...

    def __call__(self, facts: Facts, at: datetime, /) -> Iterable[Candidate]: ...


RULES: tuple[Rule, ...] = (
    advance,
    complete_criteria,
    do_activities,
    do_tasks,
    use_content,
    introduce,
    re_engage,
    repair_amount,
    repair_close_date,
    answer_questions,
    find_contact,
    register,
    involve_vendor,
    requalify_or_close,
    heed_prediction,
    prepare_next_stage,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LostRule:
    """A rule that raised, and the kind of exception; the log has the rest."""

    rule: str
    error: str


@dataclass(frozen=True, slots=True)
class Found:
    candidates: tuple[Candidate, ...]
    lost: tuple[LostRule, ...] = ()


NOTHING_FOUND = Found(())


def candidates(
    facts: Facts, at: datetime, custom_rules: Sequence[CustomRule] = (), rules: Sequence[Rule] = RULES
) -> Found:
    """Every candidate once, by key: of two with the same, the first rule's. None for a deal that is closed."""
    if not facts.is_open:
        return NOTHING_FOUND
    found: dict[str, Candidate] = {}
    lost: list[LostRule] = []
    for name, proposals in _proposals(facts, at, custom_rules, rules):
        try:
            for candidate in proposals:
                found.setdefault(candidate.key, candidate)
        except Exception as failure:
            log.exception("guidance.rule_failed", rule=name, deal=facts.deal.id)
            lost.append(LostRule(name, type(failure).__name__))
    advised = with_prediction(tuple(found.values()), facts, at)
    return Found(with_next_step(advised, facts), tuple(lost))


def _proposals(
    facts: Facts, at: datetime, custom_rules: Sequence[CustomRule], rules: Sequence[Rule]
) -> Iterator[tuple[str, Iterable[Candidate]]]:
    """Each rule's name with what it proposes, not yet asked for: whatever raises, raises while it is iterated."""
    for rule in rules:
        yield rule.__name__, _begun(rule, facts, at)
    reading = Reading(facts, at)
    for custom in custom_rules:
        if custom.applies_to(facts):
            yield f"custom:{custom.id}", propose(custom, reading)


def _begun(rule: Rule, facts: Facts, at: datetime) -> Iterator[Candidate]:
    yield from rule(facts, at)
