"""The proof: a condition's formula worked out for one point of every kind of value, until it has come out both ways.

Values are chosen one field at a time; as long as some are open, a formula may come out in several ways, and a branch
ends where it can come out in one way alone. So most conditions take a few dozen steps; one that would take more than
`MOST_STEPS` is left undecided.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from expressions.certainty.domains import (
    ABSENT,
    NULL,
    RECORD,
    Days,
    Domain,
    Entries,
    Fields,
    Numbers,
    Ranks,
    Text,
    Texts,
    Value,
    Words,
)
from expressions.certainty.formulas import (
    Chosen,
    Comparison,
    Fixed,
    Formula,
    Itself,
    Joined,
    Negated,
    Opaque,
    Path,
    Presence,
    formula,
    walk,
)
from expressions.tree import Node

MOST_STEPS = 20_000
"""Parts of formulas looked at: some 15 ms."""
TRUE, FALSE, FAILS = 1, 2, 4
ANYTHING = TRUE | FALSE | FAILS


class Verdict(StrEnum):
    """`NEVER`: for no input it is true; it is false or fails. `ALWAYS`: it is true for every input."""

    NEVER = "NEVER"
    ALWAYS = "ALWAYS"
    OPEN = "OPEN"


class TooLong(Exception):
    """The search has taken its steps."""


def verdict(
    node: Node, root: str, domains: Mapping[str, Domain], together: Mapping[str, str] = MappingProxyType({})
) -> Verdict:
    """`domains`: of the fields of the variable `root`, as its language has them. `together`: of two fields, one is null
    where the other is."""
    found = formula(node, root, domains)
    twins: dict[Path, Path] = {(one,): (other,) for pair in together.items() for one, other in (pair, pair[::-1])}
    try:
        outcomes = _Search(found, Fields(domains), twins).outcomes()
    except TooLong:
        return Verdict.OPEN
    if not outcomes & TRUE:
        return Verdict.NEVER
    return Verdict.ALWAYS if outcomes == TRUE else Verdict.OPEN


class _Search:
    def __init__(self, found: Formula, whole: Fields, twins: Mapping[Path, Path]) -> None:
        self.formula = found
        self.whole = whole
        self.twins = twins
        self.steps = 0
        self.ranks: dict[Path, Ranks] = {}
        self.points: dict[Path, Sequence[Value]] = {}
        self.chosen: dict[Path, Value] = {}
        self.assumed: dict[str, int] = {}
        self.open: list[Path | str] = []
        self.gather()

    def gather(self) -> None:
        texts: dict[Path, set[str]] = defaultdict(set)
        numbers: dict[Path, set[Fraction]] = defaultdict(set)
        lengths: dict[Path, set[int]] = defaultdict(set)
        read: dict[Path | str, None] = {}
        for part in walk(self.formula):
            match part:
                case Opaque(text=text):
                    read[text] = None
                case Comparison(path=path, constant=constant, sized=sized):
                    read.update(dict.fromkeys(self.owners(path)))
                    if isinstance(constant, str):
                        texts[path].add(constant)
                    elif isinstance(constant, Fraction) and sized:
                        lengths[path] |= {constant.__floor__(), constant.__ceil__()}
                    elif isinstance(constant, Fraction):
                        numbers[path].add(constant)
                case Presence(path=path) | Itself(path=path):
                    read.update(dict.fromkeys(self.owners(path)))
        for path in (each for each in read if isinstance(each, tuple)):
            self.ranks[path] = Ranks.of(frozenset(texts[path] | self.own_words(path)))
            self.points[path] = self.kinds(path, frozenset(numbers[path]), frozenset(lengths[path]))
        self.open = list(read)

    def owners(self, path: Path) -> list[Path]:
        """The path itself, and before it those of the records around it that may be null."""
        around = [path[:length] for length in range(1, len(path))]
        found = [(place, self.domain(place)) for place in around]
        return [*(place for place, each in found if isinstance(each, Fields) and each.nullable), path]

    def domain(self, path: Path) -> Domain | None:
        found: Domain | None = self.whole
        for name in path:
            match found:
                case Fields(fields=fields):
                    found = fields.get(name)
                case Entries(keys=keys, each=each):
                    found = each if name in keys else None
                case _:
                    return None
        return found

    def own_words(self, path: Path) -> frozenset[str]:
        found = self.domain(path)
        return found.words if isinstance(found, Words) else frozenset()

    def kinds(self, path: Path, numbers: frozenset[Fraction], lengths: frozenset[int]) -> Sequence[Value]:
        absent = [ABSENT] if len(path) > 1 and isinstance(self.domain(path[:-1]), Entries) else []
        match self.domain(path):
            case Numbers() as found:
                return found.points(numbers)
            case Texts() as found:
                return [*absent, *found.points(self.ranks[path], lengths)]
            case Words() | Days() as found:
                return found.points(self.ranks[path])
            case Fields(nullable=nullable):
                return [NULL, RECORD] if nullable else [RECORD]
        return [ABSENT]

    def outcomes(self) -> int:
        """All ways in which the formula may come out; the search ends once it may be true and may be not."""
        return self.branch(0, 0)

    def branch(self, place: int, known: int) -> int:
        now = self.value(self.formula)
        if now in (TRUE, FALSE, FAILS) or place == len(self.open):
            return known | now
        if now & TRUE == 0:
            return known | now
        subject = self.open[place]
        if isinstance(subject, str):
            for outcome in (TRUE, FALSE, FAILS):
                self.assumed[subject] = outcome
                known = self.branch(place + 1, known)
                if _is_open(known):
                    break
            del self.assumed[subject]
            return known
        twin = self.chosen.get(self.twins.get(subject, ()))
        for value in self.points[subject]:
            if twin is not None and (twin is NULL) != (value is NULL):
                continue
            self.chosen[subject] = value
            known = self.branch(place + 1, known)
            if _is_open(known):
                break
        self.chosen.pop(subject, None)
        return known

    def value(self, found: Formula) -> int:
        """The ways in which it may come out, for all values that are still open."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise TooLong
        match found:
            case Fixed(is_true=is_true):
                return TRUE if is_true else FALSE
            case Opaque(text=text):
                return self.assumed.get(text, ANYTHING)
            case Negated(inner=inner):
                return _negated(self.value(inner))
            case Joined(sign=sign, parts=parts):
                return self.joined(sign, parts)
            case Chosen(test=test, then=then, otherwise=otherwise):
                return self.chosen_by(self.value(test), then, otherwise)
            case Comparison() | Presence() | Itself():
                return self.tested(found)

    def joined(self, sign: str, parts: Sequence[Formula]) -> int:
        decides = FALSE if sign == "&&" else TRUE
        passes = TRUE if sign == "&&" else FALSE
        so_far = passes
        for part in parts:
            so_far = _combined(so_far, self.value(part), decides, passes)
            if so_far == decides:
                break
        return so_far

    def chosen_by(self, test: int, then: Formula, otherwise: Formula) -> int:
        found = test & FAILS
        if test & TRUE:
            found |= self.value(then)
        if test & FALSE:
            found |= self.value(otherwise)
        return found

    def tested(self, found: Comparison | Presence | Itself) -> int:
        for owner in self.owners(found.path)[:-1]:
            if owner not in self.chosen:
                return ANYTHING
            if self.chosen[owner] is NULL:
                return FAILS
        value = self.chosen.get(found.path)
        if value is None:
            return ANYTHING
        if isinstance(found, Presence):
            return FALSE if value is ABSENT else TRUE
        if value is ABSENT:
            return FAILS
        return self.compared(found, value) if isinstance(found, Comparison) else _with_itself(found.sign, value)

    def compared(self, found: Comparison, value: Value) -> int:
        constant: object = found.constant
        if found.sized:
            if not isinstance(value, Text):
                return FAILS
            return _compared(found.sign, Fraction(value.length), constant)
        if isinstance(value, Text) and isinstance(constant, str):
            return _compared(found.sign, value.rank, self.ranks[found.path].rank(constant))
        return _compared(found.sign, value, constant)


