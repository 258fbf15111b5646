"""Re-engage a deal that has stalled or gone quiet."""

from collections.abc import Iterator
from datetime import datetime

from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts
from guidance.rules.reading import (
    age_evidence,
    basis_said,
    counted,
    due,
    elsewhere,
    is_late,
    is_quiet,
    longer_than,
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
        rationale=f"Nothing has happened for {quiet}{_against(facts)}.",
        evidence=tuple(_evidence(facts, at)),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=20,
        target=Target(stage_id=facts.stage.id),
        message=drafts.re_engagement(facts),
        weight=weight * (elsewhere(facts, at)),
        occasion=(facts.last_activity_at.isoformat() if facts.last_activity_at else "",),
    )


def _against(facts: Facts) -> str:
    """What that silence is held against: earlier deals where they are known, else what the playbook says."""
    stage = f"“{facts.stage.name}”"
    if not facts.deal.stalled:
        return f", which is long for a deal in {stage}"
    if facts.history.stays.known:
        return f", and the deal has been in {stage} longer than deals that move on"
    return f", and the deal has been in {stage} longer than its playbook allows for"


def _evidence(facts: Facts, at: datetime) -> Iterator[Evidence]:
    yield silence_evidence(facts, at)
    yield age_evidence(facts, at)
    stays = facts.history.stays
    if stays.known:
        value = longer_than(stays, facts.days_in_stage(at), "those that moved on")
        yield Evidence("Against earlier deals", value, basis_said(stays.basis, facts))
