"""Bring in the vendor: the deal was sent back again, is large for this partner, stuck, or late with much left to do."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from catalogues import Said, counted, phrase
from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Urgency
from guidance.facts import Facts, MoveKind
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
    setback_evidence,
)
from guidance.rules.saying import days as counted_days
from guidance.rules.saying import listed, money, told

LARGE = 2.0
"""Times the partner's usual amount (the median of its deals)."""
ENOUGH_DEALS = 5
LARGE_FOR_ANYBODY = 150_000
"""Euros, from which on a deal is large where the partner's others are too few to say."""
SMALL_UNITS = {
    **dict.fromkeys(("CZK", "INR", "PHP", "RUB", "THB", "TWD", "UAH"), 30),
    **dict.fromkeys(("HUF", "ISK", "JPY", "KES", "RSD"), 150),
    **dict.fromkeys(("CLP", "KRW", "NGN", "CRC", "AMD"), 1_000),
    **dict.fromkeys(("COP", "MMK", "TZS", "UGX"), 4_000),
    **dict.fromkeys(("IDR", "LAK", "VND"), 20_000),
}
"""So many of it are a euro, to the order of magnitude; of all others, one is taken for one."""
BOUNCES = 2
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
    urgency = Urgency.HIGH if {"bounced", "stuck"} & reasons.keys() or pressing else Urgency.NORMAL
    yield Candidate(
        kind=ActionKind.INVOLVE_VENDOR,
        title=told(facts, _title(facts)),
        rationale=told(facts, _why(names)),
        evidence=tuple(reasons.values()),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=20,
        message=drafts.call_for_help(facts, names, at),
        weight=weights.VENDOR_REASONS[_counted(names, urgency) - 1] * elsewhere(facts, at),
        occasion=(facts.stage.id, *names),
    )


def _counted(names: list[str], urgency: Urgency) -> int:
    """Reasons that weigh: that it is late doesn't where it makes it urgent already."""
    return max(1, sum(not (name == "late" and urgency is Urgency.HIGH) for name in names))


def _title(facts: Facts) -> Said:
    if is_managed(facts):
        return phrase("Bring in your channel manager")
    return phrase("Bring in the vendor’s channel team")


SAID = {
    "bounced": phrase("back here again"),
    "large": phrase("large"),
    "stuck": phrase("stuck"),
    "late": phrase("late"),
}


def _why(names: list[str]) -> Said:
    reasons = listed([SAID[name] for name in names])
    match names[0]:
        case "bounced":
            return phrase(
                "The deal is {reasons}: before it tries a third time, let the vendor see what sends it back.",
                reasons=reasons,
            )
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
    yield "bounced", _bounced(facts, at)
    yield "large", _large(facts)
    yield "stuck", _stuck(facts, at)
    yield "late", _late(facts, at)


def _bounced(facts: Facts, at: datetime) -> Evidence | None:
    times = sum(move.kind is MoveKind.BACK for move in facts.moves)
    return next(setback_evidence(facts, at), None) if times >= BOUNCES else None


def _large(facts: Facts) -> Evidence | None:
    assert facts.partner is not None
    deal, usual, onward = facts.deal, facts.partner.usual_amount, facts.onward()
    is_won = facts.next_stage is None and onward is not None and onward.allowed  # and needs nobody's help
    if deal.amount is None or is_won:
        return None
    if (usual.samples or 0) < ENOUGH_DEALS or len(usual.points) < 2:
        return _large_for_anybody(facts, deal.amount)
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


def _large_for_anybody(facts: Facts, amount: Decimal) -> Evidence | None:
    if amount < LARGE_FOR_ANYBODY * SMALL_UNITS.get(facts.deal.currency or "", 1):
        return None
    value = phrase(
        "{amount}; this partner has too few other deals to compare with",
        amount=money(amount, facts.deal.currency, facts.advice_language),
    )
    return Evidence(told(facts, phrase("Amount")), told(facts, value), of_deal(facts))


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
