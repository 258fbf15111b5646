"""The tests that find where a programme loses time or deals beyond what chance explains, stage by stage.

Each test compares a number of cases with what would be expected if nothing was wrong, and reports a stage only where
so large a difference has a probability below `ALPHA` over all tests that were made (Bonferroni). Pure: plain figures
in, findings out.

    SLOWEST          most closed deals spent longer here than in any other stage they were in; by chance it would be
                     one in as many as they were in (normal approximation of a sum of independent trials)
    BEYOND_TARGET    most stays take longer than the stage's target
    OUTLIVED         deals have been here longer than any that ever left; by chance, the longest of all stays would
                     hardly all be among those that go on
    LEAKING          of the deals that leave, more are lost than in the playbook's other stages together
    BELOW_PLAN       of the closed deals that were here, fewer were won than the stage's win probability says
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import lgamma, log, sqrt
from statistics import NormalDist

from app.analytics.stages import Place
from app.analytics.stays import StageFigures
from app.intervals import Share, wilson
from app.vocabulary import FindingKind

ALPHA = 0.01
ABOUT_TIME = frozenset({FindingKind.SLOWEST, FindingKind.BEYOND_TARGET, FindingKind.OUTLIVED})
LEAST = 20
"""With fewer cases nothing is said."""
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Finding:
    """`observed` against `expected`, a share; `days`: beyond which, of OUTLIVED and BEYOND_TARGET. `cost`: of findings
    about time, the days of all deals together; else the deals lost beyond what was expected."""

    place: Place
    kind: FindingKind
    observed: Share
    expected: float
    cost: float
    days: float | None = None


def findings(stages: Sequence[tuple[Place, StageFigures]]) -> list[Finding]:
    """What costs most time first, then what costs most deals; each kind by what it costs."""
    tests = len(stages) * len(FindingKind)
    if not tests:
        return []
    z = _NORMAL.inv_cdf(1 - ALPHA / tests)
    totals = _totals(stages)
    found: list[Finding] = []
    for place, figures in stages:
        found += _of_time(place, figures, z, ALPHA / tests)
        found += _of_deals(place, figures, totals[place.playbook_key], z)
    order = list(FindingKind)
    return sorted(found, key=lambda one: (order.index(one.kind), -one.cost, one.place.number))


def _totals(stages: Sequence[tuple[Place, StageFigures]]) -> Mapping[str, tuple[int, int]]:
    """By playbook: deals lost from its stages, and deals that left them for good."""
    found: dict[str, tuple[int, int]] = {}
    for place, figures in stages:
        lost, left = found.get(place.playbook_key, (0, 0))
        found[place.playbook_key] = (lost + figures.lost_here, left + _left(figures))
    return found


def _left(figures: StageFigures) -> int:
    return figures.moved_on + figures.lost_here


def _of_time(place: Place, figures: StageFigures, z: float, alpha: float) -> Iterator[Finding]:
    if figures.compared >= LEAST and figures.slowest_variance > 0:
        beyond = figures.slowest - figures.slowest_by_chance
        share = Share(figures.slowest, figures.compared)
        if beyond / sqrt(figures.slowest_variance) > z and figures.slowest * 2 > figures.compared:
            yield Finding(place, FindingKind.SLOWEST, share, figures.slowest_by_chance / figures.compared, figures.days)
    if figures.judged >= LEAST and wilson(figures.beyond_target, figures.judged, z)[0] > 0.5:
        share = Share(figures.beyond_target, figures.judged)
        yield Finding(place, FindingKind.BEYOND_TARGET, share, 0.5, figures.excess_days, place.target_days)
    if figures.over >= LEAST and figures.outlived and _log_odds_of_outliving(figures) < log(alpha):
        share = Share(figures.outlived, figures.running)
        yield Finding(place, FindingKind.OUTLIVED, share, 0.0, figures.outlived_days, figures.longest)


def _log_odds_of_outliving(figures: StageFigures) -> float:
    """The logarithm of the probability that the longest so many stays are all among those that go on, drawn at random:
    C(running, outlived) / C(all, outlived)."""
    stays = figures.over + figures.running
    return (
        lgamma(figures.running + 1)
        - lgamma(figures.running - figures.outlived + 1)
        - lgamma(stays + 1)
        + lgamma(stays - figures.outlived + 1)
    )


def _of_deals(place: Place, figures: StageFigures, totals: tuple[int, int], z: float) -> Iterator[Finding]:
    left, (lost_of_all, left_of_all) = _left(figures), totals
    elsewhere, elsewhere_lost = left_of_all - left, lost_of_all - figures.lost_here
    if left >= LEAST and elsewhere >= LEAST:
        pooled = lost_of_all / left_of_all
        spread = sqrt(pooled * (1 - pooled) * (1 / left + 1 / elsewhere))
        expected = elsewhere_lost / elsewhere
        difference = figures.lost_here / left - expected
        if spread > 0 and difference / spread > z:
            share = Share(figures.lost_here, left)
            yield Finding(place, FindingKind.LEAKING, share, expected, difference * left)
    closed = figures.won + figures.lost
    if closed >= LEAST and wilson(figures.won, closed, z)[1] < place.win_probability:
        share = Share(figures.won, closed)
        missing = place.win_probability * closed - figures.won
        yield Finding(place, FindingKind.BELOW_PLAN, share, place.win_probability, missing)
