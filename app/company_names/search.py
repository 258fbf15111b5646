"""Terms under which a company is looked for among many, so that only few are left to compare.

All companies that `likeness` takes for the same should have a term in common, or a `core` that is spelt alike.
"""

from dataclasses import dataclass
from itertools import combinations

from app.company_names.alignment import says_place
from app.company_names.compare import Company
from app.company_names.countries import country_of
from app.company_names.domains import domain_of
from app.company_names.letters import sound
from app.company_names.name import Name, Word, names_of
from app.company_names.places import place_words
from app.company_names.registration_numbers import number_of
from app.company_names.vocabulary import Kind

VERSION = 1
"""Rises with every change of this package that makes other terms of a name."""
WORD = "w "
"""Before a word by itself, among the terms."""
MOST_TERMS, LONGEST_ABBREVIATION = 60, 6
LONGEST_CORE = 60
LEAST_MISTYPED, LONGEST_MISTYPED = 4, 10
"""Letters: slips in shorter words make another word, and in longer ones they leave enough groups of three alike."""
_STRONG = frozenset({Kind.RARE, Kind.COMPOUND})
_TELLING = _STRONG | {Kind.COMMON, Kind.TRADE, Kind.KEPT, Kind.COUNTRY, Kind.ARM, Kind.WEAK_TRADE}


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """`core`: the rarest words, for a search by trigrams. `terms`: one of them in common is enough. `digits`: of the
    registration number."""

    core: str
    terms: tuple[str, ...]
    domain: str | None
    digits: str | None


def search_terms(company: Company) -> SearchTerms:
    terms = dict[str, None]()
    names = names_of(company.name)
    place = place_words(company.place or "")
    for name in names:
        terms.update(dict.fromkeys(_terms(name, place)))
    domain = domain_of(company.domain)
    number = number_of(company.registration_number, country_of(company.country))
    return SearchTerms(
        _core(names[0], place) if names else "",
        tuple(terms)[:MOST_TERMS],
        domain and domain.registered,
        number and number.digits,
    )


def _core(name: Name, place: tuple[str, ...]) -> str:
    words = [w for w in name.words if not says_place(w, place)] or name.words
    words = [w for w in words if not w.is_number] or words  # slips in numbers make other numbers
    rarest = [w for w in words if w.kind in _STRONG] or [w for w in words if w.kind in _TELLING] or words
    return " ".join(sorted(w.short for w in rarest))[:LONGEST_CORE]


def _terms(name: Name, place: tuple[str, ...]) -> list[str]:
    strong = [w for w in name.words if w.kind in _STRONG and len(w.short) > 2 and not w.is_number]
    strong = [w for w in strong if not says_place(w, place)]
    found = [WORD + sound(word.short) for word in strong]
    found += [WORD + sound(word.long) for word in strong if word.long != word.short]
    found += [f"d {part}" for word in strong if len(word.short) <= LONGEST_MISTYPED for part in _less_one(word.short)]
    found.append(f"c {sound(name.compact)}")
    found += [f"i {run}" for run in _runs(name.initials)]
    found += [f"i {word.short}" for word in name.words if word.kind is Kind.RARE and 1 < len(word.short) < 7]
    telling = sorted({_meant(w) for w in name.words if w.kind in _TELLING and not says_place(w, place)})[:6]
    found += [f"p {one} {other}" for one, other in combinations(telling, 2)]
    if not strong:
        found += [f"l {one} {part}" for one in telling for part in place]
    return found


def _runs(initials: str) -> list[str]:
    """Abbreviations of some of the words: “CHU” of “Centre Hospitalier Universitaire de Mirande”."""
    least = 2 if len(initials) < 5 else 3
    ends = range(len(initials) + 1)
    return [initials[start:end] for start in ends for end in ends if least <= end - start <= LONGEST_ABBREVIATION]


def _less_one(word: str) -> set[str]:
    """The word, and what is left of it without one letter: two words that differ by one slip have one in common."""
    return {word} | {word[:n] + word[n + 1 :] for n in range(len(word)) if len(word) > LEAST_MISTYPED}


def _meant(word: Word) -> str:
    return word.meaning.concept if word.kind is not Kind.RARE else sound(word.short)
