"""Problems of a definition, as far as they show without the database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import orjson

from app.automation import schedules, steps
from app.automation.definition import Definition, Step, Trigger
from app.automation.language import LANGUAGE, SAMPLES, ConditionError, condition_of
from app.identity.viewer import Viewer
from app.outcomes import Faults, Refused, refused
from app.playbooks.spec import KEBAB_CASE
from app.vocabulary import AutomationStepKind, ErrorCode, EventType, Permission
from expressions import trial

LONGEST_KEY, LONGEST_NAME, LONGEST_DESCRIPTION = 80, 200, 2_000
MOST_STEPS = 20
NUL = rb"\u0000"
LONGEST_DELAY = timedelta(days=366)
MOST_DAYS = 730
NEVER = frozenset({EventType.OPPORTUNITY_LEFT, EventType.OPPORTUNITY_CAME, EventType.PLAYBOOK_DISCARDED})
"""Types that are told to some readers of a deal alone, or about what is no more."""


def problems(definition: Definition) -> Iterator[Refused]:
    yield from _names(definition)
    yield from _trigger(definition.trigger)
    yield from _condition(definition.condition, "condition")
    if not 1 <= len(definition.steps) <= MOST_STEPS:
        yield _invalid(f"An automation has 1 to {MOST_STEPS} steps.", "steps")
    for place, step in enumerate(definition.steps[:MOST_STEPS]):
        yield from _step(step, str(place))
    for place, (former, step) in enumerate(pairwise(definition.steps[:MOST_STEPS]), start=1):
        if step.after < former.after:
            minutes = former.after // timedelta(minutes=1)
            message = f"Steps are done in order: give this one {minutes} minutes or more, as the one before it has."
            yield _invalid(message, "steps", str(place), "afterMinutes")


def rights(viewer: Viewer, definition: Definition) -> Iterator[Refused]:
    """What whoever saves it may not have done."""
    for place, step in enumerate(definition.steps[:MOST_STEPS]):
        if step.kind is AutomationStepKind.SEND_WEBHOOK and not viewer.may(Permission.MANAGE_WEBHOOKS):
            message = "Only who may manage webhook endpoints has automations send to them: ask an administrator."
            yield refused(ErrorCode.FORBIDDEN, message, "steps", str(place), "kind")


async def checked(viewer: Viewer, definition: Definition) -> Refused | None:
    """All that keeps this viewer from saving it, as far as that shows without the database."""
    faults = Faults()
    faults.note(*problems(definition), *rights(viewer, definition))
    if not faults:
        faults.note(await tried(definition))
    return faults.refused() if faults else None


async def tried(definition: Definition) -> Refused | None:
    """The trial of a definition without problems, with inputs as long as they may be."""
    conditions = [definition.condition, *(step.only_if_still or "" for step in definition.steps)]
    compiled = [found for written in conditions if (found := condition_of(written)) is not None]
    complaints = await trial.tried(LANGUAGE, SAMPLES[0], compiled) if compiled else []
    complaint = next(filter(None, complaints), None)
    return _invalid(f"A condition can't be used: {complaint}.", "condition") if complaint else None


def _names(definition: Definition) -> Iterator[Refused]:
    key = definition.key
    if not KEBAB_CASE.issuperset(key) or not all(key.split("-")) or len(key) > LONGEST_KEY:
        message = f"A key is made of lower-case letters, digits and single hyphens, {LONGEST_KEY} characters at most."
        yield _invalid(message, "key")
    texts = (("name", definition.name, LONGEST_NAME), ("description", definition.description, LONGEST_DESCRIPTION))
    for name, text, most in texts:
        if text is not None and ("\0" in text or len(text) > most or (name == "name" and not text.strip())):
            yield _invalid(f"Must have {1 if name == 'name' else 0} to {most} characters.", name)


def _trigger(trigger: Trigger) -> Iterator[Refused]:
    given = {
        "events": trigger.events or None,
        "daysInStage": trigger.days_in_stage,
        "daysBeforeClose": trigger.days_before_close,
        "daysSilent": trigger.days_silent,
        "schedule": trigger.schedule,
    }
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        yield _invalid(f"Give exactly one of {', '.join(given)}.", "trigger", *named[1:2])
    if trigger.events & NEVER:
        yield _invalid(f"{min(trigger.events & NEVER)} triggers nothing: name other events.", "trigger", "events")
    for name, least in (("daysInStage", 1), ("daysBeforeClose", -MOST_DAYS), ("daysSilent", 1)):
        days = given[name]
        if isinstance(days, int) and not least <= days <= MOST_DAYS:
            yield _invalid(f"From {least} to {MOST_DAYS} days.", "trigger", name)
    try:
        schedules.zone(trigger.time_zone)
    except schedules.ScheduleError as problem:
        yield _invalid(str(problem), "trigger", "timeZone")
        return
    try:
        if trigger.schedule is not None:
            schedules.check(trigger.schedule, trigger.time_zone, datetime.now(UTC))
    except schedules.ScheduleError as problem:
        yield _invalid(str(problem), "trigger", "schedule")


def _step(step: Step, place: str) -> Iterator[Refused]:
    if not timedelta() <= step.after <= LONGEST_DELAY:
        yield _invalid(f"From 0 to {LONGEST_DELAY // timedelta(minutes=1)} minutes.", "steps", place, "afterMinutes")
    if step.only_if_still is not None:
        yield from _condition(step.only_if_still, "steps", place, "onlyIfStill")
    if NUL in orjson.dumps(step.settings):
        yield _invalid("Text can't hold the character NUL.", "steps", place, "settings")
        return
    for path, message in steps.problems(step.kind, step.settings):
        yield _invalid(message, "steps", place, "settings", *path)


def _condition(written: str, *path: str) -> Iterator[Refused]:
    if "\0" in written:
        yield _invalid("Text can't hold the character NUL.", *path)
        return
    try:
        condition_of(written)
    except ConditionError as problem:
        at = "" if problem.position is None else f" (at character {problem.position + 1})"
        yield _invalid(f"{problem.message}{at}", *path)


def _invalid(message: str, *path: str) -> Refused:
    return refused(ErrorCode.INVALID, message, *path)
