"""The facts that a prediction may know of a deal: one table, which says for each feature from when it is known.

Every feature is read from a `Moment`, which holds the deal as it stood then (`Deal.as_of`). Nothing that only a closed
deal has gets in: its end, its reason for closing, its last stage, the owner who closed it. Nothing about persons gets
in either: neither owners nor contacts.

A feature that isn't known of a deal is None and says nothing about it, so that "nobody filled it in yet" is no sign.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import log, log1p

from app.prediction.deal import Deal
from app.prediction.norms import Norms

WEEK = 7


class Known(StrEnum):
    """From when a feature is known."""

    CREATION = "CREATION"
    """From the deal's creation on."""
    ENTRY = "ENTRY"
    """From its entry into the stage in which it stands."""
    MOMENT = "MOMENT"
    """At the moment that is asked about, by dated facts."""
    UNDATED = "UNDATED"
    """Kept without a history, so read as it is now. Of such facts only those that the end of a deal doesn't change."""


@dataclass(frozen=True, slots=True)
class Moment:
    """`deal`: as it stood at `at`, which is not before its first entry into a stage."""

    deal: Deal
    at: float
    norms: Norms

    @property
    def days_in_stage(self) -> float:
        return max(self.at - self.deal.entered, 0.0)

    @property
    def age(self) -> float:
        return max(self.at - self.deal.created, 0.0)


def at_moment(deal: Deal, at: float, norms: Norms) -> Moment:
    return Moment(deal.as_of(at), at, norms)


@dataclass(frozen=True, slots=True)
class Feature:
    """A number. `by_stage`: it may weigh differently in each stage."""

    key: str
    known: Known
    read: Callable[[Moment], float | None]
    by_stage: bool = False


@dataclass(frozen=True, slots=True)
class Category:
    """A word out of few. `scale`: how far a single one may go from what holds for all; the rarer it is, the less."""

    key: str
    known: Known
    read: Callable[[Moment], str | None]
    scale: float = 1.0


def _pace(moment: Moment) -> float | None:
    """How long it took to its stage, against what is usual; 0 is usual, 1 about 2.7 times as long."""
    usual = moment.norms.until_stage.get(moment.deal.stage)
    if usual is None:
        return None
    return log(max(moment.deal.entered - moment.deal.created, 0.0) + 0.1) - log(usual + 0.1)


def _amount(moment: Moment) -> float | None:
    usual = moment.norms.usual_amount(moment.deal.partner, moment.deal.currency)
    amount = moment.deal.amount
    return log(amount / usual) if amount and usual else None


def _amount_is_far(moment: Moment) -> float | None:
    off = _amount(moment)
    return None if off is None else off * off


def _amount_moved(moment: Moment) -> float | None:
    given = [amount for _, amount in moment.deal.amounts if amount]
    return log(given[-1] / given[0]) if len(given) > 1 else 0.0 if given else None


def _amount_changes(moment: Moment) -> float | None:
    return log1p(len(moment.deal.amounts) - 1) if moment.deal.amounts else None


def _put_off(moment: Moment) -> float | None:
    """How often its expected close date moved to a later day."""
    dates = [day for _, day in moment.deal.close_dates if day is not None]
    return log1p(sum(later > before for before, later in pairwise(dates))) if dates else None


def _overdue(moment: Moment) -> float | None:
    due = moment.deal.close_dates[-1][1] if moment.deal.close_dates else None
    return None if due is None else log1p(max(moment.at - due - 1.0, 0.0))


def _days_left(moment: Moment) -> float | None:
    due = moment.deal.close_dates[-1][1] if moment.deal.close_dates else None
    return None if due is None else log1p(max(due - moment.at, 0.0))


def _moves_back(moment: Moment) -> float:
    return log1p(sum(entry.back for entry in moment.deal.entries))


def _silence(moment: Moment) -> float:
    return log1p(max(moment.at - moment.deal.last_touch(), 0.0))


def _done(moment: Moment) -> float:
    """Criteria and activities done in its stage."""
    return log1p(sum(at >= moment.deal.entered for at in moment.deal.touches))


def _weekend(moment: Moment) -> float:
    """1970-01-01 was a Thursday."""
    return float(int(moment.deal.created + 3) % WEEK >= 5)


FEATURES: tuple[Feature, ...] = (
    Feature("days_in_stage", Known.MOMENT, lambda moment: log1p(moment.days_in_stage), by_stage=True),
    Feature("age", Known.MOMENT, lambda moment: log1p(moment.age)),
    Feature("pace", Known.ENTRY, _pace, by_stage=True),
    Feature("moves_back", Known.ENTRY, _moves_back),
    Feature("amount", Known.MOMENT, _amount, by_stage=True),
    Feature("amount_is_unusual", Known.MOMENT, _amount_is_far),
    Feature("amount_changed", Known.MOMENT, _amount_moved),
    Feature("amount_changes", Known.MOMENT, _amount_changes),
    Feature("close_date_put_off", Known.MOMENT, _put_off),
    Feature("close_date_passed", Known.MOMENT, _overdue),
    Feature("close_date_ahead", Known.MOMENT, _days_left),
    Feature("silence", Known.MOMENT, _silence, by_stage=True),
    Feature("done", Known.MOMENT, _done),
    Feature("created_on_weekend", Known.CREATION, _weekend),
)

CATEGORIES: tuple[Category, ...] = (
    Category("source", Known.UNDATED, lambda moment: moment.deal.source),
    Category("tier", Known.UNDATED, lambda moment: moment.deal.tier),
    Category("industry", Known.UNDATED, lambda moment: moment.deal.industry, scale=0.7),
    Category("partner", Known.MOMENT, lambda moment: moment.deal.partner, scale=0.5),
)


EVERY: tuple[Feature | Category, ...] = (*FEATURES, *CATEGORIES)
