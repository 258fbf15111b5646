"""Bring in the vendor: the deal is large for this partner, stuck, or late with much left to do."""

from collections.abc import Iterator
from datetime import datetime

from catalogues import Said, counted, phrase
from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Urgency
from guidance.facts import Facts
from guidance.rules.confirming import is_managed
from guidance.rules.reading import (
    Prospect,
    age_evidence,
    closes_soon,
    due,
    elsewhere,
    is_late,
    of_deal,
    presses,
    prospect,
    rounded,
)
from guidance.rules.saying import days as counted_days
from guidance.rules.saying import listed, money, told

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
    pressing = presses(facts, at) and is_late(facts)  # also once the date has passed, and is no reason any more
    urgency = Urgency.HIGH if "stuck" in reasons or pressing else Urgency.NORMAL
    yield Candidate(
        kind=ActionKind.INVOLVE_VENDOR,
        title=told(facts, _title(facts)),
        rationale=told(facts, _why(names)),
        evidence=tuple(reasons.values()),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=20,
        message=drafts.call_for_help(facts, names, at),
        weight=weights.VENDOR_REASONS[len(names) - 1] * elsewhere(facts, at),
        occasion=(facts.stage.id, *names),
    )


def _title(facts: Facts) -> Said:
    if is_managed(facts):
        return phrase("Bring in your channel manager")
    return phrase("Bring in the vendor’s channel team")


SAID = {"large": phrase("large"), "stuck": phrase("stuck"), "late": phrase("late")}


def _why(names: list[str]) -> Said:
    reasons = listed([SAID[name] for name in names])
    match names[0]:
        case "large":
            return phrase(
                "The deal is {reasons}: the vendor can add presales help, references and a special price to a deal of "
                "this size.",
                reasons=reasons,
            )
        case "stuck":
            return phrase("The deal is {reasons}: the vendor may know whom to call and what helps.", reasons=reasons)
    return phrase(
        "The deal is {reasons}: the vendor can shorten what is left before the date that the customer was promised.",
        reasons=reasons,
    )


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
    language = facts.advice_language
    value = phrase(
        "{amount}; this partner’s deals are usually {usual}",
        amount=money(deal.amount, deal.currency, language),
        usual=money(rounded(middle), deal.currency, language),
    )
    source = told(facts, phrase("earlier deals of this partner"))
    return Evidence(told(facts, phrase("Amount")), told(facts, value), source)


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
    value = phrase(
        "{days} to the close date, {open}",
        days=counted_days(days),
        open=counted("{n} thing still open", "{n} things still open", left),
    )
    return Evidence(told(facts, phrase("Time left")), told(facts, value), of_deal(facts))
