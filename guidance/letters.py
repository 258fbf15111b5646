"""Messages as frame and blocks: which blocks a message may be composed of, and how it reads as a whole.

A frame is the subject, the greeting and the signature. Between them stand one opening, the point (what is asked or
told), perhaps a content, at most one request, and one closing, each a paragraph.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum


class Place(IntEnum):
    """In the order in which blocks stand in a message."""

    OPENING = 1
    POINT = 2
    CONTENT = 3
    REQUEST = 4
    CLOSING = 5


@dataclass(frozen=True, slots=True)
class Block:
    """`content_id`: the content that the block tells its reader of."""

    place: Place
    text: str
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """`blocks` as the rules chose them; `others` may stand in the place of one that is not the point."""

    head: tuple[str, ...]
    blocks: tuple[Block, ...]
    tail: tuple[str, ...]
    others: tuple[Block, ...] = ()

    @property
    def text(self) -> str:
        return "\n\n".join((*self.head, *(block.text for block in self.blocks), *self.tail))

    @property
    def choice(self) -> tuple[Block, ...]:
        """All blocks, each once, in the order of their places."""
        return tuple(sorted(dict.fromkeys((*self.blocks, *self.others)), key=lambda block: block.place))

    def with_others(self, others: Iterable[Block]) -> "Letter":
        return replace(self, others=(*self.others, *others))

    def of(self, chosen: Sequence[Block]) -> "Letter | None":
        """The letter with these blocks in place of the rules'; None where they make none: each place is filled as often
        as it is in the rules' letter, the points are all there, and at most one content comes on top."""
        blocks = tuple(sorted(chosen, key=lambda block: block.place))
        points = [block for block in self.blocks if block.place is Place.POINT]
        if [block for block in blocks if block.place is Place.POINT] != points or len(set(blocks)) < len(blocks):
            return None
        ours, theirs = (Counter(block.place for block in some) for some in (self.blocks, blocks))
        told = theirs[Place.CONTENT] <= max(1, ours[Place.CONTENT])
        same = all(ours[place] == theirs[place] for place in (Place.OPENING, Place.REQUEST, Place.CLOSING))
        return replace(self, blocks=blocks) if told and same else None
