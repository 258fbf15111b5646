"""The rule for every figure over more than a partner's own deals: when it may be told, and how coarsely.

Behind a figure stand at least `PARTNERS` partners and `DEALS` deals *besides any one of them*: whoever knows its own
part and takes it away still looks at so many, and whoever comes or goes doesn't decide whether there is a figure. All
partners are told the same, their own deals included: figures without the reader's own would differ from partner to
partner, and two who compared theirs would know each other's part.

No partner makes up more than half. One that has more deals than all others together counts with as many as they have,
chosen by a hash. Refusing the figure instead would tell that somebody grew past the others. So more deals, of whomever,
never take a figure away: the number of deals behind it, counted so, only rises with each partner's (`weight`).

Figures have two significant digits. They are measured once a day, and yesterday's stands until the new one is a whole
step of the last digit away: a deal more or less doesn't show in a figure that lay near an edge.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from math import floor, log10

from app.database import Transaction

PARTNERS = 5
DEALS = 50
DIGITS = 2

RELEASED = f"(partners > {PARTNERS} AND least(total - largest, 2 * (total - largest - second)) >= {DEALS})"
"""Of a group with the number of its partners and deals, and the deals of its largest and second largest partner."""

CROWD = """count(*) AS partners, sum(deals)::bigint AS total, max(deals) AS largest,
  coalesce((array_agg(deals ORDER BY deals DESC))[2], 0) AS second"""
"""The same from a row for each partner, with its `deals`."""


def weight(deals: Iterable[int]) -> int:
    """Of these deals, a number for each partner, how many count: none more than all others together."""
    numbers = list(deals)
    return min(sum(numbers), 2 * (sum(numbers) - max(numbers, default=0)))


def is_released(deals: Iterable[int]) -> bool:
    """As `RELEASED`, from the number of deals of each partner that has any."""
    others = sorted(deals)[:-1]  # without the largest, the fewest are left
    return len(others) >= PARTNERS and weight(others) >= DEALS


def settled(measured: float, before: float | None = None) -> float:
    """The figure to tell, when `before` was told the day before."""
    step = _step(measured)
    if before is not None and abs(measured - before) < step:
        return before
    return round(round(measured / step) * step, 12) if step else 0.0


def settled_all(measured: Sequence[float], before: Sequence[float] | None = None) -> list[float]:
    """Of rising figures; they rise afterwards, too."""
    known: Sequence[float | None] = (
        before if before is not None and len(before) == len(measured) else [None] * len(measured)
    )
    told: list[float] = []
    for one, was in zip(measured, known, strict=True):
        told.append(max([settled(one, was), *told[-1:]]))
    return told


def _step(value: float) -> float:
    return 0.0 if value == 0 else 10.0 ** (floor(log10(abs(value))) - DIGITS + 1)


_CLAIM = """
INSERT INTO benchmark_day AS b (id, name, measured_on) VALUES (gen_random_uuid(), $1, $2)
ON CONFLICT (name) DO UPDATE SET measured_on = excluded.measured_on WHERE b.measured_on < excluded.measured_on
RETURNING b.id
"""


async def claim(tx: Transaction, name: str, day: date) -> bool:
    """Whether these figures have not been measured on `day` yet, nor later; from now on they have."""
    return bool(await tx.fetch(_CLAIM, name, day))
