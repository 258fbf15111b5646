"""The fields that a condition refers to, entries of maps by their keys, and the texts that a field is compared with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from expressions import tree
from expressions.tree import Node, parts
from expressions.vocabulary import LOOPS

Bound = Mapping[str, tuple[str, ...]]
"""Loops' variables, by the texts of the list that they go through."""
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """`compared`: the texts that the value at `path` is compared with here."""

    path: Path
    compared: tuple[str, ...] = ()


def mentions(node: Node, root: str) -> Iterator[Mention]:
    """Of fields of the variable `root`, in the order of the text. A key that only the input knows is left out."""
    yield from _Walk(root).of(node, {})


class _Walk:
    def __init__(self, root: str) -> None:
        self.root = root

    def of(self, node: Node, bound: Bound) -> Iterator[Mention]:
        paths = self.paths(node, bound)
        if paths:
            yield from map(Mention, paths)
            if isinstance(node, tree.Index):
                yield from self.of(node.key, bound)
            return
        match node:
            case tree.Binary(sign="in", left=left, right=right):
                yield from self.membership(left, right, bound)
            case tree.Binary(sign="==" | "!=" | "<" | "<=" | ">" | ">=", left=left, right=right):
                yield from self.compared(left, self.texts(right, bound), bound)
                yield from self.compared(right, self.texts(left, bound), bound)
            case tree.Call(target=tree.Node() as target, name=name, arguments=(tree.Name(name=variable), body)) if (
                name in LOOPS
            ):
                yield from self.of(target, bound)
                yield from self.of(body, {**bound, variable: self.texts(target, bound)})
            case _:
                for part in parts(node):
                    yield from self.of(part, bound)

    def membership(self, left: Node, right: Node, bound: Bound) -> Iterator[Mention]:
        for owner in self.paths(right, bound):
            yield from (Mention((*owner, key)) for key in self.texts(left, bound))
        yield from self.compared(left, self.texts(right, bound), bound)
        yield from self.of(right, bound)

    def compared(self, node: Node, texts: tuple[str, ...], bound: Bound) -> Iterator[Mention]:
        paths = self.paths(node, bound)
        yield from (Mention(path, texts) for path in paths)
        if not paths:
            yield from self.of(node, bound)

    def paths(self, node: Node, bound: Bound) -> list[Path]:
        """Those that the node may stand for; of a loop's variable as a key, one for each text."""
        match node:
            case tree.Name(name=self.root) if self.root not in bound:
                return [()]
            case tree.Select(owner=owner, field=name):
                return [(*above, name) for above in self.paths(owner, bound)]
            case tree.Index(owner=owner, key=key):
                texts = self.texts(key, bound)
                return [(*above, text) for above in self.paths(owner, bound) for text in texts]
        return []

    def texts(self, node: Node, bound: Bound) -> tuple[str, ...]:
        match node:
            case tree.Literal(value=str() as value):
                return (value,)
            case tree.Name(name=name) if name in bound:
                return bound[name]
            case tree.Many(sign="[", parts=parts):
                return tuple(text for part in parts for text in self.texts(part, bound))
        return ()
