"""Small pure rules, one file a family: facts and the time in, candidate actions out.

A rule that raises loses its own candidates, never the answer.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import structlog

from guidance.actions import Candidate
from guidance.facts import Facts
from guidance.rules.activities import do_activities
from guidance.rules.advance import advance
from guidance.rules.chances import requalify_or_close
from guidance.rules.close_dates import repair_close_date
from guidance.rules.content import use_content
from guidance.rules.criteria import complete_criteria
from guidance.rules.custom import CustomRule, custom_candidates
from guidance.rules.next_stage import prepare_next_stage
from guidance.rules.questions import answer_questions
from guidance.rules.silence import re_engage
from guidance.rules.vendor import involve_vendor

Rule = Callable[[Facts, datetime], Iterable[Candidate]]

RULES: tuple[Rule, ...] = (
    advance,
    complete_criteria,
    do_activities,
    use_content,
    re_engage,
    repair_close_date,
    answer_questions,
    involve_vendor,
    requalify_or_close,
    prepare_next_stage,
)

log = structlog.get_logger(__name__)


def candidates(
    facts: Facts, at: datetime, custom_rules: Sequence[CustomRule] = (), rules: Sequence[Rule] = RULES
) -> list[Candidate]:
    """Every candidate once, by key. None for a deal that is closed."""
    if not facts.is_open:
        return []
    found: dict[str, Candidate] = {}
    for rule in rules:
        for candidate in _of(rule, facts, at):
            found.setdefault(candidate.key, candidate)
    if custom_rules:
        for candidate in _of(lambda f, t: custom_candidates(custom_rules, f, t), facts, at):
            found.setdefault(candidate.key, candidate)
    return list(found.values())


def _of(rule: Rule, facts: Facts, at: datetime) -> list[Candidate]:
    try:
        return list(rule(facts, at))
    except Exception:
        log.exception("guidance.rule_failed", rule=getattr(rule, "__name__", "custom"), deal=facts.deal.id)
        return []
