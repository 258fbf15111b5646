"""Values that the fields of a variable may have, as finitely many points of which one stands for each kind.

A condition tells values apart by the constants that it compares them with. So of numbers and texts there are as many
kinds as constants, and gaps between them; a text has a length besides, which conditions may ask for.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple


class Null:
    """The value of what is empty, and of an absent entry (`ABSENT`)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


NULL, ABSENT, RECORD = Null("NULL"), Null("ABSENT"), Null("RECORD")


class Text(NamedTuple):
    """`rank`: of the constant that it is, odd, or of the gap before that one, even; see `Ranks`."""

    rank: int
    length: int


Value = Null | Text | Fraction


@dataclass(frozen=True, slots=True)
class Ranks:
    """The constants that one text is compared with, in order; the empty text is always among them."""

    constants: Sequence[str]

    @classmethod
    def of(cls, constants: frozenset[str]) -> "Ranks":
        return cls(sorted({"", *constants}))

    def rank(self, constant: str) -> int:
        return 2 * bisect_left(self.constants, constant) + 1

    def gaps(self) -> Iterator[tuple[int, str, str | None]]:
        """Each with the constants on both sides of it, None: nothing comes after it."""
        for place, (before, after) in enumerate(pairwise(self.constants), start=1):
            if after != f"{before}\0":
                yield 2 * place, before, after
        yield 2 * len(self.constants), self.constants[-1], None


@dataclass(frozen=True, slots=True)
class Numbers:
    least: Fraction
    most: Fraction
    whole: bool = False
    nullable: bool = True

    def points(self, constants: frozenset[Fraction]) -> list[Value]:
        ends = sorted({self.least, self.most, *(each for each in constants if self.least <= each <= self.most)})
        found = set(ends) | {(before + after) / 2 for before, after in pairwise(ends)}
        if self.whole:
            near = {Fraction(point.__floor__() + step) for point in found for step in (-1, 0, 1)}
            found = {point for point in near if self.least <= point <= self.most}
        return [*([NULL] if self.nullable else []), *sorted(found)]


@dataclass(frozen=True, slots=True)
class Texts:
    """`least`, `longest`: characters."""

    longest: int
    least: int = 0
    nullable: bool = True

    def points(self, ranks: Ranks, lengths: frozenset[int]) -> list[Value]:
        near = {length + step for length in lengths for step in (-1, 0, 1)} | {max(1, self.least), self.longest}
        allowed = sorted(length for length in near if max(1, self.least) <= length <= self.longest)
        found: list[Value] = [NULL] if self.nullable else []
        here = (text for text in ranks.constants if self.least <= len(text) <= self.longest)
        found += [Text(ranks.rank(text), len(text)) for text in here]
        found += [Text(rank, length) for rank, _, _ in ranks.gaps() for length in allowed]
        return found


@dataclass(frozen=True, slots=True)
class Words:
    """One of these texts."""

    words: frozenset[str]
    nullable: bool = False

    def points(self, ranks: Ranks) -> list[Value]:
        found: list[Value] = [Text(ranks.rank(word), len(word)) for word in sorted(self.words)]
        return [*([NULL] if self.nullable else []), *found]


@dataclass(frozen=True, slots=True)
class Days:
    """A day as ISO 8601 writes it, which as a text sorts by time."""

    first: date
    last: date
    nullable: bool = True

    def points(self, ranks: Ranks) -> list[Value]:
        found: list[Value] = [NULL] if self.nullable else []
        found += [Text(ranks.rank(text), 10) for text in ranks.constants if self._following(text, here=True) == text]
        for rank, before, after in ranks.gaps():
            between = self._following(before, here=False)
            if between is not None and (after is None or between < after):
                found.append(Text(rank, 10))
        return found

    def _following(self, text: str, *, here: bool) -> str | None:
        """The first day after this text, or that it is."""
        days = range(self.first.toordinal(), self.last.toordinal() + 1)
        place = bisect_left(days, text, key=lambda day: date.fromordinal(day).isoformat())
        if not here and place < len(days) and date.fromordinal(days[place]).isoformat() == text:
            place += 1
        return date.fromordinal(days[place]).isoformat() if place < len(days) else None


@dataclass(frozen=True, slots=True)
class Entries:
    """A map of texts; without a key that is not one of `keys`."""

    keys: frozenset[str]
    each: Texts


@dataclass(frozen=True, slots=True)
class Fields:
    """A record, or null where it may be."""

    fields: Mapping[str, "Domain"] = field(hash=False)
    nullable: bool = False


Domain = Numbers | Texts | Words | Days | Entries | Fields
