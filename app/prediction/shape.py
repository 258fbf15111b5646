"""The stages of a playbook, all its versions together."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.prediction.deal import Deal


@dataclass(frozen=True, slots=True)
class Shape:
    """`order`: open stages by their place. `of_playbook`: the win probability that each is given."""

    order: Mapping[str, int]
    of_playbook: Mapping[str, float]
    won: frozenset[str]
    lost: frozenset[str]


def first_of(deal: Deal) -> str:
    """The stage in which it began."""
    return deal.entries[0].stage
