"""The longest that an expression can take: nanoseconds of one core over inputs of the declared sizes.

Worked out from the tree alone, by constants measured with a margin of two to four: a loop multiplies what is in it by
the longest list that it may go through, and a part that copies, compares or searches texts counts their characters.
It is an upper bound, not a forecast: typical deals take a thousandth of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from expressions import patterns, tree
from expressions.shapes import NOTHING, WRITTEN_NUMBER, Shape, added, joined, text
from expressions.syntax import SyntaxProblem
from expressions.tree import Node
from expressions.vocabulary import LOOPS

NS_PER_NODE = 250
NS_PER_ITERATION = 350
NS_PER_COPY = 3
"""Of a character; an entry by itself takes as long as sixty. Four bytes a character; large copies wait for memory."""
NS_PER_COMPARISON = 1
NS_PER_CHARACTER = 4
"""For searching it."""
NS_PER_CONVERSION = 100
"""For reading it as a number or a time; what can't be read is told back."""
NS_AT_ALL = 20_000

LIST = "use shorter lists, or ask for single entries"
TEXTS = "compare fewer of the long texts"
PATTERN = "take a shorter pattern that repeats less"


@dataclass(slots=True)
class Bill:
    """`dearest`: the part that costs most by itself, where it stands, and what to do about it."""

    total: int = 0
    dearest: tuple[int, int, str] = field(default=(0, 0, TEXTS))

    def charge(self, cost: int, at: int, advice: str) -> None:
        self.total += cost
        self.dearest = max(self.dearest, (cost, at, advice), key=lambda entry: entry[0])


def price(node: Node, root: str, shape: Shape) -> Bill:
    """Raises `SyntaxProblem` for a pattern that is not constant or that no engine without backtracking takes."""
    walk = _Walk(root, shape)
    walk.bill.charge(NS_AT_ALL, node.at, TEXTS)
    walk.shape(node, 1, {})
    return walk.bill


