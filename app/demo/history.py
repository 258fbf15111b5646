"""Eighteen months of one deal: which stages it went through, how long it stayed, and how it ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from random import Random

from app.playbooks.spec import PlaybookSpec, StageSpec
from app.vocabulary import StageKind, TransitionKind

SPREAD = 0.55
"""Of the logarithm of a stay: the middle half of the stays lies within a factor of two of the median."""

LEFT_FORWARDS = (TransitionKind.FORWARD, TransitionKind.SKIP, TransitionKind.WON)


@dataclass(frozen=True, slots=True)
class Step:
    """`at`: on a time scale without nights and weekends, see `app.demo.calendar.Office`."""

    from_key: str | None
    to_key: str
    kind: TransitionKind
    at: datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """The last stay in an open stage: from `entered` until `left`, on the scale of steps; `left_by` is null where the
    deal is still there."""

    stage: StageSpec
    entered: datetime
    left: datetime
    left_by: TransitionKind | None


def history(random: Random, spec: PlaybookSpec, started: datetime, now: datetime) -> list[Step]:
    """The steps up to `now`, the first one CREATED. Stays are log-normal around 0.8 × the stage's target."""
    open_stages = [stage for stage in spec.stages if stage.kind is StageKind.OPEN]
    won, lost = _closed(spec, StageKind.WON), _closed(spec, StageKind.LOST)
    steps = [Step(None, open_stages[0].key, TransitionKind.CREATED, started)]
    place, at, backs = 0, started, 0
    while True:
        stage = open_stages[place]
        slow = 3.0 if random.random() < 0.06 else 1.0
        at += timedelta(days=slow * random.lognormvariate(log(0.8 * (stage.target_days or 14)), SPREAD))
        if at >= now:
            return steps
        if random.random() < 0.11:
            steps.append(Step(stage.key, lost, TransitionKind.LOST, at))
            return _perhaps_reopened(random, steps, stage.key, at, now)
        if place == len(open_stages) - 1:
            steps.append(Step(stage.key, won, TransitionKind.WON, at))
            return steps
        if place > 0 and backs < 2 and random.random() < 0.05:
            backs, target, kind = backs + 1, place - 1, TransitionKind.BACK
        elif 0 < place < len(open_stages) - 2 and random.random() < 0.04:
            target, kind = place + 2, TransitionKind.SKIP
        else:
            target, kind = place + 1, TransitionKind.FORWARD
        steps.append(Step(stage.key, open_stages[target].key, kind, at))
        place = target


def _closed(spec: PlaybookSpec, kind: StageKind) -> str:
    return next(stage.key for stage in spec.stages if stage.kind is kind)


def _perhaps_reopened(random: Random, steps: list[Step], key: str, at: datetime, now: datetime) -> list[Step]:
    again = at + timedelta(days=random.uniform(10, 60))
    if random.random() < 0.05 and again < now:
        steps.append(Step(steps[-1].to_key, key, TransitionKind.REOPEN, again))
    return steps


def stays(spec: PlaybookSpec, steps: list[Step], now: datetime) -> list[Stay]:
    """In playbook order, of the stages that the deal has been in or has skipped, up to the furthest that counts: one
    that it was sent back from counts no more. A skipped stage ends with the one before it."""
    found = {stay.stage.key: stay for stay in _visits(spec, steps, now)}
    opened = [stage for stage in spec.stages if stage.kind is StageKind.OPEN]
    last = next(step for step in reversed(steps) if step.to_key in found)
    counted: list[Stay] = []
    for stage in opened[: [stage.key for stage in opened].index(last.to_key) + 1]:
        stay = found.get(stage.key)
        if stay is None or (counted and stay.left < counted[-1].left):
            stay = Stay(stage, counted[-1].left, counted[-1].left, TransitionKind.SKIP)
        counted.append(stay)
    return counted


def _visits(spec: PlaybookSpec, steps: list[Step], now: datetime) -> Iterator[Stay]:
    stages = {stage.key: stage for stage in spec.stages}
    for n, step in enumerate(steps):
        if stages[step.to_key].kind is StageKind.OPEN:
            after = steps[n + 1] if n + 1 < len(steps) else None
            yield Stay(stages[step.to_key], step.at, after.at if after else now, after.kind if after else None)
