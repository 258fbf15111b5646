"""Repair an expected close date that has passed, can't be reached, or is missing though the deal is no longer new."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalogues import Said, counted, either, phrase
from guidance import weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts
from guidance.rules.reading import age_evidence, basis_said, due, is_late, of_deal, pressure
from guidance.rules.recording import CLOSE_DATE, missing_in
from guidance.rules.saying import days as days_of
from guidance.rules.saying import stage_of, told

FASTEST = 0.1
"""Faster than nine in ten won deals is out of reach."""
RUSHED = 0.25
"""Share of the days that this stage and all others should still take, where there is no history to compare with."""
LEAST_LEFT = 0.5
"""Share of a stage's target that it still takes at least, with all of it open, however long the deal has been there."""
SERIOUS = 0.25
"""Win probability from which a deal without a close date can't be planned with."""


@dataclass(frozen=True, slots=True)
class _Fault:
    title: Said
    reason: Said
    urgency: Urgency
    weight: float
    value: Said


def repair_close_date(facts: Facts, at: datetime) -> Iterator[Candidate]:
    fault = _fault(facts, at)
    if fault is None:
        return
    close = facts.deal.close_date
    yield Candidate(
        kind=ActionKind.FIX_CLOSE_DATE,
        title=told(facts, fault.title),
        rationale=told(facts, fault.reason),
        evidence=(
            Evidence(told(facts, phrase("Expected close date")), told(facts, fault.value), of_deal(facts)),
            *_history(facts),
            age_evidence(facts, at),
        ),
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
            phrase("Agree an expected close date with the customer"),
            phrase("Without a date nobody can plan with the deal, and nothing shows when it slips."),
            Urgency.HIGH if is_late(facts) else Urgency.NORMAL,
            weights.MISSING_CLOSE_DATE * (weights.ASKED_CLOSE_DATE if is_late(facts) or asked_for else 1.0),
            phrase("none"),
        )
    if days < 0:
        return _Fault(
            phrase("Set a close date that the customer confirms"),
            counted(
                "The expected close date passed {n} day ago: the forecast counts on a date that is gone.",
                "The expected close date passed {n} days ago: the forecast counts on a date that is gone.",
                -days,
            ),
            Urgency.CRITICAL if is_late(facts) else Urgency.HIGH,
            weights.OVERDUE_CLOSE_DATE,
            counted("{date}, {n} day ago", "{date}, {n} days ago", -days, date=close.isoformat()),
        )
    earliest = _earliest(facts)
    ahead = counted("{date}, in {n} day", "{date}, in {n} days", days, date=close.isoformat())
    if earliest is not None and close < earliest.date():
        title = phrase("Check the close date: earlier deals took longer")
        return _out_of_reach(facts, at, ahead, title, _too_fast(facts))
    left = _left(facts, at)
    if earliest is None and left is not None and days < RUSHED * left:
        title = phrase("Check the close date: too much is left for it")
        return _out_of_reach(facts, at, ahead, title, _too_much(facts, left))
    return None


def _too_fast(facts: Facts) -> Said:
    return either(
        phrase(
            "Only one won deal in ten got from the beginning of “{stage}” to the order as fast as this date asks.",
            stage=stage_of(facts),
        ),
        phrase("Only one won deal in ten got from the beginning of this stage to the order as fast as this date asks."),
    )


def _too_much(facts: Facts, left: float) -> Said:
    return either(
        phrase(
            "“{stage}” still has open points, and what comes before the order is meant to take about {days}.",
            stage=stage_of(facts),
            days=days_of(round(left)),
        ),
        phrase(
            "The stage still has open points, and what comes before the order is meant to take about {days}.",
            days=days_of(round(left)),
        ),
    )


def _out_of_reach(facts: Facts, at: datetime, value: Said, title: Said, reason: Said) -> _Fault:
    """As urgent as what presses because of it: of a date that can't be kept, nothing else is due."""
    urgency = Urgency.CRITICAL if pressure(facts, at) is Urgency.CRITICAL else Urgency.HIGH
    return _Fault(title, reason, urgency, weights.UNREACHABLE_CLOSE_DATE, value)


def _left(facts: Facts, at: datetime) -> float | None:
    """Days that the deal is meant to take until the order: of this stage by what is open in it, and of all others.
    None where nothing is open here, or the playbook gives no targets."""
    onward, target = facts.onward(), facts.stage.target_days
    if onward is None or target is None or not onward.blockers:
        return None
    things = sum(one.required for one in facts.criteria) + sum(one.required for one in facts.activities) or 1
    open_ = min(1.0, len(onward.blockers) / things)
    here = max(target - facts.days_in_stage(at), LEAST_LEFT * target) * open_
    return here + sum(stage.target_days or 0 for stage in facts.ahead or (facts.next_stage,) if stage)


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
        value = phrase("{middle} at the median, {fast} for the fastest tenth of won deals", middle=middle, fast=fast)
        fact = phrase("Days from entering the stage to the win")
        yield Evidence(told(facts, fact), told(facts, value), basis_said(remaining.basis, facts))
