"""`python -m app.prediction.training_process`: trains what it reads from standard input, and writes models to standard
output. Apart from servers and workers, which stay free of numpy and scikit-learn, and answer meanwhile."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from app.prediction.backtest import backtest, totals
from app.prediction.crowd import enough_partners, everyone
from app.prediction.deal import Deal, known
from app.prediction.ladder import verdict
from app.prediction.shape import Shape
from app.prediction.trainer import Trained, able, train

NICE = 10


@dataclass(frozen=True, slots=True)
class Order:
    """`groups`: of each model, the places of its deals in `deals`; `shared`: which of them several partners are told
    by. `cuts`: a back-test at these moments in its stead, of all deals."""

    deals: list[Deal]
    now: float
    shape: Shape
    groups: list[list[int]] = field(default_factory=list)
    shared: list[bool] = field(default_factory=list)
    cuts: list[float] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    trained: list[Trained] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    verdict: dict[str, Any] = field(default_factory=dict)


ORDER: TypeAdapter[Order] = TypeAdapter(Order)
ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


def carried_out(order: Order) -> Answer:
    if order.cuts is not None:
        there = known(order.deals, order.now)
        lines = backtest(there, order.cuts, order.now, order.shape, able())
        return Answer(lines=[line.as_json() for line in (*lines, *totals(lines))], verdict=verdict(lines))
    return Answer([_trained(order, places, of_all) for places, of_all in zip(order.groups, order.shared, strict=True)])


def _trained(order: Order, places: Sequence[int], of_all: bool) -> Trained:
    deals = [order.deals[place] for place in places]
    return train(deals, order.now, order.shape, enough_partners if of_all else everyone)


if __name__ == "__main__":
    os.nice(NICE)
    sys.stdout.buffer.write(ANSWER.dump_json(carried_out(ORDER.validate_json(sys.stdin.buffer.read()))))
