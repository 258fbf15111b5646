"""Off-policy values of a ranking: the share of the first places whose action is acted on, had the ranking filled them.

Both estimators take the places as independent of each other given what stands in them (the item-position model of Li,
Abbasi-Yadkori, Kveton, Muthukrishnan, Vinay & Wen, *Offline evaluation of ranking policies with click models*, KDD
2018). With the place's action a, its logged probability p, its outcome r, and w = 1/p where the ranking would have put
a there, else 0:

- **Self-normalised inverse propensity**: Σ w·r ÷ Σ w (Swaminathan & Joachims, *The self-normalized estimator for
  counterfactual learning*, NIPS 2015), with the ratio's variance by linearisation.
- **Doubly robust**: the mean of q(a′) + w·(r − q(a)), a′ being the ranking's action there and q a model of the outcome
  (Dudík, Langford & Li, *Doubly robust policy evaluation and learning*, ICML 2011). q is the outcome's share by kind,
  drawn to the overall one, from the half of the deals that the place isn't of (cross-fitting: Chernozhukov et al.,
  *Double/debiased machine learning*, Econometrics Journal 21, 2018), so that it never saw the outcome.

Places of one deal count as one observation (cluster-robust variances). The interval of the first is Wilson's (1927),
which holds near 0 and 1 as well, at the sample size that its variance amounts to; that of the second is normal.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import sqrt
from statistics import NormalDist

from guidance.actions import ActionKind
from guidance.replay.rankings import Ranking
from guidance.replay.slates import Logged, Slate

LEAST_EFFECTIVE = 50.0
"""Deals that count; below, an interval promises what it can't keep."""
CONFIDENCE = 0.95
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
HELD_TO_OVERALL = 8.0
"""Pseudo-outcomes that hold a kind's share to the overall one."""

Outcome = Callable[[Logged], float]


@dataclass(frozen=True, slots=True)
class Interval:
    """0 to 1, at `CONFIDENCE`."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """`effective`: the deals that it rests on, weighed (Kish, *Survey Sampling*, 1965: (Σ w)² ÷ Σ w²)."""

    snips: Interval
    doubly_robust: Interval
    effective: float
    deals: int
    places: int


@dataclass(frozen=True, slots=True)
class TooFew:
    """The log doesn't say: there are fewer than `LEAST_EFFECTIVE` deals to go by."""

    effective: float
    deals: int


@dataclass(frozen=True, slots=True)
class _Place:
    deal: str
    stood: Logged
    wanted: Logged

    @property
    def weight(self) -> float:
        return 1 / self.stood.propensity if self.stood.key == self.wanted.key else 0.0

    @property
    def outcome(self) -> float:
        return float(self.stood.acted)


def estimate(slates: Sequence[Slate], ranking: Ranking, places: int = 3) -> Estimate | TooFew:
    """Of what `ranking` would have put into the drawn ones of the first `places` that were shown."""
    filled = [place for slate in slates for place in _places(slate, ranking, places)]
    deals = len({place.deal for place in filled})
    weights = _by_deal(filled, lambda place: place.weight)
    effective = sum(weights) ** 2 / sum(one * one for one in weights) if any(weights) else 0.0
    if effective < LEAST_EFFECTIVE:
        return TooFew(effective, deals)
    return Estimate(_snips(filled, effective), _doubly_robust(filled, effective), effective, deals, len(filled))


def _places(slate: Slate, ranking: Ranking, places: int) -> Iterator[_Place]:
    if not slate.drawn:
        return
    wanted = slate.ordered(ranking(slate))
    for place in slate.drawn:
        if place < min(places, slate.first):
            yield _Place(slate.deal, slate.candidates[place], wanted[place])


def _snips(filled: Sequence[_Place], effective: float) -> Interval:
    whole = sum(place.weight for place in filled)
    value = sum(place.weight * place.outcome for place in filled) / whole
    errors = _by_deal(filled, lambda place: place.weight * (place.outcome - value))
    variance = _scaled(errors) / whole**2
    spread = value * (1 - value)
    if variance <= 0 or spread <= 0:
        return _wilson(value, effective)
    return _wilson(value, min(spread / variance, whole**2 / sum(place.weight**2 for place in filled)))


def _doubly_robust(filled: Sequence[_Place], effective: float) -> Interval:
    """Never surer than Wilson's interval is where every outcome was the same."""
    models = [_outcomes([place for place in filled if _half(place.deal) != half]) for half in (0, 1)]

    def told(place: _Place) -> float:
        expected = models[_half(place.deal)]
        return expected(place.wanted) + place.weight * (place.outcome - expected(place.stood))

    value = sum(map(told, filled)) / len(filled)
    error = Z * sqrt(_scaled(_by_deal(filled, lambda place: told(place) - value))) / len(filled)
    error = max(error, Z * Z / (2 * (effective + Z * Z)))
    value = min(1.0, max(0.0, value))
    return Interval(value, max(0.0, value - error), min(1.0, value + error))


def _outcomes(seen: Sequence[_Place]) -> Outcome:
    """The expected outcome of an action, from these places alone."""
    overall = (sum(place.outcome for place in seen) + 0.5) / (len(seen) + 1)
    counts = defaultdict[ActionKind, list[float]](lambda: [0.0, 0.0])
    for place in seen:
        counts[place.stood.factors.kind][0] += place.outcome
        counts[place.stood.factors.kind][1] += 1

    def expected(one: Logged) -> float:
        acted, all_ = counts.get(one.factors.kind, (0.0, 0.0))
        return (acted + HELD_TO_OVERALL * overall) / (all_ + HELD_TO_OVERALL)

    return expected


def _by_deal(filled: Sequence[_Place], number: Callable[[_Place], float]) -> list[float]:
    sums = defaultdict[str, float](float)
    for place in filled:
        sums[place.deal] += number(place)
    return list(sums.values())


def _scaled(errors: Sequence[float]) -> float:
    """The variance of a sum over independent deals, with the usual correction for few."""
    return sum(error * error for error in errors) * len(errors) / max(1, len(errors) - 1)


def _wilson(share: float, size: float) -> Interval:
    middle = (share + Z * Z / (2 * size)) / (1 + Z * Z / size)
    reach = Z * sqrt(share * (1 - share) / size + Z * Z / (4 * size * size)) / (1 + Z * Z / size)
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach))


def _half(deal: str) -> int:
    return sha256(deal.encode()).digest()[0] & 1
