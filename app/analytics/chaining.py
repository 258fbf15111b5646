"""The rule that puts changes which are told afterwards among those that are kept already, field by field of a deal.

Changes of a field are ordered by their time; of one time, by their place in the file. Each begins with what the one
before left: where something was told that lies between two kept ones, the later one changed it from there. A change
that is none any more, since what was told came before it, goes, unless a person made it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Link(Generic[V]):
    """A change from `before` to `after`. `id`: null of one that was told; `by_person`: it stays, whatever was told."""

    at: datetime
    nth: int
    before: V
    after: V
    id: UUID | None = None
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class Chained(Generic[V]):
    """`told`: new ones, as they fit in; `moved`: kept ones that begin elsewhere now; `void`: ids of those that go."""

    told: Sequence[Link[V]]
    moved: Sequence[Link[V]]
    void: Sequence[UUID]


def chained(kept: Iterable[Link[V]], told: Iterable[Link[V]]) -> Chained[V]:
    """All of one field. What was told before is among `kept`, and isn't told again."""
    known = list(kept)
    there = {(one.at, one.after) for one in known}
    fresh = [one for one in told if (one.at, one.after) not in there]
    new: list[Link[V]] = []
    moved: list[Link[V]] = []
    void: list[UUID] = []
    last: Link[V] | None = None
    for one in sorted([*known, *fresh], key=lambda link: (link.at, link.nth, link.id is not None)):
        fitted = one if last is None or not fresh else replace(one, before=last.after)
        last = fitted
        if fitted.before == fitted.after and not fitted.by_person and fresh:
            if fitted.id is not None:
                void.append(fitted.id)
        elif fitted.id is None:
            new.append(fitted)
        elif fitted.before != one.before:
            moved.append(fitted)
    return Chained(new, moved, void)


def as_changes(values: Sequence[tuple[datetime, int, Any, Any]]) -> list[Link[Any]]:
    """`(time, place, before, after)`, in order, `...` where before isn't said: it is what the one before left. A first
    value without one is where the field began."""
    found: list[Link[Any]] = []
    left: Any = ...
    for at, nth, before, after in sorted(values, key=lambda one: one[:2]):
        since = left if before is ... else before
        left = after
        if since is not ... and since != after:
            found.append(Link(at, nth, since, after))
    return found
