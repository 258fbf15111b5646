"""A deal as predictions know it: plain, dated facts, and the deal as it stood at a moment.

Times are days since 1970-01-01 in UTC, as floats. What is asked of a deal is asked of `Deal.as_of`, which holds nothing
that came later: neither its end nor a stage that it had not entered.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

DAY = 86_400.0


def days(at: datetime) -> float:
    return at.timestamp() / DAY


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at * DAY, UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry into an open stage, by the stage's key. `back`: it moved to an earlier stage."""

    at: float
    stage: str
    back: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """`stage`: the key of the won or lost stage."""

    at: float
    stage: str
    won: bool


@dataclass(frozen=True, slots=True)
class Deal:
    """`entries` in order, the first at creation or later. `partners`, `amounts` and `close_dates`: what each was set
    to, and when; close dates are days as well. `touches`: when something was done for it (activities, criteria,
    answers). All in ascending order. `tier`, `industry`, `source` and `currency` are kept without a history."""

    id: str
    playbook: str
    created: float
    entries: tuple[Entry, ...]
    end: End | None = None
    partners: tuple[tuple[float, str | None], ...] = ()
    tier: str | None = None
    industry: str | None = None
    source: str | None = None
    currency: str | None = None
    amounts: tuple[tuple[float, float | None], ...] = ()
    close_dates: tuple[tuple[float, float | None], ...] = ()
    touches: tuple[float, ...] = ()

    def as_of(self, at: float) -> "Deal":
        """With all that was known at that moment, and nothing else."""
        return replace(
            self,
            entries=tuple(one for one in self.entries if one.at <= at),
            end=self.end if self.end is not None and self.end.at <= at else None,
            partners=tuple(one for one in self.partners if one[0] <= at),
            amounts=tuple(one for one in self.amounts if one[0] <= at),
            close_dates=tuple(one for one in self.close_dates if one[0] <= at),
            touches=self.touches[: bisect_right(self.touches, at)],
        )

    @property
    def stage(self) -> str:
        return self.entries[-1].stage

    @property
    def entered(self) -> float:
        return self.entries[-1].at

    @property
    def partner(self) -> str | None:
        return self.partners[-1][1] if self.partners else None

    @property
    def amount(self) -> float | None:
        return self.amounts[-1][1] if self.amounts else None

    def last_touch(self) -> float:
        """The last thing that happened to it."""
        dated = [self.entered, *self.touches[-1:]]
        dated += [one[0] for changes in (self.amounts, self.close_dates) for one in changes[-1:]]
        return max(dated)


@dataclass(frozen=True, slots=True)
class Stay:
    """A deal's time in a stage: until it went `to` another, or until `until`, where it still was (`to` is None)."""

    deal: Deal
    stage: str
    since: float
    until: float
    to: str | None
    number: int


def known(deals: Sequence[Deal], at: float) -> list[Deal]:
    """Those that were there at that moment, as they stood then."""
    found = (deal.as_of(at) for deal in deals if deal.created <= at)
    return [deal for deal in found if deal.entries]


def stays(deal: Deal, now: float) -> list[Stay]:
    """All of a deal, the last one until its end, or until now."""
    found = []
    for number, entry in enumerate(deal.entries):
        later = deal.entries[number + 1] if number + 1 < len(deal.entries) else None
        if later is not None:
            found.append(Stay(deal, entry.stage, entry.at, later.at, later.stage, number))
        elif deal.end is not None:
            found.append(Stay(deal, entry.stage, entry.at, deal.end.at, deal.end.stage, number))
        else:
            found.append(Stay(deal, entry.stage, entry.at, now, None, number))
    return found
