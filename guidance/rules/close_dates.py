"""Repair an expected close date that has passed, can't be reached, or is missing though the deal is no longer new."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from guidance import weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts
from guidance.rules.reading import age_evidence, basis_said, counted, due, is_late
from guidance.rules.recording import CLOSE_DATE, missing_in

FASTEST = 0.1
"""Faster than nine in ten won deals is out of reach."""
RUSHED = 0.25
"""Share of the days that this stage and the next should still take, where there is no history to compare with."""
MUCH_LEFT = 2
SERIOUS = 0.25
"""Win probability from which a deal without a close date can't be planned with."""


@dataclass(frozen=True, slots=True)
class _Fault:
    title: str
    reason: str
    urgency: Urgency
    weight: float
    value: str


def repair_close_date(facts: Facts, at: datetime) -> Iterator[Candidate]:
    fault = _fault(facts, at)
    if fault is None:
        return
    close = facts.deal.close_date
    yield Candidate(
        kind=ActionKind.FIX_CLOSE_DATE,
        title=fault.title,
        rationale=fault.reason,
        evidence=(Evidence("Expected close date", fault.value, "deal"), *_history(facts), age_evidence(facts, at)),
        urgency=fault.urgency,
        due_at=due(facts, at, fault.urgency),
        effort_minutes=10,
        target=Target(stage_id=facts.stage.id),
        weight=fault.weight,
        occasion=(close.isoformat() if close else "",),
    )


def _fault(facts: Facts, at: datetime) -> _Fault | None:
    days, close = facts.days_to_close(at), facts.deal.close_date
    if days is None or close is None:
        asked_for = _is_asked_for(facts, at)
        if facts.stage.win_probability < SERIOUS and not asked_for:
            return None
        return _Fault(
            "Agree an expected close date with the customer",
            "Without a date nobody can plan with the deal, and nothing shows when it slips.",
            Urgency.HIGH if is_late(facts) else Urgency.NORMAL,
            weights.MISSING_CLOSE_DATE * (1.5 if is_late(facts) or asked_for else 1.0),
            "none",
        )
    if days < 0:
        return _Fault(
            "Set a close date that the customer confirms",
            f"The expected close date passed {counted(-days, 'day')} ago: the forecast counts on a date that is gone.",
            Urgency.CRITICAL if is_late(facts) else Urgency.HIGH,
            weights.OVERDUE_CLOSE_DATE,
            f"{close}, {counted(-days, 'day')} ago",
        )
    earliest = _earliest(facts)
    if earliest is not None and close < earliest.date():
        return _out_of_reach(
            facts, f"{close}, in {counted(days, 'day')}", "Check the close date: earlier deals took longer",
            f"Only one won deal in ten got from the beginning of “{facts.stage.name}” to the order as fast "
            "as this date asks.",
        )  # fmt: skip
    if earliest is None and _is_rushed(facts, days, at):
        return _out_of_reach(
            facts, f"{close}, in {counted(days, 'day')}", "Check the close date: too much is left for it",
            f"“{facts.stage.name}” still has open points and another stage comes before the order; "
            "both are meant to take longer than the days that are left.",
        )  # fmt: skip
    return None


def _out_of_reach(facts: Facts, value: str, title: str, reason: str) -> _Fault:
    urgency = Urgency.HIGH if is_late(facts) else Urgency.NORMAL
    return _Fault(title, reason, urgency, weights.UNREACHABLE_CLOSE_DATE, value)


def _is_rushed(facts: Facts, days: int, at: datetime) -> bool:
    """This stage has much left, another is to come, and the date leaves next to no time for both."""
    onward, target, coming = facts.onward(), facts.stage.target_days, facts.next_stage
    if coming is None or onward is None or target is None or len(onward.blockers) < MUCH_LEFT:
        return False
    return days < RUSHED * (max(0.0, target - facts.days_in_stage(at)) + (coming.target_days or 0))


def _earliest(facts: Facts) -> datetime | None:
    remaining = facts.history.remaining
    if not remaining.known:
        return None
    return facts.deal.entered_stage_at + timedelta(days=remaining.quantile(FASTEST))


def _is_asked_for(facts: Facts, at: datetime) -> bool:
    """A criterion waits for the date alone; where it waits for more, recording all of it is one action of its own."""
    return any(missing_in(criterion, facts, at) == (CLOSE_DATE,) for criterion in facts.unmet())


def _history(facts: Facts) -> Iterator[Evidence]:
    remaining = facts.history.remaining
    if remaining.known:
        middle, fast = round(remaining.quantile(0.5)), round(remaining.quantile(FASTEST))
        yield Evidence(
            "Days from entering the stage to the win",
            f"{middle} at the median, {fast} for the fastest tenth of won deals",
            basis_said(remaining.basis, facts),
        )
