"""The deals that a model is made of, chosen so that nobody can read another's out of it.

The vendor's own deals are predicted from all deals. A partner's are predicted from those of all partners where the rule
for figures over several partners allows it (`app.deals.benchmarks.rule`), a partner that has more than all others
together counting with as many as they have; else from the partner's own alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import md5

from app.deals.benchmarks.rule import is_released
from app.prediction.deal import Deal
from app.vocabulary import ModelAudience


@dataclass(frozen=True, slots=True)
class Group:
    """`of_whom`: the audience, or the partner's id."""

    of_whom: str
    audience: ModelAudience
    partner: str | None
    deals: list[Deal]


def groups(deals: Sequence[Deal], partners: Iterable[str] = ()) -> list[Group]:
    """`partners`: those who need one whether they have deals here or not."""
    found = [Group(ModelAudience.VENDOR.value, ModelAudience.VENDOR, None, list(deals))]
    by_partner = defaultdict[str, list[Deal]](list)
    for deal in deals:
        if deal.partner is not None:
            by_partner[deal.partner].append(deal)
    ended = [sum(deal.end is not None for deal in theirs) for theirs in by_partner.values()]
    if is_released(one for one in ended if one):
        kept = [deal for theirs in _capped(by_partner).values() for deal in theirs]
        return [*found, Group(ModelAudience.PARTNERS.value, ModelAudience.PARTNERS, None, kept)]
    theirs = {partner: by_partner.get(partner, []) for partner in sorted({*by_partner, *partners})}
    return [*found, *(Group(partner, ModelAudience.PARTNER, partner, own) for partner, own in theirs.items())]


def _capped(by_partner: dict[str, list[Deal]]) -> dict[str, list[Deal]]:
    """Of a partner with more than half, as many as all others have, chosen by a hash."""
    total = sum(map(len, by_partner.values()))
    return {
        partner: theirs if len(theirs) * 2 <= total else sorted(theirs, key=_hash)[: total - len(theirs)]
        for partner, theirs in by_partner.items()
    }


def _hash(deal: Deal) -> str:
    return md5(deal.id.encode(), usedforsecurity=False).hexdigest()
