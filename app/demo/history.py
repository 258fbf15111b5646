"""Eighteen months of one deal: which stages it went through, how long it stayed, and how it ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from random import Random

from app.playbooks.spec import PlaybookSpec, StageSpec
from app.vocabulary import StageKind, TransitionKind

LOST_REASONS = (
    "Budget moved to next year",
    "Chose a competitor's product",
    "No decision was taken",
    "The project was stopped",
    "Built it themselves",
)
BACK_REASONS = ("The customer reopened the requirements", "A new decision maker came in", "The budget was questioned")
SKIP_REASONS = ("The customer had tested the product before", "Follows a framework agreement")
SPREAD = 0.55
"""Of the logarithm of a stay: the middle half of the stays lies within a factor of two of the median."""


@dataclass(frozen=True, slots=True)
class Step:
    from_key: str | None
    to_key: str
    kind: TransitionKind
    at: datetime
    reason: str | None


def history(random: Random, spec: PlaybookSpec, started: datetime, now: datetime) -> list[Step]:
    """The steps up to `now`, the first one CREATED. Stays are log-normal around 0.8 × the stage's target."""
    open_stages = [stage for stage in spec.stages if stage.kind is StageKind.OPEN]
    won, lost = _closed(spec, StageKind.WON), _closed(spec, StageKind.LOST)
    steps = [Step(None, open_stages[0].key, TransitionKind.CREATED, started, None)]
    place, at, backs = 0, started, 0
    while True:
        stage = open_stages[place]
        slow = 3.0 if random.random() < 0.06 else 1.0
        at += timedelta(days=slow * random.lognormvariate(log(0.8 * (stage.target_days or 14)), SPREAD))
        if at >= now:
            return steps
        if random.random() < 0.11:
            steps.append(Step(stage.key, lost, TransitionKind.LOST, at, random.choice(LOST_REASONS)))
            return _perhaps_reopened(random, steps, stage.key, at, now)
        if place == len(open_stages) - 1:
            steps.append(Step(stage.key, won, TransitionKind.WON, at, None))
            return steps
        if place > 0 and backs < 2 and random.random() < 0.05:
            backs, target = backs + 1, place - 1
            kind, reason = TransitionKind.BACK, random.choice(BACK_REASONS)
        elif place < len(open_stages) - 2 and random.random() < 0.04:
            target, kind, reason = place + 2, TransitionKind.SKIP, random.choice(SKIP_REASONS)
        else:
            target, kind, reason = place + 1, TransitionKind.FORWARD, ""
        steps.append(Step(stage.key, open_stages[target].key, kind, at, reason or None))
        place = target


def _closed(spec: PlaybookSpec, kind: StageKind) -> str:
    return next(stage.key for stage in spec.stages if stage.kind is kind)


def _perhaps_reopened(random: Random, steps: list[Step], key: str, at: datetime, now: datetime) -> list[Step]:
    again = at + timedelta(days=random.uniform(10, 60))
    if random.random() < 0.04 and again < now:
        steps.append(Step(steps[-1].to_key, key, TransitionKind.REOPEN, again, "The project is back on the agenda"))
    return steps


def passed(spec: PlaybookSpec, key: str) -> list[StageSpec]:
    """The open stages before `key`; all of them when it is the won stage."""
    before: list[StageSpec] = []
    for stage in spec.stages:
        if stage.key == key:
            return before
        if stage.kind is StageKind.OPEN:
            before.append(stage)
    return before
