"""Several variables in a language of one: they stand by themselves in what is written, and as its fields in what is
priced and run."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from expressions.syntax import tokens


@dataclass(frozen=True, slots=True)
class Several:
    """`variables` become fields of `root`."""

    root: str
    variables: frozenset[str]

    def expanded(self, written: str) -> tuple[str, Sequence[int]]:
        """With the variables as fields, and the places in `written` where the root's name was put before them."""
        parts, places, last, before = [], [], 0, ""
        for token in tokens(written):
            if token.kind == "name" and token.text in self.variables and before != ".":
                parts.append(written[last : token.at] + f"{self.root}.")
                places.append(token.at)
                last = token.at
            before = token.text
        return "".join(parts) + written[last:], places

    def original(self, position: int, places: Sequence[int]) -> int:
        """The place in what was written that a place in what was expanded comes from."""
        size, moved = len(self.root) + 1, 0
        for place in places:
            if place + moved >= position:
                break
            moved = min(moved + size, position - place)
        return position - moved

    def plain(self, message: str) -> str:
        """A message about what was expanded, as whoever wrote the text reads it."""
        speaks = ", ".join(f"“{name}”" for name in sorted(self.variables))
        return message.replace(f"“{self.root}” alone", f"{speaks} alone").replace(f"{self.root}.", "")


def mentioned(written: str, names: Collection[str]) -> frozenset[str]:
    """Those of these variables that a text speaks of."""
    before, found = "", set()
    for token in tokens(written):
        if token.kind == "name" and token.text in names and before != ".":
            found.add(token.text)
        before = token.text
    return frozenset(found)
