"""The search for the counterpart of a stage in another playbook or version: plain data in, plain data out.

In this order, the first that says anything decides:

1. the mapping that whoever publishes gives: old key → new key;
2. the new stage of the same key;
3. the new stage that answers to the old key, else to the old name: by its own key, name or aliases, whatever the case,
   the blanks and the punctuation. Where two answer, none is chosen.

An open deal is placed only where that is an open stage.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.deals.names import word_key
from app.vocabulary import PlacementBasis, StageKind, TransitionKind, UnplacedReason


@dataclass(frozen=True, slots=True)
class StageProfile:
    """A stage, as far as it can be recognised, and how likely a deal there is won."""

    id: UUID
    key: str
    name: str
    kind: StageKind = StageKind.OPEN
    aliases: tuple[str, ...] = ()
    win_probability: float = 0.0


@dataclass(frozen=True, slots=True)
class Counterpart:
    """`basis`: by what it was found. `stage` is None where there is none, or too many."""

    stage: StageProfile | None
    basis: PlacementBasis | None = None
    ambiguous: bool = False

    @property
    def open_stage(self) -> StageProfile | None:
        """Where open deals go."""
        return self.stage if self.stage and self.stage.kind is StageKind.OPEN else None

    @property
    def unplaced(self) -> UnplacedReason | None:
        """Why open deals go nowhere."""
        if self.stage is not None:
            return None if self.stage.kind is StageKind.OPEN else UnplacedReason.CLOSED_STAGE
        return UnplacedReason.AMBIGUOUS if self.ambiguous else UnplacedReason.NO_COUNTERPART


def counterpart(old: StageProfile, new: Sequence[StageProfile], mapping: Mapping[str, str]) -> Counterpart:
    by_key = {stage.key: stage for stage in new}
    if (meant := by_key.get(mapping.get(old.key, ""))) is not None:
        return Counterpart(meant, PlacementBasis.MAPPING)
    if (same := by_key.get(old.key)) is not None:
        return Counterpart(same, PlacementBasis.KEY)
    for called in (word_key(old.key), word_key(old.name)):
        found = dict(_answering(called, new))
        if len(found) > 1:
            return Counterpart(None, ambiguous=True)
        for key, basis in found.items():
            return Counterpart(by_key[key], basis)
    return Counterpart(None)


def _answering(called: str, stages: Sequence[StageProfile]) -> Iterator[tuple[str, PlacementBasis]]:
    for stage in stages:
        if called in (word_key(stage.key), word_key(stage.name)):
            yield stage.key, PlacementBasis.NAME
        elif called in map(word_key, stage.aliases):
            yield stage.key, PlacementBasis.ALIAS


def kind_of_transfer(old: StageProfile, to: StageProfile, new: Sequence[StageProfile]) -> TransitionKind:
    """What the move of an open deal from `old` to the open stage `to` of another playbook amounts to, by the place of
    `old`'s counterpart there; where it has none, by that of the last stage that is no likelier to win."""
    order = [stage for stage in new if stage.kind is StageKind.OPEN]
    same = counterpart(old, order, {}).stage
    if same is not None:
        start = order.index(same)
    else:
        before = (n for n, stage in enumerate(order) if stage.win_probability <= old.win_probability)
        start = max(before, default=0)
    distance = order.index(to) - start
    if distance < 0:
        return TransitionKind.BACK
    return TransitionKind.FORWARD if distance <= 1 else TransitionKind.SKIP
