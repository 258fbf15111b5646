"""Do or schedule an activity that the stage asks for."""

from collections.abc import Iterator
from datetime import datetime

from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target
from guidance.facts import Activity, Facts
from guidance.rules.reading import (
    Prospect,
    age_evidence,
    clipped,
    due,
    elsewhere,
    is_quiet,
    pace_of,
    pressure,
    prospect,
)

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
    minutes = activity.effort_minutes or USUAL_MINUTES
    late = 1.0 if activity.required else weights.RIPE
    if is_quiet(facts, at) and not activity.required:
        place *= weights.RIPE  # a customer who doesn't answer comes to no workshop
    weight = place * elsewhere(facts, at) * pace_of(facts, at, early=weights.YOUNG, late=late)
    return Candidate(
        kind=ActionKind.DO_ACTIVITY,
        title=clipped(f"Schedule: {activity.name}" if minutes > SCHEDULING_MINUTES else activity.name, 120),
        rationale=clipped(_reason(activity, facts), 600),
        evidence=(
            Evidence(
                activity.name,
                "required, still open" if activity.required else "still open",
                f"playbook, stage “{facts.stage.name}”",
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


def _reason(activity: Activity, facts: Facts) -> str:
    if activity.required:
        return f"“{facts.stage.name}” requires it before the deal may move on. {activity.description}".strip()
    return f"It is the next step that “{facts.stage.name}” asks for. {activity.description}".strip()
