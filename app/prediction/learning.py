"""Models of each basis from deals, by what was known at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.prediction.crowd import Crowd, everyone
from app.prediction.deal import Deal, known, stays
from app.prediction.features import EVERY, at_moment
from app.prediction.landmarks import Landmark, landmarks
from app.prediction.model import Model
from app.prediction.norms import Norms, norms_of
from app.prediction.shape import Shape
from app.prediction.stage_rates import stage_rates
from app.prediction.times import times_of
from app.vocabulary import PredictionBasis

UNALIKE = 0.25
"""A feature is left out where the shares of open, won and lost deals that have it differ by more: it is filled in at
the end, or because of it."""
FEW_OF_A_KIND = 20


@dataclass(frozen=True, slots=True)
class Learnt:
    """`deals`: as they stood at `at`. `simple`: the model of stage and age, from which the others differ by `basis`."""

    at: float
    deals: list[Deal]
    rows: list[Landmark]
    simple: Model
    crowd: Crowd = everyone

    @property
    def wins(self) -> int:
        return sum(deal.end.won for deal in self.deals if deal.end is not None)

    @property
    def ended(self) -> int:
        return sum(deal.end is not None for deal in self.deals)


def learn(deals: Sequence[Deal], at: float, shape: Shape, crowd: Crowd = everyone) -> Learnt:
    there = known(deals, at)
    rates = stage_rates((stay for deal in there for stay in stays(deal, at)), shape.won, shape.lost, crowd)
    norms = norms_of(there, shape.order, crowd)
    rows = landmarks(there, at, norms)
    model = Model(
        basis=PredictionBasis.STAGE_AND_AGE_RATE,
        of_playbook=shape.of_playbook,
        base=rates.base,
        rates=rates,
        norms=norms,
        times=times_of(there, at, crowd),
        left_out=unalike(there, at, norms),
    )
    return Learnt(at, there, rows, model, crowd)


def with_basis(model: Model, basis: PredictionBasis) -> Model:
    return replace(model, basis=basis)


def unalike(deals: Sequence[Deal], at: float, norms: Norms) -> tuple[str, ...]:
    """Features that of open, won and lost deals some have and others lack."""
    ended = [at_moment(deal, deal.end.at - 1e-6, norms) for deal in deals if deal.end is not None]
    ended = [moment for moment in ended if moment.deal.entries]
    won = {deal.id for deal in deals if deal.end is not None and deal.end.won}
    going = [at_moment(deal, at, norms) for deal in deals if deal.end is None]
    if min(len(ended), len(going)) < FEW_OF_A_KIND:
        return ()
    kinds = [[one for one in ended if one.deal.id in won], [one for one in ended if one.deal.id not in won], going]
    found = []
    for feature in EVERY:
        shares = [sum(feature.read(one) is not None for one in of) / len(of) for of in kinds if of]
        if max(shares) - min(shares) > UNALIKE:
            found.append(feature.key)
    return tuple(found)