class _Walk:
    def __init__(self, root: str, shape: Shape) -> None:
        self.root = root
        self.root_shape = shape
        self.bill = Bill()

    def shape(self, node: Node, times: int, bound: Mapping[str, Shape]) -> Shape:
        """That of the node's value; the bill then has what working it out `times` times costs."""
        self.bill.charge(NS_PER_NODE * times, node.at, LIST)
        match node:
            case tree.Literal(value=value):
                return text(len(value) if isinstance(value, str | bytes) else 0)
            case tree.Name(name=name):
                return self.root_shape if name == self.root else bound.get(name, NOTHING)
            case tree.Select(owner=tree.Name(name=self.root), field=name) if self.root not in bound:
                return self.root_shape.part(name)
            case tree.Select(owner=owner, field=name):
                return self.copied(self.shape(owner, times, bound).part(name), node, times)
            case tree.Index(owner=owner, key=key):
                owned, named = self.shape(owner, times, bound), self.shape(key, times, bound)
                self.read(named, node, times)
                constant = key.value if isinstance(key, tree.Literal) and isinstance(key.value, str) else None
                return self.copied(owned.part(constant), node, times)
            case tree.Call():
                return self.called(node, times, bound)
        return self.composed(node, times, bound)

    def composed(self, node: Node, times: int, bound: Mapping[str, Shape]) -> Shape:
        match node:
            case tree.Many(sign="[", parts=parts):
                held = [self.copied(self.shape(part, times, bound), part, times) for part in parts]
                return Shape(len(parts), joined(*held))
            case tree.Many(parts=parts):
                for part in parts:
                    self.shape(part, times, bound)
                return NOTHING
            case tree.Mapping(pairs=pairs):
                keys = [self.copied(self.shape(key, times, bound), key, times) for key, _ in pairs]
                values = [self.copied(self.shape(value, times, bound), value, times) for _, value in pairs]
                return Shape(len(pairs), joined(*values), joined(*keys))
            case tree.Unary(inner=inner):
                self.shape(inner, times, bound)
                return NOTHING
            case tree.Binary():
                return self.combined(node, times, bound)
            case tree.Choice(test=test, then=then, otherwise=otherwise):
                self.shape(test, times, bound)
                return joined(self.shape(then, times, bound), self.shape(otherwise, times, bound))
        raise TypeError(type(node))

    def combined(self, node: tree.Binary, times: int, bound: Mapping[str, Shape]) -> Shape:
        left, right = self.shape(node.left, times, bound), self.shape(node.right, times, bound)
        self.compared(left, node, times)
        if node.sign != "in":
            self.compared(right, node, times)
        elif right.key is None and right.fields is None:
            # A list compares what is looked for with each of its entries; a map only looks it up.
            self.bill.charge(right.iterations * (NS_PER_NODE + left.volume * NS_PER_COMPARISON) * times, node.at, LIST)
        return added(left, right) if node.sign == "+" else NOTHING

    def copied(self, shape: Shape, node: Node, times: int) -> Shape:
        """A list, map or record is copied with all that it holds; a text by itself is shared."""
        if shape.element is not None or shape.fields is not None:
            self.bill.charge(shape.volume * NS_PER_COPY * times, node.at, TEXTS)
        return shape

    def compared(self, shape: Shape, node: tree.Binary, times: int) -> None:
        self.copied(shape, node, times)
        each = NS_PER_COPY if node.sign == "+" else NS_PER_COMPARISON
        self.bill.charge(shape.volume * each * times, node.at, TEXTS)

    def read(self, shape: Shape, node: Node, times: int) -> None:
        self.bill.charge(shape.volume * NS_PER_CHARACTER * times, node.at, TEXTS)

    def converted(self, shape: Shape, node: Node, times: int) -> None:
        self.bill.charge(shape.volume * NS_PER_CONVERSION * times, node.at, TEXTS)

    def called(self, node: tree.Call, times: int, bound: Mapping[str, Shape]) -> Shape:
        if node.name in LOOPS and node.target is not None:
            return self.looped(node, node.target, times, bound)
        given = [self.shape(part, times, bound) for part in (node.target, *node.arguments) if part is not None]
        for part in given:
            (self.converted if node.name in READERS else self.read)(part, node, times)
        if node.name == "matches":
            self.matched(node, given, times)
        return RESULTS.get(node.name, _nothing)(given)

    def looped(self, node: tree.Call, target: Node, times: int, bound: Mapping[str, Shape]) -> Shape:
        through = self.copied(self.shape(target, times, bound), node, times)
        variable, body = node.arguments
        assert isinstance(variable, tree.Name)
        rounds = times * through.iterations
        seen = self.copied(through.iterated, node, rounds)
        self.bill.charge(NS_PER_ITERATION * rounds, node.at, LIST)
        self.shape(body, rounds, {**bound, variable.name: seen})
        if node.name != "filter":
            return NOTHING
        kept = Shape(through.iterations, seen)
        # What has been kept is copied with every entry that joins it, half of it on average.
        self.copied(kept, node, (rounds + 1) // 2)
        return kept

    def matched(self, node: tree.Call, given: list[Shape], times: int) -> None:
        pattern = node.arguments[-1] if node.arguments else node
        if not isinstance(pattern, tree.Literal) or not isinstance(pattern.value, str):
            raise SyntaxProblem("the pattern of “matches” stands there as a text, and is no other value", pattern.at)
        found = patterns.automaton(pattern.value)
        self.bill.charge(found.price(given[0].length if given else 0) * times, pattern.at, PATTERN)


READERS = frozenset({"double", "duration", "int", "timestamp", "uint"})


def _nothing(_given: list[Shape]) -> Shape:
    return NOTHING


def _itself(given: list[Shape]) -> Shape:
    return given[0] if given else NOTHING


def _written(given: list[Shape]) -> Shape:
    """A character is at most four bytes, and a byte at most a character."""
    return text(max(WRITTEN_NUMBER, 4 * max((part.length for part in given), default=0)))


RESULTS: Mapping[str, Callable[[list[Shape]], Shape]] = {"dyn": _itself, "string": _written, "bytes": _written}
"""Of all other functions the value is a number, a truth, a time or a type."""
