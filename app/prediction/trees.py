"""Boosted trees as data: what each feature adds to the logarithm of the odds, along the path of a deal through them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.prediction.linear import BASE, Column, row


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes by number, the root first. `column` is -1 for a leaf; a value at most `threshold` goes `left`, an unknown
    one where `unknown_left` says. `value`: the mean below each node."""

    column: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    unknown_left: tuple[bool, ...]
    value: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trees:
    """`columns`: feature, stage and word of each, as `app.prediction.linear.columns` makes them."""

    columns: tuple[Column, ...]
    intercept: float
    trees: tuple[Tree, ...]

    def parts(self, stage: str, known: Mapping[str, float | str | None]) -> dict[str, float]:
        """By feature: the change of the mean at each split goes to what was asked there. With the rest under `base`."""
        cells = row(stage, known, self.columns)
        found = {BASE: self.intercept}
        for tree in self.trees:
            _walk(tree, cells, self.columns, found)
        return found


def _walk(
    tree: Tree,
    cells: Sequence[float],
    columns: Sequence[Column],
    found: dict[str, float],
) -> None:
    at = 0
    found[BASE] += tree.value[0]
    while (asked := tree.column[at]) >= 0:
        cell = cells[asked]
        goes_left = tree.unknown_left[at] if cell != cell else cell <= tree.threshold[at]
        below = tree.left[at] if goes_left else tree.right[at]
        feature = columns[asked][0]
        found[feature] = found.get(feature, 0.0) + tree.value[below] - tree.value[at]
        at = below
