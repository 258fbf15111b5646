"""Bring in the vendor: the deal is large for this partner, stuck, or late with much left to do."""

from collections.abc import Iterator
from datetime import datetime

from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Urgency
from guidance.facts import Facts
from guidance.rules.reading import (
    Prospect,
    age_evidence,
    closes_soon,
    counted,
    due,
    elsewhere,
    is_late,
    listed,
    money,
    prospect,
    rounded,
)

LARGE = 2.0
"""Times the partner's usual amount (the median of its deals)."""
ENOUGH_DEALS = 5
STUCK = 1.5
"""Times the stage's target."""
WORTH_HELP = 0.3
MANY_BLOCKERS = 2


def involve_vendor(facts: Facts, at: datetime) -> Iterator[Candidate]:
    if facts.partner is None or prospect(facts, at) is Prospect.HOPELESS:
        return
    reasons = {name: evidence for name, evidence in _reasons(facts, at) if evidence is not None}
    if not reasons:
        return
    names = list(reasons)
    urgency = Urgency.HIGH if "stuck" in reasons or "late" in reasons else Urgency.NORMAL
    yield Candidate(
        kind=ActionKind.INVOLVE_VENDOR,
        title="Bring in your channel manager",
        rationale=f"The deal is {listed(names)}: {WHY[names[0]]}",
        evidence=tuple(reasons.values()),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=20,
        message=drafts.call_for_help(facts, names, at),
        weight=weights.VENDOR_REASONS[len(names) - 1] * elsewhere(facts, at),
        occasion=(facts.stage.id, *names),
    )


WHY = {
    "large": "the vendor can add presales help, references and a special price to a deal of this size.",
    "stuck": "the vendor may know whom to call and what helps.",
    "late": "the vendor can shorten what is left before the date that the customer was promised.",
}


def _reasons(facts: Facts, at: datetime) -> Iterator[tuple[str, Evidence | None]]:
    yield "large", _large(facts)
    yield "stuck", _stuck(facts, at)
    yield "late", _late(facts, at)


def _large(facts: Facts) -> Evidence | None:
    assert facts.partner is not None
    deal, usual = facts.deal, facts.partner.usual_amount
    if deal.amount is None or (usual.samples or 0) < ENOUGH_DEALS or len(usual.points) < 2:
        return None
    middle = usual.quantile(0.5)
    if float(deal.amount) < max(LARGE * middle, usual.quantile(0.8)):
        return None
    value = (
        f"{money(deal.amount, deal.currency)}; this partner’s deals are usually {money(rounded(middle), deal.currency)}"
    )
    return Evidence("Amount", value, "earlier deals of this partner")


def _stuck(facts: Facts, at: datetime) -> Evidence | None:
    progress = facts.stage_progress(at)
    too_long = facts.deal.stalled and (progress is None or progress >= STUCK)
    return age_evidence(facts, at) if too_long and facts.stage.win_probability >= WORTH_HELP else None


def _late(facts: Facts, at: datetime) -> Evidence | None:
    onward, days = facts.onward(), facts.days_to_close(at)
    if onward is None or days is None or not closes_soon(facts, at) or not is_late(facts):
        return None
    left = len(onward.blockers)
    if left < MANY_BLOCKERS:
        return None
    return Evidence("Time left", f"{counted(days, 'day')} to the close date, {left} things still open", "deal")
