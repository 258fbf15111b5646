"""Do or schedule an activity that the stage asks for."""

from collections.abc import Iterator
from datetime import datetime

from catalogues import either, phrase
from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target
from guidance.facts import Activity, ConfirmedBy, Facts
from guidance.rules.confirming import activity_asked, only, whom_to_ask
from guidance.rules.reading import (
    Prospect,
    age_evidence,
    clipped,
    due,
    elsewhere,
    is_quiet,
    of_stage,
    pace_of,
    pressure,
    prospect,
)
from guidance.rules.saying import activity_of, sentence, stage_of, told, told_of

USUAL_MINUTES = 45
SCHEDULING_MINUTES = 120
"""What takes longer needs an appointment."""


def do_activities(facts: Facts, at: datetime) -> Iterator[Candidate]:
    """The next ones in the playbook's order, and every required one however late it comes. None for a lost cause."""
    if prospect(facts, at) is Prospect.HOPELESS:
        return
    pending = [activity for activity in facts.activities if not activity.done]
    for place, activity in enumerate(pending):
        if place < len(weights.IN_TURN):
            yield _do(activity, facts, at, weights.IN_TURN[place])
        elif activity.required:
            yield _do(activity, facts, at, weights.IN_TURN[-1])


def _do(activity: Activity, facts: Facts, at: datetime, place: float) -> Candidate:
    urgency = pressure(facts, at)
    whom = whom_to_ask(activity, facts)
    minutes = activity.effort_minutes or USUAL_MINUTES
    late = 1.0 if activity.required else weights.RIPE
    if is_quiet(facts, at) and not activity.required:
        place *= weights.RIPE  # a customer who doesn't answer comes to no workshop
    weight = place * elsewhere(facts, at) * pace_of(facts, at, early=weights.YOUNG, late=late)
    return Candidate(
        kind=ActionKind.DO_ACTIVITY,
        title=clipped(_title(activity, facts, minutes, whom), 120),
        rationale=clipped(sentence(_reason(activity, facts), only(facts, whom)), 600),
        evidence=(
            Evidence(
                activity.name,
                told_of(
                    facts,
                    activity_of(facts, activity),
                    phrase("required, still open") if activity.required else phrase("still open"),
                ),
                of_stage(facts),
            ),
            age_evidence(facts, at),
        ),
        urgency=urgency,
        due_at=due(facts, at, urgency),
        effort_minutes=minutes,
        target=Target(activity_id=activity.id),
        message=drafts.invitation(facts, activity),
        weight=weight * (weights.REQUIRED_ACTIVITY if activity.required else 1.0),
        occasion=(facts.stage.id,),
    )


def _title(activity: Activity, facts: Facts, minutes: int, whom: ConfirmedBy | None) -> str:
    if whom:
        return told(facts, activity_asked(activity, facts, whom))
    if minutes <= SCHEDULING_MINUTES:
        return activity.name
    named = phrase("Schedule: {activity}", activity=activity_of(facts, activity))
    return told(facts, either(named, phrase("Schedule the next step that the stage asks for")))


def _reason(activity: Activity, facts: Facts) -> str:
    stage = stage_of(facts)
    if activity.required:
        why = either(
            phrase("“{stage}” requires it before the deal may move on.", stage=stage),
            phrase("The stage requires it before the deal may move on."),
        )
    else:
        why = either(
            phrase("It is the next step that “{stage}” asks for.", stage=stage),
            phrase("It is the next step that the stage asks for."),
        )
    return sentence(told(facts, why), activity.description)
