"""The modelled forecast: what open deals, and deals that aren't there yet, bring in a window of days.

Each open deal is won with its stage's chance, on a day that is drawn as closed deals tell: from the day that was
expected, or for a deal without one, from its age. A deal that is longer overdue, or older, than won deals ever were is
won the less likely. What new deals bring is what deals brought so soon after they were made.

The 80 % range is simulated. Of many deals the largest are drawn one by one; the sum of the rest, none of which decides,
is drawn from the normal distribution of the same mean and variance (Lyapunov's limit), and so it takes as long for ten
thousand deals as for a hundred. Chances of stages and rates are known from so many deals only; that widens the range.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import exp, sqrt
from random import Random
from statistics import NormalDist
from typing import NamedTuple

EARLY, LATE, OLDEST = -180, 540, 1_000
"""Days: expected days that are further away, and greater ages, count as these."""
PRIOR = 20
"""How many closed deals the chance that a playbook states for a stage weighs as much as."""
PRIOR_SLIPS = (-30, -14, -7, 0, 0, 0, 0, 7, 14, 30, 60, 90)
PRIOR_AGES = (15, 30, 45, 60, 90, 120, 180, 270, 360)
"""Closings that count as observed, so that there is a spread before a deal has closed: days after the expected one, and
after the first."""
DRAWS, ONE_BY_ONE, FEW = 800, 24, 30
LOW, HIGH = 0.1, 0.9

Days = Mapping[int, int]
"""How many deals closed after so many days."""


class Arrivals(NamedTuple):
    """Of won deals that were `age` days old: how many, and the sums of their amounts and of their squares."""

    age: int
    deals: int
    amount: float
    squares: float


class StageRecord(NamedTuple):
    """Of closed deals that were in a stage."""

    closed: int
    won: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What closed deals tell. `slips`: days from the expected to the actual closing; `ages`: from the first day on.
    `stages` by the keys of playbook and stage. `arrivals` by currency, of the last `days` days."""

    won_slips: Days = field(default_factory=dict)
    lost_slips: Days = field(default_factory=dict)
    won_ages: Days = field(default_factory=dict)
    lost_ages: Days = field(default_factory=dict)
    stages: Mapping[tuple[str, str], StageRecord] = field(default_factory=dict)
    arrivals: Mapping[str, Sequence[Arrivals]] = field(default_factory=dict)
    days: float = 0.0

    @property
    def won(self) -> int:
        return sum(self.won_ages.values())


class Window(NamedTuple):
    """Days from today on, both inclusive: 0 is today. Empty where `last` is before `first`."""

    first: int
    last: int


class Odds(NamedTuple):
    """By day: the share of deals still open that are won in the window if they are won (`share`), and how much likelier
    a deal to be lost is still open than one to be won (`ratio`)."""

    share: list[float]
    ratio: list[float]


def chance(stage: float, share: float, ratio: float) -> float:
    """That an open deal is won in the window; `stage`: that one in its stage is won at all."""
    return share / (1 + (1 / stage - 1) * ratio) if stage > 0 else 0.0


def odds_by_day(basis: Basis, window: Window) -> Odds:
    """By how far off the expected day is, from `EARLY` to `LATE`."""
    won, lost = _Counted(basis.won_slips, PRIOR_SLIPS), _Counted(basis.lost_slips, PRIOR_SLIPS)
    return _odds([_Place(won, lost, -day) for day in range(EARLY, LATE + 1)], window)


def odds_by_age(basis: Basis, window: Window) -> Odds:
    """By how many days old the deal is, from 0 to `OLDEST`."""
    won, lost = _Counted(basis.won_ages, PRIOR_AGES), _Counted(basis.lost_ages, PRIOR_AGES)
    return _odds([_Place(won, lost, age) for age in range(OLDEST + 1)], window)


def stage_chance(stated: float, record: StageRecord | None) -> tuple[float, float]:
    """The chance of a stage, and the variance of what is known of it."""
    closed, won = record or (0, 0)
    found = (won + PRIOR * stated) / (closed + PRIOR)
    return found, found * (1 - found) / (closed + PRIOR + 1)


