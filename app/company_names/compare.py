"""Likelihood that two companies are the same, from what people write of them: name, place, country, domain and number.

Evidence is added up, in the manner of Fellegi and Sunter (1969): each word that both names have speaks for the same
company by how rare it is, each that only one has against it, and so do place, country and domain. The sum becomes a
score between 0 and 1; from `THRESHOLD` on, the two are taken for the same until somebody says otherwise.
"""

import math
from dataclasses import dataclass

from app.company_names.alignment import Alignment, Known, align
from app.company_names.countries import country_of
from app.company_names.domains import Domain, domain_of
from app.company_names.name import Name, names_of
from app.company_names.places import place_words, same_place
from app.company_names.registration_numbers import number_of, same_number

THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Company:
    """As people write of it. `country`: a code of ISO 3166-1, or a name in any of many languages."""

    name: str
    place: str | None = None
    country: str | None = None
    domain: str | None = None
    registration_number: str | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """`score`: 0 to 1. `same_number` and `same_domain`: None where one of them isn't known, or says nothing."""

    score: float
    reasons: tuple[str, ...]
    same_number: bool | None = None
    same_domain: bool | None = None

    @property
    def alike(self) -> bool:
        return self.score >= THRESHOLD


PRIOR = -2.5
MOST_OF_THE_NAME = 7.0
SAME_PLACE, OTHER_PLACE = 1.5, -2.5
SAME_COUNTRY, OTHER_COUNTRY = 0.5, -6.0
OTHER_FORM = -3.0
SAME_DOMAIN, SAME_LABEL, OTHER_DOMAIN, TELLING_DOMAIN = 9.0, 1.0, -2.0, -4.0
SAME_NUMBER, OTHER_NUMBER = 14.0, -6.0


def likeness(a: Company, b: Company, common: frozenset[str] = frozenset()) -> Likeness:
    """The same whichever comes first. `common`: words, as `sound` spells them, that many companies have."""
    if _order(b) < _order(a):
        a, b = b, a
    one, other = domain_of(a.domain), domain_of(b.domain)
    domains = None if one is None or other is None else one.registered == other.registered
    numbers = _same_number(a, b)
    name, alignment = _by_name(a, b, common)
    evidence = (
        PRIOR + name + (0.0 if _is_branch(a, b) else _place(a, b)) + _country(a, b) + _domain(one, other, alignment)
    )
    if numbers is not None:
        evidence += SAME_NUMBER if numbers else OTHER_NUMBER
    if domains:
        evidence = max(evidence, 1.0) if numbers is not False else evidence
    if numbers:
        evidence = max(evidence, 2.0)
    score = round(1 / (1 + math.exp(-evidence)), 4)
    return Likeness(score, tuple(_reasons(a, b, numbers, one if domains else None, alignment)), numbers, domains)


def _order(company: Company) -> tuple[str, ...]:
    parts = (company.name, company.place, company.country, company.domain, company.registration_number)
    return tuple(part or "" for part in parts)


def _same_number(a: Company, b: Company) -> bool | None:
    one, other = (number_of(c.registration_number, country_of(c.country)) for c in (a, b))
    return (
        None if one is None or other is None else same_number(one, other, country_of(a.country), country_of(b.country))
    )


def _by_name(a: Company, b: Company, common: frozenset[str]) -> tuple[float, Alignment | None]:
    """The evidence of the names that fit best, of those by which each is known."""
    best: tuple[float, Alignment | None] = (0.0, None)
    places = (place_words(a.place or ""), place_words(b.place or ""))
    together = same_place(a.place or "", b.place or "")
    for first in names_of(a.name):
        for second in names_of(b.name):
            found = align(first, second, Known(places, together, common))
            evidence = min(found.for_, MOST_OF_THE_NAME) + found.against + _form(first, second, a, b)
            if best[1] is None or evidence > best[0]:
                best = evidence, found
    return best


def _form(first: Name, second: Name, a: Company, b: Company) -> float:
    """Where countries aren't known, legal forms tell of them."""
    if (a.country and b.country) or not first.forms or not second.forms or first.forms & second.forms:
        return 0.0
    return OTHER_FORM


def _is_branch(a: Company, b: Company) -> bool:
    return any(name.is_branch for company in (a, b) for name in names_of(company.name))


def _place(a: Company, b: Company) -> float:
    same = same_place(a.place or "", b.place or "")
    return 0.0 if same is None else SAME_PLACE if same else OTHER_PLACE


def _country(a: Company, b: Company) -> float:
    if not a.country or not b.country:
        return 0.0
    return SAME_COUNTRY if country_of(a.country) == country_of(b.country) else OTHER_COUNTRY


def _domain(one: Domain | None, other: Domain | None, alignment: Alignment | None) -> float:
    if one is None or other is None:
        return 0.0
    if one.registered == other.registered:
        return SAME_DOMAIN
    first, second = one.label.replace("-", ""), other.label.replace("-", "")
    if first == second:
        return SAME_LABEL
    return TELLING_DOMAIN if alignment is not None and alignment.only else OTHER_DOMAIN


def _reasons(
    a: Company, b: Company, numbers: bool | None, domain: Domain | None, alignment: Alignment | None
) -> list[str]:
    said = list[str]()
    if numbers:
        said.append("The same registration number.")
    if domain is not None:
        said.append(f"The same domain, {domain.registered}.")
    if alignment is not None and alignment.said:
        said.append(alignment.said)
    same = same_place(a.place or "", b.place or "")
    if same:
        said.append(f"The same place, {(a.place or '').strip()}.")
    if same is False:
        said.append(f"Different places: {(a.place or '').strip()} and {(b.place or '').strip()}.")
    countries = (country_of(a.country), country_of(b.country))
    if all(countries) and countries[0] != countries[1]:
        said.append(f"Different countries: {countries[0]} and {countries[1]}.")
    if numbers is False:
        said.append("Different registration numbers.")
    return said
