"""A case that isn't perfect, with what it takes to see why: the deal's facts and the first actions."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from guidance.actions import Candidate
from guidance.evaluation.golden import Golden, names
from guidance.evaluation.measure import SPEAKING, Marks
from guidance.facts import Facts


def told(golden: Golden, marks: Marks, answer: Sequence[Candidate], at: datetime) -> Iterator[str]:
    """Lines for people."""
    part = "held out" if golden.held_out else "open"
    yield f"{golden.name} ({part}): {'; '.join(marks.faults)}"
    yield f"  facts: {'; '.join(_facts(golden.facts, at))}"
    for place, one in enumerate(answer[:SPEAKING], start=1):
        yield f"  {place}. {max(names(one), key=len)} ({one.urgency.value.lower()}): {one.title}"


def _facts(facts: Facts, at: datetime) -> Iterator[str]:
    deal, stage = facts.deal, facts.stage
    yield f"{stage.key} for {facts.days_in_stage(at):.0f} of {stage.target_days or '?'} days"
    yield f"{facts.quiet_days(at):.0f} days quiet" if facts.last_contact_at else "never in contact"
    yield "no close date" if deal.close_date is None else f"closes in {facts.days_to_close(at)} days"
    yield "no amount" if deal.amount is None else f"{deal.amount:f} {deal.currency}"
    lists = {
        "unmet": [one.key for one in facts.unmet()],
        "unmet entry": [one.key for one in facts.next_entry if not one.met],
        "open": [f"{one.key}{'!' if one.required else ''}" for one in facts.activities if not one.done],
        "unanswered": [one.key for one in facts.questions if not one.answered],
        "moves": [f"{one.kind} {(at - one.at).days} days ago" for one in facts.moves],
        "answers": [f"{one.kind} {one.answer} {(at - one.at).days} days ago" for one in facts.responses],
    }
    yield from (f"{what} {', '.join(keys)}" for what, keys in lists.items() if keys)
    if deal.next_step:
        yield f"next step “{deal.next_step}”"
