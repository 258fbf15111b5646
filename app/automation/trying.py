"""Trials of an automation over the last days of the log, which change nothing.

What it shows is what would have happened: deals stand as they stood then, the limits on runs hold, and what the
automation does triggers it again where that is one of its events, until it ends at its depth.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeVar
from uuid import UUID

from app.automation import checking, steps
from app.automation import facts as known
from app.automation.beginning import concerns
from app.automation.causing import events_of
from app.automation.consumer import registration_of
from app.automation.definition import Definition, Step, Stored
from app.automation.language import Facts, Unsaid
from app.automation.limits import depth_of
from app.automation.past import Past, past
from app.automation.past_moments import PastMoment, look_back
from app.automation.running import AFTER_FAILURE
from app.automation.tried_limits import Limits, ran_then
from app.database import database
from app.events.log import Reader
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.outcomes import Faults, Refused, refused
from app.vocabulary import AutomationStepKind, ErrorCode, EventType

T = TypeVar("T")

MOST_DAYS = 730
MOST_TRIED = 100
AT_A_TURN = 20
LOOKED_AFTER = timedelta(seconds=3)
"""What an event's transaction has changed is dated a little later than its events, and looked at later still."""
NO_LONGER = "It would have been left out: its `onlyIfStill` did not hold any more."


@dataclass(frozen=True, slots=True)
class TriedStep:
    kind: AutomationStepKind
    due_at: datetime
    summary: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class TriedRun:
    """`error`: why it would not have begun; then there are no steps. `depth`: of what triggers it."""

    at: datetime
    event_type: EventType | None
    opportunity_id: UUID | None
    registration_id: UUID | None
    steps: tuple[TriedStep, ...]
    depth: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """`total`: of all that would have begun; `runs`: the first, with those that a limit would have kept from it.
    `since`: from when on it was looked."""

    runs: tuple[TriedRun, ...]
    total: int
    since: datetime


@dataclass(frozen=True, slots=True)
class _Known:
    """Of a moment. `event_type`: null where the time triggers."""

    facts: Facts
    event_type: EventType | None
    deal_id: UUID | None
    registration_id: UUID | None
    depth: int


async def try_automation(
    viewer: Viewer, definition: Definition, days: int, *, at: datetime | None = None
) -> Tried | Refused:
    now = at or datetime.now(UTC)
    faults = Faults()
    faults.note(await checking.checked(viewer, definition))
    if not 1 <= days <= MOST_DAYS:
        faults.note(refused(ErrorCode.INVALID, f"From 1 to {MOST_DAYS} days.", "days"))
    if faults:
        return faults.refused()
    automation = Stored(new_id(), 1, True, viewer.role, definition, None)
    db = database()
    looked = await look_back(db, automation.trigger, now - timedelta(days=days), now)
    since = looked.since
    ids = {one.deal_id for one in looked.moments if one.deal_id is not None}
    trial = _Trial(
        automation,
        await past(db, ids, since),
        Limits(await ran_then(db, since, definition.key), is_timed=automation.trigger.is_timed),
        now,
    )
    async for moment in in_turns(looked.moments):
        await trial.add(db, moment)
    return Tried(tuple(trial.runs), trial.total, since)


async def in_turns(moments: Sequence[T], most: int = AT_A_TURN) -> AsyncIterator[T]:
    """After so many, others have their turn: between them nothing waits."""
    for place, moment in enumerate(moments, start=1):
        yield moment
        if place % most == 0:
            await asyncio.sleep(0)


