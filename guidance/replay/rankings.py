"""Rankings that can be tried on the log."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from guidance.ranking import mixed
from guidance.replay.slates import Logged, Slate
from guidance.scoring import SCALES, Scales

Ranking = Callable[[Slate], Sequence[str]]
"""All keys of a slate, best first."""


def by_score(scales: Scales = SCALES) -> Ranking:
    """The rules' order with other tables: what is due first, then by score, kinds mixed."""

    def order(slate: Slate) -> list[str]:
        ranked = sorted(slate.candidates, key=lambda one: (not one.factors.due, -one.factors.score(scales), one.key))
        return [one.key for one in mixed(ranked, kind=lambda one: one.factors.kind)]

    return order


def served(slate: Slate) -> list[str]:
    """As it stands in deals that are not held out, by the rules or by a model."""
    return [one.key for one in sorted(slate.candidates, key=lambda one: one.rank)]


def _by(worth: Callable[[Logged], float]) -> Ranking:
    return lambda slate: [one.key for one in sorted(slate.candidates, key=lambda one: (-worth(one), one.key))]


NAMED: Mapping[str, Ranking] = MappingProxyType(
    {
        "served": served,
        "score": by_score(),
        "propensity": _by(lambda one: one.factors.propensity),
        "value": _by(lambda one: one.factors.value()),
        "urgency": _by(lambda one: SCALES.urgency[one.factors.urgency]),
        "quickest": _by(lambda one: -one.factors.effort_minutes),
    }
)