def _with_itself(sign: str, value: Value) -> int:
    if sign != "==" and not isinstance(value, Text | Fraction):
        return FAILS
    return FALSE if sign == "<" else TRUE


def _compared(sign: str, value: object, constant: object) -> int:
    ordered = isinstance(value, int | Fraction) and isinstance(constant, int | Fraction)
    if sign == "==":
        same = value == constant if ordered and not isinstance(constant, bool) else value is constant
        return TRUE if same else FALSE
    if not ordered or isinstance(constant, bool):
        return FAILS
    assert isinstance(value, int | Fraction)
    assert isinstance(constant, int | Fraction)
    holds = value < constant if sign == "<" else value <= constant
    return TRUE if holds else FALSE


def _negated(outcomes: int) -> int:
    return (outcomes & FAILS) | (FALSE if outcomes & TRUE else 0) | (TRUE if outcomes & FALSE else 0)


def _combined(one: int, other: int, decides: int, passes: int) -> int:
    found = 0
    if (one | other) & decides:
        found |= decides
    if one & passes and other & passes:
        found |= passes
    if (one & FAILS and other & (FAILS | passes)) or (other & FAILS and one & (FAILS | passes)):
        found |= FAILS
    return found


def _is_open(known: int) -> bool:
    return bool(known & TRUE and known & (FALSE | FAILS))


__all__ = ["MOST_STEPS", "Verdict", "verdict"]
