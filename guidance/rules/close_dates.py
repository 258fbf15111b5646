"""Repair an expected close date that has passed, can't be reached, or is missing though the deal is no longer new."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from guidance import weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts
from guidance.rules.reading import age_evidence, counted, due, is_late

FASTEST = 0.1
"""Faster than nine in ten won deals is out of reach."""
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
        if facts.stage.win_probability < SERIOUS and not _is_asked_for(facts):
            return None
        return _Fault(
            "Agree an expected close date with the customer",
            "Without a date nobody can plan with the deal, and nothing shows when it slips.",
            Urgency.HIGH if is_late(facts) else Urgency.NORMAL,
            weights.MISSING_CLOSE_DATE * (1.5 if is_late(facts) or _is_asked_for(facts) else 1.0),
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
    if _earliest(facts) is not None and close < _earliest(facts).date():  # type: ignore[union-attr]
        return _Fault(
            "Check the close date: earlier deals took longer",
            f"Only one won deal in ten got from the beginning of “{facts.stage.name}” to the order as fast "
            "as this date asks.",
            Urgency.HIGH if is_late(facts) else Urgency.NORMAL,
            weights.UNREACHABLE_CLOSE_DATE,
            f"{close}, in {counted(days, 'day')}",
        )
    return None


def _earliest(facts: Facts) -> datetime | None:
    remaining = facts.history.remaining
    if not remaining.known:
        return None
    return facts.deal.entered_stage_at + timedelta(days=remaining.quantile(FASTEST))


def _is_asked_for(facts: Facts) -> bool:
    return any("closeDate" in (c.expression or "") or "daysToClose" in (c.expression or "") for c in facts.unmet())


def _history(facts: Facts) -> Iterator[Evidence]:
    remaining = facts.history.remaining
    if remaining.known:
        middle, fast = round(remaining.quantile(0.5)), round(remaining.quantile(FASTEST))
        yield Evidence(
            "Days from entering the stage to the win",
            f"{middle} at the median, {fast} for the fastest tenth of {remaining.samples} won deals",
            f"history of “{facts.stage.name}”",
        )
