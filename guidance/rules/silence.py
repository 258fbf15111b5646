"""Re-engage a deal that has stalled or gone quiet."""

from collections.abc import Iterator
from datetime import datetime

from catalogues import Said, Text, either, phrase
from catalogues.phrases import Counted
from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts
from guidance.rules.reading import (
    LONG_SILENCE_DAYS,
    MOST,
    age_evidence,
    basis_said,
    due,
    elsewhere,
    is_late,
    is_quiet,
    silence_evidence,
    told_share,
)
from guidance.rules.saying import days, percent, stage_of, told


def re_engage(facts: Facts, at: datetime) -> Iterator[Candidate]:
    if not is_quiet(facts, at):
        return
    stalled = facts.deal.stalled
    critical = (stalled and is_late(facts)) or facts.quiet_days(at) >= LONG_SILENCE_DAYS
    urgency = Urgency.CRITICAL if critical else Urgency.HIGH
    weight = weights.STALLED_SILENCE if stalled else weights.SILENCE
    yield Candidate(
        kind=ActionKind.RE_ENGAGE,
        title=told(facts, phrase("Get back in touch with the customer")),
        rationale=told(facts, _reason(facts, at)),
        evidence=tuple(_evidence(facts, at)),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=20,
        target=Target(stage_id=facts.stage.id),
        message=drafts.re_engagement(facts),
        weight=weight * (elsewhere(facts, at)),
        occasion=(facts.last_contact_at.isoformat() if facts.last_contact_at else "",),
    )


def _reason(facts: Facts, at: datetime) -> Said:
    """What that silence is held against: earlier deals where they say so, else what the playbook says, if it does."""
    quiet, stage = days(int(facts.quiet_days(at))), stage_of(facts)
    if not facts.deal.stalled:
        return either(
            phrase("No contact for {days}, which is long for a deal in “{stage}”.", days=quiet, stage=stage),
            phrase("No contact for {days}, which is long for a deal in this stage.", days=quiet),
        )
    if _outlasts_most(facts, at):
        return _against_others(quiet, stage)
    if (facts.stage_progress(at) or 0.0) > 1.0:
        return _against_playbook(quiet, stage)
    return either(
        phrase("No contact for {days}, and the deal has stalled in “{stage}”.", days=quiet, stage=stage),
        phrase("No contact for {days}, and the deal has stalled in this stage.", days=quiet),
    )


def _against_others(quiet: Counted, stage: Text) -> Said:
    return either(
        phrase(
            "No contact for {days}, and the deal has been in “{stage}” longer than most deals that move on.",
            days=quiet,
            stage=stage,
        ),
        phrase(
            "No contact for {days}, and the deal has been in this stage longer than most deals that move on.",
            days=quiet,
        ),
    )


def _against_playbook(quiet: Counted, stage: Text) -> Said:
    return either(
        phrase(
            "No contact for {days}, and the deal has been in “{stage}” longer than its playbook allows for.",
            days=quiet,
            stage=stage,
        ),
        phrase(
            "No contact for {days}, and the deal has been in this stage longer than its playbook allows for.",
            days=quiet,
        ),
    )


def _outlasts_most(facts: Facts, at: datetime) -> bool:
    stays = facts.history.stays
    return stays.known and stays.percentile(facts.days_in_stage(at)) > MOST


def _evidence(facts: Facts, at: datetime) -> Iterator[Evidence]:
    yield silence_evidence(facts, at)
    yield age_evidence(facts, at)
    stays = facts.history.stays
    if _outlasts_most(facts, at):  # a figure that says otherwise is no evidence
        value = told(facts, _longer(facts, told_share(stays, facts.days_in_stage(at))))
        yield Evidence(told(facts, phrase("Against earlier deals")), value, basis_said(stays.basis, facts))


def _longer(facts: Facts, share: float | None) -> Said:
    if share is None:
        return phrase("no longer than nearly all of those that moved on")
    longer = percent(round(share, 2), facts.advice_language)
    return phrase("longer than {share} of those that moved on", share=longer)
