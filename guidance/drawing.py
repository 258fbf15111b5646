"""The hold-out: a few deals whose order is drawn, so that what advice does can be told from what would have happened.

Of a held-out deal, the candidates that come out about as good stand in an order drawn by lot, each order being as
likely as any other; the rest stays where it is. So every action has a known probability of standing where it stands,
which the log keeps (`propensity`) and `guidance.replay` weighs with. As in Li, Chu, Langford & Wang, *Unbiased offline
evaluation of contextual-bandit-based news article recommendation algorithms* (WSDM 2011).

Lots come from hashes of the deal and of what there is to order: the same advice stands in the same order however often
it is asked for, and other advice is drawn anew.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from guidance.ranking import Ranked

SEED = "stagepath-1"
COMPARABLE = 0.9
"""Share of the best score from which an action is as good as that one, for all that is known."""
MOST_DRAWN = 8


@dataclass(frozen=True, slots=True)
class Placed:
    """An action in its place. `rank` is its place in the order that was not drawn; `propensity` the probability of
    standing where it stands, 1 where nothing is drawn."""

    ranked: Ranked
    rank: int
    propensity: float = 1.0


def is_held_out(deal_id: str, share: float) -> bool:
    """The same answer for a deal at any time; one that is held out of a share is held out of any larger one."""
    return _lot(deal_id) < share


def undrawn(order: Sequence[Ranked]) -> tuple[Placed, ...]:
    return tuple(Placed(one, rank) for rank, one in enumerate(order))


def drawn(order: Sequence[Ranked], deal_id: str) -> tuple[Placed, ...]:
    """`order`: best first, by the rules or by a model."""
    places = comparable(order)
    if len(places) < 2:
        return undrawn(order)
    names = _names([order[place] for place in places])
    whole = "\0".join(sorted(names))
    lots = [
        place
        for _, place in sorted((_lot(deal_id, whole, name), place) for name, place in zip(names, places, strict=True))
    ]
    there = dict(zip(places, lots, strict=True))
    return tuple(
        Placed(order[rank], rank, 1 / len(places) if place in there else 1.0)
        for place in range(len(order))
        for rank in (there.get(place, place),)
    )


def comparable(order: Sequence[Ranked]) -> tuple[int, ...]:
    """Places of the first candidates that are about as good as the best; never of what blocks and is due."""
    free = [place for place, one in enumerate(order) if not (one.factors and one.factors.due)]
    best = max((order[place].score for place in free), default=0.0)
    return tuple([place for place in free if order[place].score >= COMPARABLE * best][:MOST_DRAWN])


def _names(drawn: Sequence[Ranked]) -> list[str]:
    """By what is done to what: the same advice on a later occasion has the same lot."""
    seen, names = Counter[str](), []
    for one in drawn:
        name = f"{one.candidate.kind} {one.candidate.target.identity}"
        names.append(f"{name} {seen[name]}")
        seen[name] += 1
    return names


def _lot(*parts: str) -> float:
    """0 up to 1."""
    digest = hashlib.sha256("\0".join((SEED, *parts)).encode()).digest()
    return float(int.from_bytes(digest[:7], "big")) / 2**56
