"""Advice that nobody answers: it steps back, so that other advice is read."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 3
"""Working days after the one on which it was first shown."""
STEPS = 3
"""How many fresh ones go before what is ignored; as many as are shown together."""
SATURDAY, DAYS_PER_WEEK = 5, 7


def working_days_after(day: date, until: date) -> int:
    """How many working days there are after `day`, up to `until`: Monday to Friday, as due dates have it. 0 where
    `until` isn't after it."""
    whole, rest = divmod(max(0, (until - day).days), DAYS_PER_WEEK)
    weekdays = ((day.weekday() + step) % DAYS_PER_WEEK for step in range(1, rest + 1))
    return whole * SATURDAY + sum(weekday < SATURDAY for weekday in weekdays)


def steps_of(ignored: int, *, due: bool) -> int:
    """How many fresh ones go before an action that was ignored for so many working days. What holds the deal up stays
    in sight."""
    return 0 if ignored < PATIENCE else 1 if due else STEPS


def stepped_back(order: Sequence[T], steps: Callable[[T], int]) -> list[T]:
    """Each behind as many of the fresh ones that follow it as `steps` says, or behind all of them; what needn't wait is
    fresh, and keeps its order."""
    fresh = [one for one in order if not steps(one)]
    waiting, before = list[tuple[T, int]](), 0
    for one in order:
        if wait := steps(one):
            waiting.append((one, before + wait))
        else:
            before += 1
    placed: list[T] = []
    for passed in range(len(fresh) + 1):
        last = passed == len(fresh)
        placed += [one for one, after in waiting if last or after <= passed]
        waiting = [] if last else [(one, after) for one, after in waiting if after > passed]
        placed += fresh[passed : passed + 1]
    return placed
