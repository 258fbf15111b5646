"""The deals that a model is made of, chosen so that nobody can read another's out of it.

The vendor's own deals are predicted from all deals. A partner's are predicted from those of all partners where the rule
for figures over several partners allows it (`app.deals.benchmarks.rule`), a partner that has more than all others
together counting with as many as they have; else from the partner's own alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.prediction.crowd import enough_partners, most_even
from app.prediction.deal import Deal
from app.vocabulary import ModelAudience

MOST_DEALS = 20_000
"""Of a model, the latest; what is older tells less, and takes longer."""


@dataclass(frozen=True, slots=True)
class Group:
    """`of_whom`: the audience, or the partner's id."""

    of_whom: str
    audience: ModelAudience
    partner: str | None
    deals: list[Deal]


def groups(deals: Sequence[Deal], partners: Iterable[str] = ()) -> list[Group]:
    """`partners`: those who need one whether they have deals here or not."""
    found = [Group(ModelAudience.VENDOR.value, ModelAudience.VENDOR, None, _latest(deals))]
    by_partner = defaultdict[str, list[Deal]](list)
    for deal in deals:
        if deal.partner is not None:
            by_partner[deal.partner].append(deal)
    if shared := _shared(_latest([deal for deal in deals if deal.partner is not None])):
        return [*found, Group(ModelAudience.PARTNERS.value, ModelAudience.PARTNERS, None, shared)]
    theirs = {partner: _latest(by_partner.get(partner, [])) for partner in sorted({*by_partner, *partners})}
    return [*found, *(Group(partner, ModelAudience.PARTNER, partner, own) for partner, own in theirs.items())]


def _latest(deals: Sequence[Deal]) -> list[Deal]:
    """Before it is judged whose they are: what is left out makes up no part of a figure."""
    if len(deals) <= MOST_DEALS:
        return list(deals)
    return sorted(deals, key=lambda deal: (deal.created, deal.id))[-MOST_DEALS:]


def _shared(deals: Sequence[Deal]) -> list[Deal]:
    """Those of all partners' model, of closed and of open ones no partner with more than half; none where the rule for
    figures over several partners doesn't allow one."""
    closed = enough_partners(deal for deal in deals if deal.end is not None)
    going = most_even(deal for deal in deals if deal.end is None)
    return [deal for deal in deals if deal.id in closed or deal.id in going] if closed else []
