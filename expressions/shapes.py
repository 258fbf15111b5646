"""The greatest size that a value may have: declared for the inputs of a language, worked out for all that follows.

Sizes of texts are characters, those of lists and maps entries.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

WRITTEN_NUMBER = 400
"""The longest text that a number, a boolean, a time or a type becomes: a double is written out, without exponents."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`length`: characters or entries. `element`, `key`: what a list or map holds. `fields`: those of a record.

    `volume`: characters and entries in it, all in all: what copying and comparing it takes.
    """

    length: int = 0
    element: "Shape | None" = None
    key: "Shape | None" = None
    fields: Mapping[str, "Shape"] | None = None
    volume: int = field(init=False)

    def __post_init__(self) -> None:
        inner = sum(part.volume if part else 0 for part in (self.element, self.key))
        own = self.length * (1 + inner) if self.element else self.length
        volume = own + sum(PER_ENTRY + part.volume for part in (self.fields or {}).values())
        object.__setattr__(self, "volume", volume + (self.length * PER_ENTRY if self.element else 0))

    @property
    def iterations(self) -> int:
        """Of a loop over it."""
        return max(1, self.length, len(self.fields or {}))

    @property
    def iterated(self) -> "Shape":
        """What a loop over it sees: a list's elements, a map's keys."""
        if self.fields is not None:
            return joined(text(WRITTEN_NUMBER), self.key or NOTHING, self.element or NOTHING)
        return self.key or self.element or NOTHING

    def part(self, name: str | None) -> "Shape":
        """The part of this name or, where that is not known before, of any."""
        if self.fields is not None and name is not None and name in self.fields:
            return self.fields[name]
        parts = (self.fields or {}).values() if name is None or self.fields is None else ()
        return joined(self.element or NOTHING, *parts)


PER_ENTRY = 60
"""An entry of a list or map, in characters that are copied in the same time."""
NOTHING = Shape()


def text(length: int) -> Shape:
    return Shape(length)


def number() -> Shape:
    return NOTHING


flag = number


def listed(length: int, element: Shape = NOTHING) -> Shape:
    return Shape(length, element)


def entries(length: int, key: Shape, element: Shape) -> Shape:
    """A map whose keys are not known before."""
    return Shape(length, element, key)


def record(**fields: Shape) -> Shape:
    """A map with just these keys."""
    return Shape(fields=fields)


def joined(*shapes: Shape) -> Shape:
    """One that is as large as any of them."""
    return reduce(_either, shapes, NOTHING)


def added(one: Shape, other: Shape) -> Shape:
    """Of `one + other`."""
    return Shape(one.length + other.length, _maybe(one.element, other.element), _maybe(one.key, other.key))


def _either(one: Shape, other: Shape) -> Shape:
    fields = None
    if one.fields is not None or other.fields is not None:
        mine, theirs = one.fields or {}, other.fields or {}
        fields = {name: _either(mine.get(name, NOTHING), theirs.get(name, NOTHING)) for name in {*mine, *theirs}}
    length = max(one.length, other.length)
    return Shape(length, _maybe(one.element, other.element), _maybe(one.key, other.key), fields)


def _maybe(one: Shape | None, other: Shape | None) -> Shape | None:
    return _either(one, other) if one and other else one or other
