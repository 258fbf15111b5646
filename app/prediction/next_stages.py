"""The stage that a deal goes to next, as data: of each stage, what facts add to the log odds of every way out of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

from app.prediction.linear import Column, logit, row

Known = Mapping[str, float | str | None]


@dataclass(frozen=True, slots=True)
class Ways:
    """Out of one stage. A row of `weights` for each of `to`: first for the log odds of each of `to` by days in the
    stage, then for `columns`, whose cells are told by `scales` from their `means`."""

    to: tuple[str, ...]
    columns: tuple[Column, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    intercepts: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]

    def shares(self, stage: str, by_age: Mapping[str, float], known: Known) -> dict[str, float]:
        cells = self.cells(stage, by_age, known)
        odds = [
            intercept + sum(weight * cell for weight, cell in zip(of, cells, strict=True))
            for intercept, of in zip(self.intercepts, self.weights, strict=True)
        ]
        top = max(odds)
        raised = [exp(one - top) for one in odds]
        return {to: one / sum(raised) for to, one in zip(self.to, raised, strict=True)}

    def cells(self, stage: str, by_age: Mapping[str, float], known: Known) -> list[float]:
        said = zip(row(stage, known, self.columns), self.means, self.scales, strict=True)
        scaled = [0.0 if cell != cell else (cell - mean) / scale for cell, mean, scale in said]
        return [*(logit(by_age.get(to, 0.0)) for to in self.to), *scaled]
