"""The deals that may stand behind a figure of a model that several partners are told by.

A figure of many partners' deals, such as the usual amount in a currency or the share won in a stage, is one of few, or
of one, where only those have such deals. So each figure is held to the rule for figures over several partners by itself
(`app.deals.benchmarks.rule`). The vendor's model, and a partner's own, take all deals that there are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from hashlib import md5

from app.deals.benchmarks.rule import is_released
from app.prediction.deal import Deal

Crowd = Callable[[Iterable[Deal]], frozenset[str]]
"""From the deals behind a figure to the ids of those that count; none where there is no such figure."""


def everyone(deals: Iterable[Deal]) -> frozenset[str]:
    return frozenset(deal.id for deal in deals)


def enough_partners(deals: Iterable[Deal]) -> frozenset[str]:
    """None if there are too few of them. Of a partner with more than half, as many as all others have, chosen by a
    hash."""
    by_partner = _by_partner(deals)
    return _even(by_partner) if is_released(map(len, by_partner.values())) else frozenset()


def most_even(deals: Iterable[Deal]) -> frozenset[str]:
    """The same however few there are."""
    return _even(_by_partner(deals))


def _even(by_partner: Mapping[str, set[str]]) -> frozenset[str]:
    total = sum(map(len, by_partner.values()))
    return frozenset(id for theirs in by_partner.values() for id in _capped(theirs, total - len(theirs)))


def _by_partner(deals: Iterable[Deal]) -> dict[str, set[str]]:
    found = defaultdict[str, set[str]](set)
    for deal in deals:
        if deal.partner is not None:
            found[deal.partner].add(deal.id)
    return found


def _capped(ids: set[str], others: int) -> Iterable[str]:
    return ids if len(ids) <= others else sorted(ids, key=_hash)[:others]


def _hash(id: str) -> str:
    return md5(id.encode(), usedforsecurity=False).hexdigest()
