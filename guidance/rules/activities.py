"""Do or schedule an activity that the stage asks for."""

from collections.abc import Iterator
from datetime import datetime

from catalogues import either, phrase
from guidance import drafts, weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Activity, ConfirmedBy, Facts, Reader
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
    quiet_limit,
    setback_evidence,
    silence_evidence,
    stems,
)
from guidance.rules.saying import activity_of, sentence, stage_of, told, told_of

USUAL_MINUTES = 45
SCHEDULING_MINUTES = 120
"""What takes longer needs an appointment."""


def do_activities(facts: Facts, at: datetime) -> Iterator[Candidate]:
    """The next ones in the playbook's order, and every required one however late it comes. None for a lost cause."""
    if prospect(facts, at) is Prospect.HOPELESS:
        return
    for place, activity in enumerate(_in_turn(facts)):
        if place < len(weights.IN_TURN):
            yield _do(activity, facts, at, weights.IN_TURN[place])
        elif activity.required:
            yield _do(activity, facts, at, weights.IN_TURN[-1])


def _in_turn(facts: Facts) -> list[Activity]:
    """What is open and not settled. Of what is done with the customer, the next one in order and whatever is required:
    nobody sends a recap of what hasn't been said."""
    open_ = [one for n, one in enumerate(facts.activities) if not one.done and not _is_settled(n, facts)]
    with_customer = [one for one in open_ if one.reader is Reader.CUSTOMER]
    return [one for one in open_ if one.required or one not in with_customer[1:]]


def _is_settled(place: int, facts: Facts) -> bool:
    """Nobody prepares what has been held, or does anything for criteria that are met."""
    activity, later = facts.activities[place], facts.activities[place + 1 :]
    if activity.required:
        return False
    if activity.serves:
        served = [one for one in facts.criteria if one.key in activity.serves]
        return bool(served) and all(one.met for one in served)
    return activity.reader is Reader.PARTNER and any(one.done and _is_prepared_by(activity, one) for one in later)


def _is_prepared_by(activity: Activity, later: Activity) -> bool:
    """Inward work before a meeting with the customer, or before what is called alike: “Prepare the demo”, “Demo”."""
    return later.reader is Reader.CUSTOMER or bool(stems(activity.name) & stems(later.name))


def _introduces(activity: Activity, facts: Facts) -> bool:
    """It is the first contact."""
    return facts.is_uncontacted and activity.reader is Reader.CUSTOMER


def _do(activity: Activity, facts: Facts, at: datetime, place: float) -> Candidate:
    urgency = pressure(facts, at)
    if _introduces(activity, facts) and urgency is Urgency.NORMAL and facts.quiet_days(at) >= quiet_limit(facts):
        urgency = Urgency.HIGH
    whom = whom_to_ask(activity, facts)
    minutes = activity.effort_minutes or USUAL_MINUTES
    late = 1.0 if activity.required else weights.RIPE
    if is_quiet(facts, at) and not activity.required:
        place *= weights.RIPE  # a customer who doesn't answer comes to no workshop
    if _introduces(activity, facts) and urgency is not Urgency.NORMAL:
        place *= weights.INTRODUCTION
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
            *((silence_evidence(facts, at),) if _introduces(activity, facts) else ()),
            *setback_evidence(facts, at),
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
    named = phrase("Find a date for “{activity}”", activity=activity_of(facts, activity))
    return told(facts, either(named, phrase("Find a date for the next step that the stage asks for")))


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
