"""Rankings that can be tried on the log."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from guidance.ranking import mixed
from guidance.replay.slates import Logged, Slate
from guidance.scoring import SCALES, Scales
from guidance.staleness import stepped_back

Ranking = Callable[[Slate], Sequence[str]]
"""All keys of a slate, best first."""


def by_score(scales: Scales = SCALES) -> Ranking:
    """The rules' order with other tables: what is due first, then by score, kinds mixed."""

    def order(slate: Slate) -> list[str]:
        ranked = sorted(slate.candidates, key=lambda one: (not one.factors.due, -one.factors.score(scales), one.key))
        return _keys(mixed(ranked, kind=lambda one: one.factors.kind))

    return order


def served(slate: Slate) -> list[str]:
    """As it stands in deals that are not held out, by the rules or by a model."""
    return _keys(sorted(slate.candidates, key=lambda one: one.rank))


def _keys(order: Iterable[Logged]) -> list[str]:
    """What is ignored steps back, as it does where advice is kept."""
    return [one.key for one in stepped_back(list(order), lambda one: one.factors.steps)]


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
