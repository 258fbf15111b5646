"""A model as data, and what it says of a deal. Plain Python: neither numpy nor scikit-learn is needed to ask it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

from app.prediction.deal import Deal
from app.prediction.features import Moment, at_moment
from app.prediction.linear import BASE, Linear, expit, logit, values
from app.prediction.next_stages import Ways
from app.prediction.norms import Norms
from app.prediction.stage_rates import StageRates
from app.prediction.times import Interval, Times
from app.prediction.trees import Trees
from app.vocabulary import PredictionBasis

Z = 1.2815515655446004
"""80 % of a normal distribution lie within so many standard deviations."""
STAGE, AGE, STUCK = "stage", "days_in_stage", "stuck"
LEAST_WEIGHT = 4.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Log odds as measured, from those that were said."""

    shift: float = 0.0
    slope: float = 1.0

    def of(self, odds: float) -> float:
        return self.shift + self.slope * odds


@dataclass(frozen=True, slots=True)
class Model:
    """`of_playbook`: the win probability that the playbook gives each stage. `base`: the share won of all deals that
    were decided. `left_out`: features that say nothing, since open and closed deals aren't alike in having them."""

    basis: PredictionBasis
    of_playbook: Mapping[str, float]
    base: float
    rates: StageRates
    norms: Norms
    times: Times
    linear: Linear | None = None
    trees: Trees | None = None
    calibration: Calibration = field(default_factory=Calibration)
    ways: Mapping[str, Ways] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def said(self, deal: Deal, at: float) -> "Said":
        """`deal`: with all that is known of it; what came after `at` is left out here."""
        moment = at_moment(deal, at, self.norms)
        decided, parts = self._decided(moment)
        stuck = self._stuck(moment)
        weight = self._weight(moment)
        return Said(moment, self.base, decided, decided * (1.0 - stuck), parts, weight)

    def _decided(self, moment: Moment) -> tuple[float, dict[str, float]]:
        """The share won of deals like this one that are decided, and what each fact adds to the log odds."""
        stage, age = moment.deal.stage, moment.days_in_stage
        if self.basis is PredictionBasis.STAGE_PROBABILITY:
            given = self.of_playbook.get(stage, self.base)
            return given, {STAGE: logit(given) - logit(self.base)}
        of_stage = self.rates.win(stage)
        parts = {STAGE: logit(of_stage) - logit(self.base)}
        if self.basis is PredictionBasis.STAGE_RATE:
            return of_stage, parts
        of_age = self.rates.win(stage, age)
        parts[AGE] = logit(of_age) - logit(of_stage)
        if self.basis is PredictionBasis.STAGE_AND_AGE_RATE:
            return of_age, parts
        return self._modelled(moment, parts)

    def _modelled(self, moment: Moment, parts: dict[str, float]) -> tuple[float, dict[str, float]]:
        known = self._known(moment)
        scorer = self.trees or self.linear
        assert scorer is not None, "a model that was trained"
        added = dict(scorer.parts(moment.deal.stage, known))
        base, said = logit(self.base), self.calibration.of(sum(added.values()))
        # What the scorer makes of the rates stands for the stage, but for what they say of the days in it.
        added[STAGE] = added.pop(BASE, 0.0) - base - parts[AGE]
        added[AGE] = added.get(AGE, 0.0) + parts[AGE]
        total = sum(added.values())
        if abs(total) > 1e-9:  # what calibration moves is shared out in proportion
            added = {name: part * (said - base) / total for name, part in added.items()}
        return expit(said), added

    def _stuck(self, moment: Moment) -> float:
        if self.basis in (PredictionBasis.STAGE_PROBABILITY, PredictionBasis.STAGE_RATE):
            return 0.0
        return self.rates.stuck(moment.deal.stage, moment.days_in_stage)

    def _weight(self, moment: Moment) -> float:
        exits = self.rates.exits.get(moment.deal.stage)
        return max(exits.weight(moment.days_in_stage), LEAST_WEIGHT) if exits else LEAST_WEIGHT

    def usual(self, stage: str) -> float:
        """The share won of all deals that come to that stage, those included that never leave it."""
        return self.rates.win(stage) * (1.0 - self.rates.stuck(stage, 0.0))

    def closing(self, said: "Said") -> Interval | None:
        """When it is decided; None where that can't be told."""
        if self.basis is PredictionBasis.STAGE_PROBABILITY:
            return None
        return self.times.interval(said.moment.deal.stage, said.moment.days_in_stage, said.decided)

    def won_within(self, said: "Said", days: float) -> float:
        stage, age = said.moment.deal.stage, said.moment.days_in_stage
        of_all = self.times.won_within(stage, age, days)
        usual = self.rates.win(stage, age)
        return min(of_all * said.decided / usual, 1.0) if usual > 0 else 0.0

    def next_stage(self, said: "Said") -> dict[str, float]:
        """The shares of the stages that it may go to next."""
        stage, moment = said.moment.deal.stage, said.moment
        by_age = self.rates.next_stage(stage, moment.days_in_stage)
        ways = self.ways.get(stage)
        return ways.shares(stage, by_age, self._known(moment)) if ways is not None else by_age

    def _known(self, moment: Moment) -> dict[str, float | str | None]:
        return values(moment, self.rates) | dict.fromkeys(self.left_out)


@dataclass(frozen=True, slots=True)
class Said:
    """`decided`: the share won of deals like it that are decided; `win`: of all, those included that never are.
    `parts`: what each fact adds to the log odds between the base rate and `decided`. `weight`: so many deals stood
    there before."""

    moment: Moment
    base: float
    decided: float
    win: float
    parts: Mapping[str, float]
    weight: float

    def interval(self) -> tuple[float, float]:
        """Of 80 % (Wilson)."""
        spread = Z * Z / self.weight
        middle = (self.win + spread / 2) / (1 + spread)
        half = Z * sqrt(self.win * (1 - self.win) / self.weight + spread / (4 * self.weight)) / (1 + spread)
        return max(middle - half, 0.0), min(middle + half, 1.0)
