"""Fates of deals by stage and days in it: competing exits of each stage, deals that are still there censored.

Aalen–Johansen: the share of those that entered a stage and left it for another within d days. From these shares, stage
after stage, follows how many of those that stay in a stage for d days are won in the end. Plain Python, since it serves
what is asked of a single deal as well.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.prediction.crowd import Crowd, everyone, most_even
from app.prediction.deal import Stay

POINTS = 40
"""Most ages, in days, at which the exits of a stage are kept."""
PRIOR = 12.0
"""So many stays' worth of what holds for the whole stage is mixed into what holds from an age on."""
LONGER, ENOUGH_STUCK = 1.25, 20
ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Exits:
    """Of one stage. `ages` ascend from 0; `staying[i]` is the share that stays beyond `ages[i]`; `left[to][i]` the
    share that went `to` by then. `at_risk[i]`: how many stays that rests on. `stuck`: the share that stays for good,
    where enough were watched for long after the last one left; 0 where that can't be told yet."""

    ages: tuple[float, ...]
    staying: tuple[float, ...]
    left: Mapping[str, tuple[float, ...]]
    at_risk: tuple[float, ...]
    stays: int
    stuck: float

    def weight(self, age: float) -> float:
        """So many stays are known of those that were still there at that age."""
        return self.at_risk[self._place(age)[0]]

    def stuck_at(self, age: float) -> float:
        """Of those that are still there at that age, the share that stays for good."""
        if self.stuck == 0.0:
            return 0.0
        at, part = self._place(age)
        following = min(at + 1, len(self.ages) - 1)
        staying = self.staying[at] + part * (self.staying[following] - self.staying[at])
        weight = self.at_risk[at]
        return (weight * min(self.stuck / staying, 1.0) + PRIOR * self.stuck) / (weight + PRIOR)

    def shares(self, age: float) -> dict[str, float]:
        """Where those go that leave it after that age; sums to 1, empty where none was seen to leave."""
        whole = self._from(0, 0.0)
        if not whole:
            return {}
        at, part = self._place(age)
        here = self._from(at, part)
        weight = self.at_risk[at]
        mixed = {to: weight * here.get(to, 0.0) + PRIOR * share for to, share in whole.items()}
        total = sum(mixed.values())
        return {to: share / total for to, share in mixed.items()}

    def _place(self, age: float) -> tuple[int, float]:
        at = max(bisect_right(self.ages, age) - 1, 0)
        if at + 1 == len(self.ages):
            return at, 0.0
        return at, max(age - self.ages[at], 0.0) / (self.ages[at + 1] - self.ages[at])

    def _from(self, at: int, part: float) -> dict[str, float]:
        following = min(at + 1, len(self.ages) - 1)
        gone = {}
        for to, shares in self.left.items():
            by_then = shares[at] + part * (shares[following] - shares[at])
            gone[to] = max(shares[-1] - by_then, 0.0)
        total = sum(gone.values())
        return {to: share / total for to, share in gone.items()} if total > 0 else {}


@dataclass(frozen=True, slots=True)
class StageRates:
    """`entered[stage]`: the share of those that enter it that is won in the end."""

    exits: Mapping[str, Exits]
    entered: Mapping[str, float]
    base: float

    def next_stage(self, stage: str, age: float) -> dict[str, float]:
        known = self.exits.get(stage)
        return known.shares(age) if known else {}

    def stuck(self, stage: str, age: float) -> float:
        """The share that stays there for good."""
        known = self.exits.get(stage)
        return known.stuck_at(age) if known else 0.0

    def win(self, stage: str, age: float = 0.0) -> float:
        """Of those that are decided at all, the share that is won; that of all deals for a stage that nobody was seen
        to leave."""
        shares = self.next_stage(stage, age)
        if not shares:
            return self.entered.get(stage, self.base)
        return sum(share * self.entered.get(to, self.base) for to, share in shares.items())


def exits_of(stays: Sequence[Stay], weights: Sequence[float] | None = None) -> Exits:
    """Of the stays of one stage."""
    given = weights or [1.0] * len(stays)
    ended = sorted(
        (max(stay.until - stay.since, 0.0), stay.to or "", weight) for stay, weight in zip(stays, given, strict=True)
    )
    kinds = sorted({to for _, to, _ in ended if to})
    at_risk, staying, left = sum(given), 1.0, dict.fromkeys(kinds, 0.0)
    curve = [(0.0, 1.0, dict(left), at_risk)]
    place = 0
    while place < len(ended):
        age, gone, leaving = ended[place][0], 0.0, defaultdict[str, float](float)
        while place < len(ended) and ended[place][0] == age:
            _, to, weight = ended[place]
            gone += weight
            if to:
                leaving[to] += weight
            place += 1
        for to, weight in leaving.items():
            left[to] += staying * weight / at_risk
        staying *= max(1.0 - sum(leaving.values()) / at_risk, 0.0)
        at_risk = max(at_risk - gone, 0.0)
        if leaving:
            curve.append((age, staying, dict(left), at_risk))
    kept = _thinned(curve)
    return Exits(
        ages=tuple(age for age, *_ in kept),
        staying=tuple(share for _, share, *_ in kept),
        left={to: tuple(shares[to] for _, _, shares, _ in kept) for to in kinds},
        at_risk=tuple(risk for *_, risk in kept),
        stays=len(stays),
        stuck=_stuck(ended, curve[-1]),
    )


