"""The statement by which open deals are drawn, one by one or from roll-ups, and what it takes.

Of up to `ONE_BY_ONE_UP_TO` deals in the programme, as the server knows their number (`app.identity.reach`), each is
looked at. What is reckoned once for a period and a day is kept for whoever asks next.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from app.database.sql import Statement
from app.forecast import odds, rolled_odds
from app.forecast.model import Basis
from app.identity.reach import ROWS_OF_A_UNIT, reach_of
from app.identity.scopes import scope_of
from app.identity.viewer import Viewer
from app.periods import Period

ONE_BY_ONE_UP_TO = 5_000


def statement(viewer: Viewer, filters: frozenset[str], past: bool) -> Statement:
    scope = scope_of(viewer)
    deals = reach_of(viewer).get("opportunity", 0) * ROWS_OF_A_UNIT
    if not past and deals > ONE_BY_ONE_UP_TO and rolled_odds.answers(scope, filters):
        return rolled_odds.statement(scope, filters)
    return odds.statement(scope, filters, past)


def slots(basis: Basis, period: Period, today: date) -> Mapping[str, object]:
    """For either."""
    return _slots(_Known(basis), period, today)


class _Known:
    """A basis by its identity: it is large, and read once a night."""

    __slots__ = ("of",)

    def __init__(self, of: Basis) -> None:
        self.of = of

    def __hash__(self) -> int:
        return id(self.of)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and self.of is other.of


@lru_cache(maxsize=32)
def _slots(basis: _Known, period: Period, today: date) -> Mapping[str, object]:
    found = odds.both(basis.of, period, today)
    return {**odds.slots(basis.of, found, today), **rolled_odds.slots(found, today)}