class _Trial:
    def __init__(self, automation: Stored, known_then: Past, limits: Limits, now: datetime) -> None:
        self._automation = automation
        self._past = known_then
        self._limits = limits
        self._now = now
        self._zone = automation.trigger.zone
        self.runs: list[TriedRun] = []
        self.total = 0

    async def add(self, db: Reader, moment: PastMoment) -> None:
        moment = moment.later(self._limits.begins(moment.at))
        if moment.at > self._now:
            return
        found = await _known(db, moment, self._past, self._zone)
        while found is not None and concerns(self._automation, found.facts):
            if not self._begins(moment, found):
                return
            found = self._followed(found)

    def _begins(self, moment: PastMoment, found: _Known) -> bool:
        id = found.deal_id or found.registration_id
        refusal = self._limits.refuses(moment.at, id, found.depth, is_deal=found.deal_id is not None)
        error, is_told = refusal or (None, True)
        self.total += error is None
        if is_told and self._has_room:
            told = self._steps(moment, found) if error is None else ()
            about = found.deal_id, found.registration_id
            self.runs.append(TriedRun(moment.at, found.event_type, *about, told, found.depth, error))
        return error is None

    @property
    def _has_room(self) -> bool:
        return len(self.runs) < MOST_TRIED

    def _due(self, step: Step, begun: datetime) -> datetime:
        """When what it says is known, as far as it is."""
        return min(begun + step.after, self._now)

    def _followed(self, before: _Known) -> _Known | None:
        """What the run itself causes, if that is one of the automation's events."""
        definition = self._automation.definition
        said = next((one for one in events_of(definition.steps) if one["type"] in definition.trigger.events), None)
        event = before.facts.values["event"]
        if said is None or event is None or (before.depth and said["once"]):
            return None
        told = {**dict.fromkeys(event), "at": event["at"], "byPartner": False, "byAutomation": True, **said}
        told.pop("once")
        facts = Facts({**before.facts.values, "event": told})
        return _Known(facts, EventType(said["type"]), before.deal_id, before.registration_id, before.depth + 1)

    def _steps(self, moment: PastMoment, found: _Known) -> tuple[TriedStep, ...]:
        """One that fails ends its run."""
        told: list[TriedStep] = []
        failed = False
        for step in self._automation.definition.steps:
            due = moment.at + step.after
            if failed:
                told.append(TriedStep(step.kind, due, None, AFTER_FAILURE))
                continue
            summary, error = _told(step, self._later(found, moment.at, self._due(step, moment.at)))
            failed = error not in (None, NO_LONGER)
            told.append(TriedStep(step.kind, due, summary, error))
        return tuple(told)

    def _later(self, found: _Known, begun: datetime, at: datetime) -> Facts:
        """What is known when a step's time has come."""
        if at <= begun or found.deal_id is None:
            return found.facts
        then = self._past.facts(found.deal_id, at, self._zone)
        return found.facts if then is None else Facts({**then, "event": found.facts.values["event"]})


def _told(step: Step, facts: Facts) -> tuple[str | None, str | None]:
    """What it would do, or why it would do nothing."""
    if step.only_if_still is not None and not facts.hold(step.only_if_still):
        return None, NO_LONGER
    try:
        return steps.read(step.kind, step.settings).foretell(facts), None
    except Unsaid as unsaid:
        return None, f"The text can't be written: {unsaid}"


async def _known(db: Reader, moment: PastMoment, known_then: Past, zone: tzinfo) -> _Known | None:
    event, deal_id, registration_id = moment.event, moment.deal_id, None
    at = moment.at if event is None else moment.at + LOOKED_AFTER
    then = known_then.facts(deal_id, at, zone) if deal_id is not None else None
    if event is None:
        is_open = then is not None and then["deal"]["status"] == "OPEN"
        return _Known(Facts(then), None, deal_id, None, 0) if then is not None and is_open else None
    values = dict(then or known.NOTHING)
    if (its := registration_of(event)) is not None and (row := await known.registration(db, its)) is not None:
        registration_id = its
        said = {**row, "registration_status": event.payload.get("status") or row["registration_status"]}
        of_it = known.of_registration(said, moment.at, zone)
        values = {**of_it, **values, "registration": of_it["registration"]} if then else of_it
    depth = await _depth(db, moment)
    told = await known.of_event(db, event, by_automation=depth > 0)
    facts = Facts({**values, "event": told})
    return _Known(facts, event.type, deal_id if then else None, registration_id, depth)


async def _depth(db: Reader, moment: PastMoment) -> int:
    assert moment.event is not None
    if moment.cause is not None or moment.by_automation:
        return moment.cause or 1
    return await depth_of(db, moment.event, moment.deal_id)