class _Counted:
    """Closings by day, cumulated."""

    def __init__(self, days: Days, prior: Sequence[int]) -> None:
        found = dict(days)
        for day in prior:
            found[day] = found.get(day, 0) + 1
        self._days = sorted(found)
        self._before = [0, *accumulate(found[day] for day in self._days)]
        self.all = self._before[-1]

    def since(self, day: int) -> int:
        """On that day and later."""
        return self.all - self._before[bisect_left(self._days, day)]


class _Place(NamedTuple):
    """`today`: the day, as they are counted, that is today for a deal."""

    won: _Counted
    lost: _Counted
    today: int


def _odds(places: Sequence[_Place], window: Window) -> Odds:
    found = Odds([], [])
    for won, lost, today in places:
        open_won = won.since(today)
        within = won.since(today + window.first) - won.since(today + window.last + 1)
        possible = open_won > 0 and window.last >= window.first
        found.share.append(within / open_won if possible else 0.0)
        found.ratio.append(lost.since(today) / lost.all / (open_won / won.all) if open_won else 0.0)
    return found


@dataclass(slots=True)
class Drawn:
    """Of open deals in one currency: the largest, as amount and chance; mean and variance of all the others together;
    `shared`: the variance that all have in common, since chances of stages aren't known better."""

    largest: list[tuple[float, float]] = field(default_factory=list)
    mean: float = 0.0
    variance: float = 0.0
    shared: float = 0.0

    @property
    def expected(self) -> float:
        return self.mean + sum(amount * won for amount, won in self.largest)


class New(NamedTuple):
    """What deals that aren't there yet bring: how many are won, and mean and variance of the sum. `uncertainty`: the
    variance of what is known of the mean."""

    deals: float
    mean: float
    variance: float
    uncertainty: float


def new_deals(arrivals: Sequence[Arrivals], days: float, window: Window) -> New:
    """Deals are made as often as in the last `days`, and are won as old as then: one that was won at an age can be made
    on any day from today on that leads into the window."""
    deals = mean = variance = uncertainty = 0.0
    for one in arrivals if days > 0 else ():
        rate = max(0, window.last + 1 - max(one.age, window.first)) / days
        deals += one.deals * rate
        mean += one.amount * rate
        variance += one.squares * rate
        uncertainty += one.squares * rate * rate
    return New(deals, mean, variance, uncertainty)


class Spread(NamedTuple):
    """The 80 % range of a sum around what is expected."""

    low: float
    expected: float
    high: float


def spread(closed: float, drawn: Drawn, new: New, seed: str) -> Spread:
    """The range of what is closed already, of open deals and of new ones. The same for the same `seed`."""
    random = Random(seed)  # noqa: S311 # nobody gains by guessing it
    rest = sqrt(drawn.variance + drawn.shared + new.uncertainty + (0 if new.deals < FEW else new.variance))
    middle = drawn.mean + (0 if new.deals < FEW else new.mean)
    normal = NormalDist()
    steps = [middle + rest * normal.inv_cdf((nth + 0.5) / DRAWS) for nth in range(DRAWS)]
    random.shuffle(steps)
    toss = random.random
    for amount, won in drawn.largest:
        steps = [total + amount if toss() < won else total for total in steps]
    if 0 < new.deals < FEW:
        steps = [total + brought for total, brought in zip(steps, _few(new, random), strict=True)]
    steps.sort()
    # Nothing that was won is taken back.
    low, high = (closed + max(0.0, steps[round(DRAWS * place)]) for place in (LOW, HIGH))
    return Spread(low, closed + drawn.expected + new.mean, high)


def _few(new: New, random: Random) -> list[float]:
    """So few that none may come: a number of deals from the Poisson distribution, whose amounts have a gamma one."""
    each = new.mean / new.deals
    shape = each * each / max(new.variance / new.deals - each * each, each * each / 100) if each else 0.0
    numbers, term = [], exp(-new.deals)
    for number in range(1, 4 * FEW):
        numbers.append(term)
        term *= new.deals / number
    below = list(accumulate(numbers))
    counts = (bisect_left(below, random.random()) for _ in range(DRAWS))
    return [random.gammavariate(shape * count, each / shape) if count and shape else 0.0 for count in counts]
