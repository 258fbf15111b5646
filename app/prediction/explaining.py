"""The reasons of a prediction: what each fact adds to the base rate, in percentage points.

Facts add up in log odds; a percentage point is worth as many log odds as it takes on the straight line between the base
rate and the prediction (the value that Aumann and Shapley give each part). Rounded to tenths by largest remainders, so
that the points sum exactly to the difference of what is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor

from app.prediction.model import AGE, STAGE, STUCK, Said

TOGETHER = {
    "amount_is_unusual": "amount",
    "amount_changes": "amount_changed",
    "close_date_ahead": "close_date_passed",
}
"""Features that are one reason: two that spoke for and against the same fact would be no help."""
TENTHS = 1_000
"""Of a percentage point, in a probability of 1."""


@dataclass(frozen=True, slots=True)
class Reason:
    """`points`: tenths of a percentage point. `value`: as `app.prediction.words` makes text of it."""

    feature: str
    value: float | str | None
    points: int


def shown(probability: float) -> int:
    """In tenths of a percentage point."""
    return round(probability * TENTHS)


def reasons(said: Said, features: Mapping[str, float | str | None], stage_name: str) -> list[Reason]:
    """The weightiest first; those that round to nothing are left out."""
    shares = _points(said)
    rounded = _rounded(shares, shown(said.win) - shown(said.base))
    days = round(said.moment.days_in_stage, 2)
    values = {**features, STAGE: stage_name, AGE: days, STUCK: days}
    found = [Reason(name, values.get(name), points) for name, points in rounded.items() if points]
    return sorted(found, key=lambda one: (-abs(one.points), one.feature))


def _points(said: Said) -> dict[str, float]:
    """In tenths, unrounded; they sum to the difference."""
    total = sum(said.parts.values())
    whole = (said.decided - said.base) * TENTHS
    if abs(total) > 1e-9:
        found: dict[str, float] = {}
        for name, part in said.parts.items():
            reason = TOGETHER.get(name, name)
            found[reason] = found.get(reason, 0.0) + part * whole / total
    else:
        found = {STAGE: whole}
    if said.win != said.decided:
        found[STUCK] = (said.win - said.decided) * TENTHS
    return found


def _rounded(shares: Mapping[str, float], total: int) -> dict[str, int]:
    """Whole numbers that sum to `total`, each the one below or above its share as far as that can be."""
    below = {name: floor(share) for name, share in shares.items()}
    missing = total - sum(below.values())
    order = sorted(shares, key=lambda name: (below[name] - shares[name], name))
    for place in range(abs(missing)):
        name = order[place % len(order)] if missing > 0 else order[-1 - place % len(order)]
        below[name] += 1 if missing > 0 else -1
    return below
