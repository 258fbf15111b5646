"""Re-engage a deal that has stalled or gone quiet."""

from collections.abc import Iterator
from datetime import datetime

from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts
from guidance.rules.reading import (
    age_evidence,
    counted,
    due,
    elsewhere,
    is_late,
    is_quiet,
    silence_evidence,
)


def re_engage(facts: Facts, at: datetime) -> Iterator[Candidate]:
    if not is_quiet(facts, at):
        return
    quiet = counted(int(facts.quiet_days(at)), "day")
    stalled = facts.deal.stalled
    urgency = Urgency.CRITICAL if stalled and is_late(facts) else Urgency.HIGH
    weight = weights.STALLED_SILENCE if stalled else weights.SILENCE
    yield Candidate(
        kind=ActionKind.RE_ENGAGE,
        title="Get back in touch with the customer",
        rationale=(
            f"Nothing has happened for {quiet}, and the deal has been in “{facts.stage.name}” longer than deals "
            "that move on."
            if stalled
            else f"Nothing has happened for {quiet}; deals that rest this long in “{facts.stage.name}” tend to stall."
        ),
        evidence=tuple(_evidence(facts, at)),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=20,
        target=Target(stage_id=facts.stage.id),
        draft=drafts.re_engagement(facts),
        weight=weight * (elsewhere(facts, at)),
        occasion=(facts.last_activity_at.isoformat() if facts.last_activity_at else "",),
    )


def _evidence(facts: Facts, at: datetime) -> Iterator[Evidence]:
    yield silence_evidence(facts, at)
    yield age_evidence(facts, at)
    stays = facts.history.stays
    if stays.known:
        share = stays.percentile(facts.days_in_stage(at))
        yield Evidence(
            "Against earlier deals",
            f"longer than {share:.0%} of {stays.samples} that moved on",
            f"history of “{facts.stage.name}”",
        )