def _stuck(ended: Sequence[tuple[float, str, float]], last: tuple[float, float, dict[str, float], float]) -> float:
    """What is left after the last one went, if enough were watched for a quarter longer than that."""
    age, staying, *_ = last
    watched = sum(1 for until, to, _ in ended if not to and until > age * LONGER + 1.0)
    return staying if watched >= ENOUGH_STUCK else 0.0


def _thinned(
    curve: Sequence[tuple[float, float, dict[str, float], float]],
) -> list[tuple[float, float, dict[str, float], float]]:
    """At most `POINTS` of it, a like share of deals between two; the first and the last are kept."""
    kept, step = [curve[0]], (curve[0][1] - curve[-1][1]) / POINTS
    for point in curve[1:-1]:
        if kept[-1][1] - point[1] >= step and point[0] > kept[-1][0]:
            kept.append(point)
    if len(curve) > 1 and curve[-1][0] > kept[-1][0]:
        kept.append(curve[-1])
    elif len(curve) > 1:
        kept[-1] = (kept[-1][0], *curve[-1][1:])
    return kept


def stage_rates(stays: Iterable[Stay], won: Iterable[str], lost: Iterable[str], crowd: Crowd = everyone) -> StageRates:
    """`won` and `lost`: the keys of the stages in which deals end. A stage that too few left for `crowd` is said to be
    as all are, and an age after which too few left, as the whole stage."""
    by_stage = defaultdict[str, list[Stay]](list)
    for stay in stays:
        by_stage[stay.stage].append(stay)
    exits = {stage: exits_of(of_stage) for stage, of_stage in by_stage.items()}
    entered = _entered(exits, frozenset(won), frozenset(lost))
    first = [stay for of_stage in by_stage.values() for stay in of_stage if stay.number == 0]
    base = sum(entered[stay.stage] for stay in first) / len(first) if first else 0.0
    if crowd is everyone:
        return StageRates(exits, entered, base)
    told = {stage: exits_of(kept) for stage, of_stage in by_stage.items() if (kept := _told(of_stage, crowd))}
    ends = dict.fromkeys(by_stage.keys() - told.keys(), base)
    return StageRates(told, _entered(told, frozenset(won), frozenset(lost), ends), base)


def _told(stays: Sequence[Stay], crowd: Crowd) -> list[Stay]:
    """Of one stage. Those that left it after the last age after which enough did are taken to have left it then."""
    gone = sorted((stay for stay in stays if stay.to is not None), key=_age)
    if not (counted := crowd(stay.deal for stay in gone)):
        return []
    place = bisect_right(range(1, len(gone)), False, key=lambda first: not crowd(stay.deal for stay in gone[first:]))
    last = _age(gone[place])
    going = most_even(stay.deal for stay in stays if stay.to is None)
    kept = [stay for stay in stays if stay.deal.id in (going if stay.to is None else counted)]
    return [replace(stay, until=stay.since + last) if stay.to and _age(stay) > last else stay for stay in kept]


def _age(stay: Stay) -> float:
    return max(stay.until - stay.since, 0.0)


def _entered(
    exits: Mapping[str, Exits], won: frozenset[str], lost: frozenset[str], given: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Solved by repetition, since deals also move back. `given`: of stages that aren't counted."""
    shares = {stage: of_stage.shares(0.0) for stage, of_stage in exits.items()}
    value = {**(given or {})} | dict.fromkeys(lost, 0.0) | dict.fromkeys(won, 1.0)
    ends = frozenset(value)
    for stage in exits:
        value.setdefault(stage, 0.0)
    for _ in range(ROUNDS):
        moved = 0.0
        for stage, to in shares.items():
            if stage in ends:
                continue
            fresh = sum(share * value.get(name, 0.0) for name, share in to.items())
            moved = max(moved, abs(fresh - value[stage]))
            value[stage] = fresh
        if moved < 1e-9:
            break
    return value
