"""The order in which partners are offered a deal, and why: from plain facts, best first.

| what                                                    | points              |
|---------------------------------------------------------|---------------------|
| holds a certification that still counts                 | 20                  |
| tier                                                    | 0, 5, 10, 15        |
| works in the customer's country or region               | 25                  |
| serves the customer's industry                          | 15; 5 if it serves all |
| of its closed deals, won (with few of them, towards half) | up to 20          |
| open deals for each of its people                       | 5, down to 0 at ten |

A certification that nobody keeps account of counts for nobody. Ties are broken by key.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.vocabulary import PartnerTier

CERTIFIED, COUNTRY, INDUSTRY, ANY_INDUSTRY, WON, FREE = 20.0, 25.0, 15.0, 5.0, 20.0, 5.0
TIERS = {PartnerTier.REGISTERED: 0.0, PartnerTier.SILVER: 5.0, PartnerTier.GOLD: 10.0, PartnerTier.PLATINUM: 15.0}
BUSY = 10.0
"""Open deals for each of its people, from which on a partner has no time."""
DOUBT = 5
"""So many deals, half of them won, are counted besides: one deal says little."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A partner as far as the order depends on it. `certified`: None where nobody keeps account of that."""

    key: str
    tier: PartnerTier | None
    places: frozenset[str]
    industries: frozenset[str]
    people: int
    open_deals: int
    won: int
    lost: int
    certified: bool | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of the customer, in small letters."""

    places: frozenset[str]
    industry: str | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """`reasons`: what its points are for, the most of them first."""

    candidate: Candidate
    score: float
    reasons: tuple[str, ...]


def ranked(candidates: Sequence[Candidate], wanted: Wanted) -> list[Ranked]:
    """Best first."""
    return sorted((_judged(one, wanted) for one in candidates), key=lambda one: (-one.score, one.candidate.key))


def _judged(one: Candidate, wanted: Wanted) -> Ranked:
    points: list[tuple[float, str]] = []
    if one.certified:
        points.append((CERTIFIED, "Certified."))
    if one.tier is not None and TIERS[one.tier]:
        points.append((TIERS[one.tier], f"Tier {one.tier.value.title()}."))
    if one.places & wanted.places:
        points.append((COUNTRY, "Works where the customer is."))
    if wanted.industry is not None and wanted.industry in one.industries:
        points.append((INDUSTRY, "Serves the customer's industry."))
    elif not one.industries:
        points.append((ANY_INDUSTRY, "Serves all industries."))
    rate = (one.won + DOUBT / 2) / (one.won + one.lost + DOUBT)
    points.append((WON * rate, f"Won {one.won} of {one.won + one.lost} closed deals."))
    load = one.open_deals / max(one.people, 1)
    points.append((FREE * max(0.0, 1 - load / BUSY), f"{one.open_deals} open deals for {one.people} people."))
    points.sort(key=lambda point: -point[0])
    return Ranked(one, round(sum(number for number, _ in points), 2), tuple(reason for _, reason in points))
