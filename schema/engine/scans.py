"""The price of finding rows: the share of a table that has to be looked through for what a field is asked.

Declared beside the listing that does it. How large the tables are is `app.identity.reach`'s matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from app.identity.reach import Reach

BEGUN = 25
"""For having to look through anything at all, however little."""
MOST_PRICES = 500
"""Remembered for each reach: names in variables are the client's."""
COUNTED = 10
"""For counting, beside what is counted."""


class Look(Enum):
    """The work that an argument makes PostgreSQL do, or that is done without any."""

    FREE = "rows come in the order of an index until the page is full"
    FEW = "an index leads to few rows, whatever else is asked"
    PART = "an index leads to a part of the rows: a tenth is looked through"
    SORTED = "an index has the order, but not a partner's share of it: all of that is looked through"
    THROUGH = "all rows are looked through"
    FOUND = "an index finds parts of words; behind the wall, the words of the viewer's own are looked through"
    SEARCHED = "an index finds the words, but not behind the wall: there, the words of all rows are read"


@dataclass(frozen=True, slots=True)
class Each:
    """A number in an input object that all of it is done for anew: the field `name` of `argument`. Of more than `most`,
    the price is that of `most`: it is refused at once."""

    argument: str
    name: str
    usual: int
    most: int

    def number(self, given: int | None) -> int:
        return min(max(given, 1), self.most) if given is not None else self.usual


@dataclass(frozen=True, slots=True)
class Scan:
    """`table` is what `app.identity.reach` knows; `looks`: by argument, input field (`status`) or value of an order
    (`NAME`); `always`: what is done whatever is asked; `times`: how often all of it, for what aggregates. `owned`:
    of the rows of each that it belongs to, a tenth of them all at most. `each`: what all of it is done for.
    """

    table: str
    looks: Mapping[str, Look] = field(default_factory=lambda: MappingProxyType({}))
    always: Look = Look.FREE
    times: int = 1
    owned: bool = False
    each: Each | None = None

    def price(self, asked: Iterable[str], reach: Reach, *, counted: bool = False) -> int:
        """For a field that is asked these; `counted`: its `totalCount` is selected."""
        key = id(self), counted, *asked
        found = reach.prices.get(key)
        if found is None:
            found = self._price(key[2:], reach, counted)
            if len(reach.prices) < MOST_PRICES:
                reach.prices[key] = found
        return found

    def _price(self, asked: Iterable[object], reach: Reach, counted: bool) -> int:
        looks = {self.always, *(self.looks.get(str(name), Look.FREE) for name in asked)}
        units = 0
        if Look.FEW not in looks:
            rows = reach.get(self.table, 0) * self.times // (10 if self.owned else 1)
            narrowed = rows // 10 if Look.PART in looks else rows
            units = max(self._found(look, narrowed, reach) for look in looks)
            if counted:
                units += narrowed
        return units + (COUNTED if counted else 0)

    def _found(self, look: Look, rows: int, reach: Reach) -> int:
        match look:
            case Look.THROUGH:
                return BEGUN + rows
            case Look.SORTED:
                return BEGUN + rows if reach.is_walled else 0
            case Look.FOUND:
                return BEGUN + (rows if reach.is_walled else rows // 5)
            case Look.SEARCHED:
                return BEGUN + (5 * rows if reach.is_walled else rows // 5)
            case Look.PART:
                return BEGUN
        return 0
