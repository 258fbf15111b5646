"""The choice of a basis: the most detailed one that the deals suffice for and that predicted better than a simpler."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.prediction import measures
from app.prediction.backtest import CONSTANT, LINEAR, TREES, Asked, Line, totals
from app.prediction.fitting import ENOUGH_DEALS, ENOUGH_OF_EACH
from app.vocabulary import BacktestPopulation, PredictionBasis

ENOUGH_FOR_RATES, ENOUGH_FOR_AGES = 20, 60
NO_TRAINING = "scikit-learn, where the worker runs: `uv sync --extra training`."
NO_TRAINING_HERE = "The training of models, which has not been set up here."
"""The same, for those who don't run the worker."""
CHANCE = 1.645
"""Standard errors, by which a gain is more than chance in 95 of 100 cases."""
RUNGS = (
    PredictionBasis.STAGE_RATE.value,
    PredictionBasis.STAGE_AND_AGE_RATE.value,
    LINEAR,
    TREES,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """`kind`: of the model, among `RUNGS`; None: the playbook's own probabilities."""

    kind: str | None
    better_than_baseline: bool
    missing: tuple[str, ...]

    @property
    def basis(self) -> PredictionBasis:
        if self.kind is None:
            return PredictionBasis.STAGE_PROBABILITY
        return PredictionBasis.MODEL if self.kind in (LINEAR, TREES) else PredictionBasis(self.kind)


def pooled(lines: Sequence[Line]) -> dict[str, Asked]:
    """By kind of model, over all cuts: open deals, and deals at their entry into a later stage."""
    found: dict[str, Asked] = {}
    for line in lines:
        if line.population is not BacktestPopulation.AT_REGISTRATION:
            found.setdefault(line.basis, Asked()).add(line.asked)
    return found


def choose(deals: int, wins: int, lines: Sequence[Line], *, has_training: bool) -> Choice:
    """`deals`: that were decided, and of them those that were won."""
    asked = pooled(lines)
    kind = _highest(deals, asked)
    return Choice(kind, _is_better(asked, kind), tuple(_missing(deals, wins, asked, kind, has_training=has_training)))


def _highest(deals: int, asked: Mapping[str, Asked]) -> str | None:
    if deals < ENOUGH_FOR_RATES:
        return None
    kind = PredictionBasis.STAGE_RATE.value
    if deals >= ENOUGH_FOR_AGES:
        for rung in RUNGS[1:]:
            if rung not in asked or not asked[rung].outcomes:
                continue
            gain = _gain(asked, kind, rung)
            # Trees have to be better by more than chance; what is simpler need only be no worse.
            if gain.mean > (gain.error if rung == TREES else 0.0):
                kind = rung
    return kind


def _gain(asked: Mapping[str, Asked], before: str, after: str) -> measures.Gain:
    one, other = asked[before], asked[after]
    return measures.gain(one.outcomes, one.said, other.said, one.of)


def _is_better(asked: Mapping[str, Asked], kind: str | None) -> bool:
    if kind is None or kind not in asked or not asked[kind].outcomes:
        return False
    gain = _gain(asked, CONSTANT, kind)
    return gain.mean > CHANCE * gain.error


def at_least(number: int, what: str) -> str:
    """Not by how many more: partners read it, and that would tell to the deal how many the others have."""
    return f"At least {number:,} {what} opportunities."


def for_partners(missing: Sequence[str]) -> list[str]:
    return [NO_TRAINING_HERE if what == NO_TRAINING else what for what in missing]


def _missing(deals: int, wins: int, asked: Mapping[str, Asked], kind: str | None, *, has_training: bool) -> list[str]:
    if kind in (LINEAR, TREES):
        return []
    found = []
    if kind is None:
        found.append(at_least(ENOUGH_FOR_RATES, "closed"))
    elif deals < ENOUGH_DEALS:
        found.append(at_least(ENOUGH_DEALS, "closed"))
    if kind is not None and min(wins, deals - wins) < ENOUGH_OF_EACH:
        what = "won" if wins < ENOUGH_OF_EACH else "lost"
        found.append(at_least(ENOUGH_OF_EACH, what))
    if not has_training:
        found.append(NO_TRAINING)
    if not found and LINEAR not in asked:
        found.append("A longer history: nothing could be back-tested yet.")
    if not found:
        found.append("Facts that tell won from lost opportunities better than stage and days in it do.")
    return found


def verdict(lines: Sequence[Line]) -> dict[str, Any]:
    """For each population: the basis that would be chosen by it alone, and whether that is better than the constant
    share of all deals by more than chance."""
    found = {}
    for population in BacktestPopulation:
        asked = {line.basis: line.asked for line in totals(lines) if line.population is population}
        if not asked or not asked[CONSTANT].outcomes:
            continue
        kind = _highest(len(asked[CONSTANT].outcomes), asked)
        if kind is None:
            continue
        gain = _gain(asked, CONSTANT, kind)
        found[population.value] = {
            "basis": kind,
            "gain": gain.mean,
            "standard_error": gain.error,
            "better_than_baseline": _is_better(asked, kind),
        }
    return found


def calibration(asked: Asked) -> list[dict[str, Any]]:
    groups = measures.calibration(asked.outcomes, asked.said)
    return [
        {"low": low, "high": high, "predicted": mean, "wins": wins, "deals": of} for low, high, mean, wins, of in groups
    ]
