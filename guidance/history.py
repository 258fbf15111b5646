"""The history of earlier deals in a stage: how long they stayed, how long they still took, how they ended.

It is the same for all deals of a stage, so that it is gathered once and kept for a while.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

ENOUGH = 20
"""Fewer samples say nothing."""


class Basis(StrEnum):
    """Whose deals a figure was measured over, so that texts can say it.

    PARTNERS: a benchmark over many partners, coarse and without counts. OWN: the deals of the deal's own organisation.
    ALL: every deal there is, for the vendor's people alone.
    """

    PARTNERS = "PARTNERS"
    OWN = "OWN"
    ALL = "ALL"


@dataclass(frozen=True, slots=True)
class Distribution:
    """`points`: evenly spaced quantiles, from the least value to the greatest, as
    `percentile_cont(array[0, 0.05, …, 1])` gives them; empty where there is no sample. `samples` is None where their
    number isn't told; then there were enough."""

    samples: int | None = 0
    points: tuple[float, ...] = ()
    basis: Basis = Basis.ALL

    @property
    def known(self) -> bool:
        return (self.samples is None or self.samples >= ENOUGH) and len(self.points) >= 2

    def quantile(self, fraction: float) -> float:
        """Linear between the points. Raises `IndexError` where there are none."""
        place = min(max(fraction, 0.0), 1.0) * (len(self.points) - 1)
        low = min(int(place), len(self.points) - 2) if len(self.points) > 1 else 0
        high = min(low + 1, len(self.points) - 1)
        return self.points[low] + (place - low) * (self.points[high] - self.points[low])

    def percentile(self, value: float) -> float:
        """The share of samples below `value`, 0..1; linear between the points."""
        if not self.points or value <= self.points[0]:
            return 0.0
        if value > self.points[-1]:
            return 1.0
        high = bisect_left(self.points, value)
        below, above = self.points[high - 1], self.points[high]
        return (high - 1 + (value - below) / (above - below)) / (len(self.points) - 1)

    @classmethod
    def of(cls, values: Sequence[float], steps: int = 20) -> "Distribution":
        if not values:
            return cls()
        ordered = tuple(sorted(values))
        whole = cls(len(ordered), ordered)
        return cls(len(ordered), tuple(whole.quantile(step / steps) for step in range(steps + 1)))


NO_DISTRIBUTION = Distribution()


@dataclass(frozen=True, slots=True)
class Fate:
    """Of the closed deals that stayed at least `days` in the stage: the share that was won, 0..1; None where too few
    are known."""

    days: float
    rate: float | None
    basis: Basis = Basis.ALL

    @classmethod
    def of(cls, days: float, closed: int, won: int) -> "Fate":
        return cls(days, won / closed if closed >= ENOUGH else None)


@dataclass(frozen=True, slots=True)
class History:
    """`stays`: days in the stage of deals that left it forwards. `remaining`: days from entering the stage to the win,
    of won deals. `fates` by rising `days`."""

    stays: Distribution = NO_DISTRIBUTION
    remaining: Distribution = NO_DISTRIBUTION
    fates: tuple[Fate, ...] = ()

    def __post_init__(self) -> None:
        if any(later.days <= earlier.days for earlier, later in pairwise(self.fates)):
            raise ValueError("fates stand by rising days")

    def fate_at(self, days_in_stage: float) -> Fate | None:
        """Of deals that were at least as old as this one, as far as the record tells; None with too few of them."""
        reached = [fate for fate in self.fates if fate.days <= days_in_stage]
        return reached[-1] if reached and reached[-1].rate is not None else None


NO_HISTORY = History()
