"""The usual among the deals that a model is made of, against which a single deal is read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import median

from app.prediction.crowd import Crowd, everyone
from app.prediction.deal import Deal

FEW = 10
"""A partner's usual amount counts as much as what is usual of all, where it has so many deals."""


@dataclass(frozen=True, slots=True)
class Norms:
    """`until_stage`: median days from creation to the first entry into a stage. `amount`: the median by currency, above
    0; `of_partner` by partner and currency, drawn to it where there are few deals. `order`: stages by how late in a
    deal they come, from 0."""

    until_stage: Mapping[str, float]
    amount: Mapping[str, float]
    of_partner: Mapping[str, Mapping[str, float]]
    order: Mapping[str, int]

    def usual_amount(self, partner: str | None, currency: str | None) -> float | None:
        money = currency or ""
        return self.of_partner.get(partner or "", {}).get(money) or self.amount.get(money)


def norms_of(deals: Sequence[Deal], order: Mapping[str, int], crowd: Crowd = everyone) -> Norms:
    """`order`: stages by their place in the playbook. What is usual of too few for `crowd` is left out."""
    until = defaultdict[str, list[tuple[Deal, float]]](list)
    for deal in deals:
        seen: set[str] = set()
        for entry in deal.entries:
            if entry.stage not in seen:
                seen.add(entry.stage)
                until[entry.stage].append((deal, max(entry.at - deal.created, 0.0)))
    amount = _medians(_amounts(deals), crowd)
    return Norms(
        until_stage=_medians(until, crowd),
        amount=amount,
        of_partner=_of_partners(deals, amount),
        order=dict(order),
    )


def _medians(of: Mapping[str, Sequence[tuple[Deal, float]]], crowd: Crowd) -> dict[str, float]:
    found = {}
    for key, values in of.items():
        if counted := crowd(deal for deal, _ in values):
            found[key] = median(value for deal, value in values if deal.id in counted)
    return found


def _amounts(deals: Iterable[Deal]) -> dict[str, list[tuple[Deal, float]]]:
    found = defaultdict[str, list[tuple[Deal, float]]](list)
    for deal in deals:
        if deal.amount is not None and deal.amount > 0:
            found[deal.currency or ""].append((deal, deal.amount))
    return found


def _of_partners(deals: Sequence[Deal], whole: Mapping[str, float]) -> dict[str, dict[str, float]]:
    by_partner = defaultdict[str, list[Deal]](list)
    for deal in deals:
        if deal.partner is not None:
            by_partner[deal.partner].append(deal)
    return {
        partner: {
            money: exp((len(of_it) * log(median(of_it)) + FEW * log(whole[money])) / (len(of_it) + FEW))
            for money, of_them in _amounts(theirs).items()
            if money in whole and (of_it := [amount for _, amount in of_them])
        }
        for partner, theirs in by_partner.items()
    }
