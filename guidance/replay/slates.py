"""The log of what was shown: each order of a deal's actions once, with how likely it was and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from guidance.scoring import Factors


@dataclass(frozen=True, slots=True)
class Logged:
    """An action as it stood there. `rank`: its place in the order that was not drawn. `propensity`: of standing where
    it stood. `acted`: it came about while this order was the last one shown."""

    key: str
    rank: int
    propensity: float
    factors: Factors
    acted: bool
    prompt_version: str | None = None


@dataclass(frozen=True)
class Slate:
    """`candidates` in the order in which they stood; the `first` of them were shown."""

    deal: str
    stage: str
    first: int
    candidates: tuple[Logged, ...]

    @cached_property
    def drawn(self) -> tuple[int, ...]:
        """Places whose actions were drawn by lot."""
        return tuple(place for place, one in enumerate(self.candidates) if one.propensity < 1)

    @property
    def prompt_version(self) -> str | None:
        """Of the model that ordered it, if one did."""
        return next((one.prompt_version for one in self.candidates if one.prompt_version), None)

    def ordered(self, keys: Sequence[str]) -> tuple[Logged, ...]:
        """As another ranking would have it: the drawn places go to the drawn actions in the order of `keys`; all else
        stays where it was, since the log doesn't know how it would have fared elsewhere."""
        wanted = {key: number for number, key in enumerate(keys)}
        lots = sorted((self.candidates[place] for place in self.drawn), key=lambda one: wanted[one.key])
        there = dict(zip(self.drawn, lots, strict=True))
        return tuple(there.get(place, one) for place, one in enumerate(self.candidates))
