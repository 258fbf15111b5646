"""Shares with their confidence intervals, of plain numbers."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)
"""Of a two-sided interval of 95 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of` cases, 0 ≤ count ≤ of."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        return self.count / self.of if self.of else None

    @property
    def low(self) -> float | None:
        return wilson(self.count, self.of)[0] if self.of else None

    @property
    def high(self) -> float | None:
        return wilson(self.count, self.of)[1] if self.of else None


def wilson(count: int, of: int, z: float = Z) -> tuple[float, float]:
    """The score interval without continuity correction (Wilson 1927, JASA 22, 209-212); `of` is above 0."""
    share = count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low = 0.0 if count == 0 else middle - reach
    high = 1.0 if count == of else middle + reach
    return low, high
