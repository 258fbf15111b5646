"""The back-test: each basis at dates of the past, from what was known then, against what came of the deals later.

Asked are new deals at their creation, deals at their entry into each later stage, both within four weeks after the cut,
and deals that were open at the cut. Those that are still open now have no outcome yet and don't count, but for being
won within 30 days.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Any

from app.prediction import measures
from app.prediction.crowd import Crowd, everyone
from app.prediction.deal import Deal, moment
from app.prediction.learning import Learnt, learn, with_basis
from app.prediction.model import Model, Said
from app.prediction.shape import Shape
from app.vocabulary import BacktestPopulation, PredictionBasis

WEEKS_4 = 28.0
SOON = 30.0
SURE = 1e-4
CONSTANT, LINEAR, TREES = "CONSTANT", "MODEL", "TREES"
"""What isn't a basis of its own; of the basis MODEL there are two kinds."""

Fit = Callable[[Learnt, Shape], Mapping[str, Model]]
"""From what was known to models of the basis MODEL, by the name of their kind; none where there is too little."""


@dataclass(frozen=True, slots=True)
class Case:
    """A deal at a moment, and what came of it by now; `won` is None while it is open."""

    deal: Deal
    at: float
    won: bool | None
    population: BacktestPopulation


@dataclass
class Asked:
    """What one model said of cases, and what happened."""

    outcomes: list[bool] = field(default_factory=list)
    said: list[float] = field(default_factory=list)
    of: list[str] = field(default_factory=list)
    days: list[float] = field(default_factory=list)
    medians: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)
    next_losses: list[float] = field(default_factory=list)
    soon: list[bool] = field(default_factory=list)
    soon_said: list[float] = field(default_factory=list)

    def add(self, other: "Asked") -> None:
        for name, values in vars(other).items():
            getattr(self, name).extend(values)

    def figures(self) -> dict[str, Any]:
        return {
            "deals": len(self.outcomes),
            "wins": sum(self.outcomes),
            "auc": measures.auc(self.outcomes, self.said),
            "brier": measures.brier(self.outcomes, self.said),
            "log_loss": measures.log_loss(self.outcomes, self.said),
            "calibration_error": measures.calibration_error(self.outcomes, self.said),
            "interval_coverage": sum(self.inside) / len(self.inside) if self.inside else None,
            "median_days_error": measures.median_error(self.days, self.medians),
            "next_stage_log_loss": sum(self.next_losses) / len(self.next_losses) if self.next_losses else None,
            "won_in_30_days_auc": measures.auc(self.soon, self.soon_said),
        }


def cases(deals: Sequence[Deal], cut: float, now: float) -> list[Case]:
    """`deals`: as they stand now."""
    found = []
    for deal in deals:
        won = deal.end.won if deal.end is not None else None
        for number, entry in enumerate(deal.entries):
            if cut <= entry.at < min(cut + WEEKS_4, now):
                population = BacktestPopulation.AT_STAGE_ENTRY if number else BacktestPopulation.AT_REGISTRATION
                found.append(Case(deal, entry.at, won, population))
        if deal.entries and deal.entries[0].at <= cut and (deal.end is None or deal.end.at > cut):
            found.append(Case(deal, cut, won, BacktestPopulation.OPEN))
    return found


def ask(model: Model, some: Sequence[Case], now: float, *, constant: bool = False) -> Asked:
    answers = Asked()
    for case in some:
        said = model.said(case.deal, case.at)
        probability = model.base if constant else said.decided
        if case.won is not None:
            _note_outcome(answers, model, case, said, probability)
        if now >= case.at + SOON:
            answers.soon.append(bool(case.won) and case.deal.end is not None and case.deal.end.at <= case.at + SOON)
            answers.soon_said.append(probability if constant else model.won_within(said, SOON))
    return answers


def _note_outcome(answers: Asked, model: Model, case: Case, said: Said, probability: float) -> None:
    assert case.deal.end is not None
    answers.outcomes.append(bool(case.won))
    answers.said.append(probability)
    answers.of.append(case.deal.id)
    following = _next(case)
    shares = model.next_stage(said)
    answers.next_losses.append(-log(max(shares.get(following, 0.0), SURE)))
    closing = model.closing(said)
    if closing is not None:
        left = case.deal.end.at - case.at
        answers.days.append(left)
        answers.medians.append(closing.median)
        answers.inside.append(closing.low <= left <= closing.high)


def _next(case: Case) -> str:
    assert case.deal.end is not None
    for entry in case.deal.entries:
        if entry.at > case.at:
            return entry.stage
    return case.deal.end.stage


@dataclass(frozen=True, slots=True)
class Line:
    """`cut`: None for all of them together."""

    cut: float | None
    population: BacktestPopulation
    basis: str
    asked: Asked

    def as_json(self) -> dict[str, Any]:
        basis = None if self.basis == CONSTANT else self.basis
        cut = None if self.cut is None else moment(self.cut).date().isoformat()
        return {"cut": cut, "population": self.population.value, "basis": basis, **self.asked.figures()}


def totals(lines: Sequence[Line]) -> list[Line]:
    """Of all cuts, by population and basis."""
    found: dict[tuple[BacktestPopulation, str], Asked] = {}
    for line in lines:
        found.setdefault((line.population, line.basis), Asked()).add(line.asked)
    return [Line(None, population, basis, asked) for (population, basis), asked in found.items()]


def backtest(
    deals: Sequence[Deal], cuts: Sequence[float], now: float, shape: Shape, fit: Fit, crowd: Crowd = everyone
) -> list[Line]:
    """A line for each cut, population and basis, in that order. Where there was too little to fit a model, the simpler
    one stands for it."""
    lines: list[Line] = []
    for cut in cuts:
        learnt = learn(deals, cut, shape, crowd)
        simple, fitted = learnt.simple, fit(learnt, shape)
        models: dict[str, Model] = {
            CONSTANT: with_basis(simple, PredictionBasis.STAGE_RATE),
            PredictionBasis.STAGE_RATE.value: with_basis(simple, PredictionBasis.STAGE_RATE),
            PredictionBasis.STAGE_AND_AGE_RATE.value: simple,
            LINEAR: fitted.get(LINEAR, simple),
            TREES: fitted.get(TREES, fitted.get(LINEAR, simple)),
        }
        some = cases(deals, cut, now)
        for population in BacktestPopulation:
            of = [case for case in some if case.population is population]
            for basis, model in models.items():
                lines.append(Line(cut, population, basis, ask(model, of, now, constant=basis == CONSTANT)))
    return lines
