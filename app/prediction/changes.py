"""The change of a deal by its seller that would raise its win probability most.

A change is made on the deal itself, and the model is asked again: so all that follows from it counts, such as that a
new close date is one more delay. Of features that sellers can change, and only by what may be asked of them: nobody is
told to change the amount, the stage or the history of a deal for a better figure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.prediction.deal import Deal
from app.prediction.explaining import shown
from app.prediction.model import Model, Said
from app.vocabulary import PredictionBasis

SILENCE, DONE, CLOSE_DATE = "SILENCE", "DONE", "CLOSE_DATE"
FEATURES = {SILENCE: ("silence",), DONE: ("done",), CLOSE_DATE: ("close_date_passed", "close_date_ahead")}
AGREED_DAYS = 30.0
"""Ahead a new close date is, where it can't be told when such deals are decided."""


@dataclass(frozen=True, slots=True)
class Change:
    """`win`: the probability with it, in tenths of a percentage point."""

    lever: str
    win: int


def most_valuable(model: Model, deal: Deal, at: float, said: Said) -> Change | None:
    """None where no change raises it, or where the deal is told apart by no more than its stage and age."""
    if model.basis is not PredictionBasis.MODEL:
        return None
    found = [(_lever(levers, said, then), shown(then.win)) for levers, then in _asked(model, deal, at, said)]
    best = max(found, key=lambda one: one[1], default=None)
    return Change(*best) if best is not None and best[1] > shown(said.win) else None


def _asked(model: Model, deal: Deal, at: float, said: Said) -> Iterator[tuple[tuple[str, ...], Said]]:
    there = deal.as_of(at)
    yield (SILENCE, DONE), model.said(replace(there, touches=(*there.touches, at)), at)
    due = there.close_dates[-1][1] if there.close_dates else None
    if due is not None and due < at - 1.0:
        closing = model.closing(said)
        later = (at, at + (closing.median if closing else AGREED_DAYS))
        yield (CLOSE_DATE,), model.said(replace(there, close_dates=(*there.close_dates, later)), at)


def _lever(levers: tuple[str, ...], said: Said, then: Said) -> str:
    """That of whose features the most comes."""

    def gain(lever: str) -> float:
        return sum(then.parts.get(name, 0.0) - said.parts.get(name, 0.0) for name in FEATURES[lever])

    return max(levers, key=gain)
