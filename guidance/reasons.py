"""The sentences that may be the reason of an action: finished, from the data, and all there is to choose from.

Each has a key, under which a choice of them is kept: what is shown is made anew from the facts as they then are.
"""

from collections.abc import Mapping
from datetime import datetime

from guidance.actions import Candidate, Evidence
from guidance.facts import Facts
from guidance.phrasebook import DealFacts, filled, phrasebook
from guidance.rules.reading import age_evidence, clipped, money, silence_evidence

OWN = "reason"
"""The key of the reason that the rules give."""
LONGEST_SENTENCE = 300
QUIET_DAYS = 3
"""Less is no silence."""


def reasons_of(candidate: Candidate, facts: Facts, at: datetime) -> Mapping[str, str]:
    """Of this action alone, by key: the rules' reason, and the facts it rests on that neither it nor the title tells
    already."""
    told = _bare(f"{candidate.title} {candidate.rationale}")
    general = _general(facts, at)
    sentences = {OWN: candidate.rationale}
    for n, one in enumerate(candidate.evidence):
        if one.quote is None and not one.predicted and one not in general and _bare(one.fact) not in told:
            sentences[f"evidence/{n}"] = clipped(f"{_bare(one.fact)}: {one.value.rstrip('.')}.", LONGEST_SENTENCE)
    return sentences


def reasons_of_deal(facts: Facts, at: datetime) -> Mapping[str, str]:
    """What may be said with any action, by key; nothing without sentences in the language of the advice."""
    book = phrasebook(facts.advice_language)
    if book is None or book.facts is None:
        return {}
    said, deal, days = book.facts, facts.deal, facts.days_to_close(at)
    same = same_language(facts.stage.language or facts.playbook_language, facts.advice_language)
    sentences = {"age": _age(said, facts, at)} if same else {}
    if (quiet := int(facts.quiet_days(at))) >= QUIET_DAYS:
        sentences["silence"] = filled(said.silence, days=said.days.of(quiet))
    if days and deal.close_date:
        block = said.closing if days > 0 else said.closing_passed
        sentences["closing"] = filled(block, date=deal.close_date.isoformat(), days=said.days.of(abs(days)))
    if deal.amount:
        amount = money(deal.amount, deal.currency).replace(",", book.thousands)
        sentences["amount"] = filled(said.amount, amount=amount)
    if (onward := facts.onward()) is not None and onward.blockers:
        sentences["open"] = filled(said.open, points=said.points.of(len(onward.blockers)))
    return sentences


def same_language(one: str, other: str) -> bool:
    """Whatever the regions: a sentence has names of its own language alone."""
    return one.split("-")[0] == other.split("-")[0]


def _age(said: DealFacts, facts: Facts, at: datetime) -> str:
    stage, days = clipped(facts.stage.name, LONGEST_SENTENCE // 2), said.days.of(int(facts.days_in_stage(at)))
    if facts.stage.target_days:
        return filled(said.age_of_target, stage=stage, days=days, target=said.limit.of(facts.stage.target_days))
    return filled(said.age, stage=stage, days=days)


def _general(facts: Facts, at: datetime) -> tuple[Evidence, ...]:
    """What the sentences about the deal tell."""
    told = reasons_of_deal(facts, at)
    silence = (silence_evidence(facts, at),) if "silence" in told else ()
    age = (age_evidence(facts, at),) if "age" in told else ()
    return (*age, *silence)


def _bare(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
