"""The mapping from criteria and activities of one version to those of another, for carrying their states over.

A criterion is what it asks: its text, but for blanks and case. Within the counterpart of its stage it is found by its
text, first of all under the same key; failing that anywhere else, where the text is new to its stage (the criterion was
moved). What keeps stage and key but not the text was reworded: what people said goes along to be seen, and no longer
counts. Of several that become one, each may carry.

An activity is what its key says it is; failing that its name.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.deals.names import name_key
from app.vocabulary import LapseReason


@dataclass(frozen=True, slots=True)
class Requirement:
    """A criterion or an activity. `text` is what it asks. `computed`: the deal's own fields decide it."""

    id: UUID
    stage_id: UUID
    key: str
    text: str
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """`rank`: how sure it is that it is the same, 0 the most; of what becomes one, the surest carries."""

    old: Requirement
    new: Requirement
    rank: int

    @property
    def reworded(self) -> bool:
        return name_key(self.old.text) != name_key(self.new.text)


Stages = Mapping[UUID, UUID]
"""Old stage → its counterpart; those without one are left out."""

Key = tuple[object, ...]
_Feature = Callable[[UUID, Requirement, str], Key]
"""Of a stage, what is asked there, and its text to compare: what has to be the same."""

_BY_TEXT: Sequence[_Feature] = (lambda _, one, text: (one.key, text), lambda _, __, text: (text,))
_CRITERIA: Sequence[tuple[_Feature, bool]] = (
    (lambda stage, one, text: (stage, one.key, text), False),
    (lambda stage, _, text: (stage, text), False),
    *((feature, True) for feature in _BY_TEXT),
    (lambda stage, one, _: (stage, one.key), True),
)
_ACTIVITIES: Sequence[tuple[_Feature, bool]] = (
    (lambda stage, one, _: (stage, one.key), False),
    (lambda stage, _, text: (stage, text), False),
    (lambda _, __, text: (text,), True),
)
NOWHERE = UUID(int=0)
Pairing = Callable[[Sequence[Requirement], Sequence[Requirement], Stages], list[Pair]]


def criteria(
    old: Sequence[Requirement], new: Sequence[Requirement], stages: Stages, *, anywhere: bool = False
) -> list[Pair]:
    """`anywhere`: between playbooks that have nothing to do with each other, a text is the same wherever it stands."""
    features = [(feature, alone and not (anywhere and feature in _BY_TEXT)) for feature, alone in _CRITERIA]
    return _paired(old, new, stages, features)


def activities(old: Sequence[Requirement], new: Sequence[Requirement], stages: Stages) -> list[Pair]:
    return _paired(old, new, stages, _ACTIVITIES)


def _paired(
    old: Sequence[Requirement], new: Sequence[Requirement], stages: Stages, features: Sequence[tuple[_Feature, bool]]
) -> list[Pair]:
    """By each feature in turn, what none before has paired; where the flag says so, only with what nothing was paired
    with yet."""
    found: dict[UUID, Pair] = {}
    taken: set[UUID] = set()
    texts = {one.id: name_key(one.text) for one in (*old, *new)}
    for rank, (feature, alone) in enumerate(features):
        known: dict[Key, list[Requirement]] = defaultdict(list)
        for other in reversed(new):
            if not (alone and other.id in taken):
                known[feature(other.stage_id, other, texts[other.id])].append(other)
        for one in old:
            fitting = known.get(feature(stages.get(one.stage_id, NOWHERE), one, texts[one.id]))
            if one.id not in found and fitting:
                found[one.id] = Pair(one, fitting.pop() if alone else fitting[-1], rank)
        taken |= {pair.new.id for pair in found.values()}
    return list(found.values())


def lapses(
    old: Sequence[Requirement], pairs: Sequence[Pair]
) -> Iterator[tuple[Requirement, LapseReason, Requirement | None]]:
    """The criteria of people's word that no longer counts, with what became of them."""
    found = {pair.old.id: pair for pair in pairs}
    for one in old:
        pair = found.get(one.id)
        if one.computed:
            continue
        if pair is None:
            yield one, LapseReason.REMOVED, None
        elif pair.new.computed:
            yield one, LapseReason.COMPUTED, pair.new
        elif pair.reworded:
            yield one, LapseReason.REWORDED, pair.new
