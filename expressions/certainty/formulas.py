"""A condition as a formula over tests of single fields, read from its tree.

What a test can't say (arithmetic, patterns, two fields compared, loops over the inputs) becomes `Opaque`: it may be
true, false or fail, though the same text comes out the same way each time.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from expressions import tree
from expressions.certainty.domains import NULL, Days, Domain, Entries, Fields, Null, Texts, Words
from expressions.language import constant
from expressions.rewriting import write
from expressions.tree import Node, parts

Path = tuple[str, ...]
Constant = str | Fraction | Null | bool
MOST_STEPS = 200
"""Of a loop over a list that stands in the condition."""


@dataclass(frozen=True, slots=True)
class Fixed:
    is_true: bool


@dataclass(frozen=True, slots=True)
class Opaque:
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of the value at `path`, or of its length, with a constant. `sign`: `==`, `<` or `<=`."""

    path: Path
    sign: str
    constant: Constant
    sized: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    path: Path


@dataclass(frozen=True, slots=True)
class Itself:
    """The value at `path` compared with itself; `sign` as of a comparison."""

    path: Path
    sign: str


@dataclass(frozen=True, slots=True)
class Negated:
    inner: "Formula"


@dataclass(frozen=True, slots=True)
class Joined:
    """`&&` or `||`: the order doesn't matter, and what decides it hides failures."""

    sign: str
    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    test: "Formula"
    then: "Formula"
    otherwise: "Formula"


Formula = Fixed | Opaque | Comparison | Itself | Presence | Negated | Joined | Chosen
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def formula(node: Node, root: str, domains: Mapping[str, Domain]) -> Formula:
    return _Reader(root, Fields(domains)).formula(node, {})


Bound = Mapping[str, Node]
"""Loops' variables, by the constants that they stand for in this step."""


class _Reader:
    def __init__(self, root: str, whole: Fields) -> None:
        self.root = root
        self.whole = whole
        self.steps = 0

    def formula(self, node: Node, bound: Bound) -> Formula:
        match node:
            case tree.Literal(value=bool() as value):
                return Fixed(value)
            case tree.Many(sign="&&" | "||" as sign, parts=parts):
                return Joined(sign, tuple(self.formula(part, bound) for part in parts))
            case tree.Unary(sign="!", inner=inner):
                return Negated(self.formula(inner, bound))
            case tree.Choice(test=test, then=then, otherwise=otherwise):
                return Chosen(self.formula(test, bound), self.formula(then, bound), self.formula(otherwise, bound))
            case tree.Binary():
                return self.binary(node, bound) or self.opaque(node, bound)
            case tree.Call(target=tree.Node() as target, name="all" | "exists" as name, arguments=(variable, body)):
                return self.loop(target, name, variable, body, bound) or self.opaque(node, bound)
            case tree.Call(target=None, name="has", arguments=(tree.Select() as asked,)):
                return self.presence(asked, bound) or self.opaque(node, bound)
        return self.opaque(node, bound)

    def opaque(self, node: Node, bound: Bound) -> Formula:
        if not bound and not _names(node):
            known = constant(write(node, self.root, ()))
            return Opaque("it fails") if known is None else Fixed(known)
        values = "".join(f"; {name} = {write(value, self.root, ())}" for name, value in sorted(bound.items()))
        return Opaque(write(node, self.root, ()) + values)

    def loop(self, target: Node, name: str, variable: Node, body: Node, bound: Bound) -> Formula | None:
        if not isinstance(target, tree.Many) or target.sign != "[" or not isinstance(variable, tree.Name):
            return None
        self.steps += len(target.parts)
        if self.steps > MOST_STEPS or any(_constant(part, bound) is None for part in target.parts):
            return None
        steps = tuple(self.formula(body, {**bound, variable.name: part}) for part in target.parts)
        return Joined("&&" if name == "all" else "||", steps) if steps else Fixed(name == "all")

    def binary(self, node: tree.Binary, bound: Bound) -> Formula | None:
        if node.sign == "in":
            return self.membership(node, bound)
        if node.sign not in TURNED:
            return None
        left, right = _constant(node.left, bound), _constant(node.right, bound)
        if left is not None and right is not None:
            return _between(left, node.sign, right)
        if left is None and right is None:
            return self.with_itself(node, bound)
        if left is not None:
            return self.comparison(node.right, TURNED[node.sign], left, bound)
        assert right is not None
        return self.comparison(node.left, node.sign, right, bound)

    def membership(self, node: tree.Binary, bound: Bound) -> Formula | None:
        if isinstance(node.right, tree.Many) and node.right.sign == "[":
            options = [_constant(part, bound) for part in node.right.parts]
            known = [option for option in options if option is not None]
            if len(known) < len(options) or not options:
                return None
            found = [self.comparison(node.left, "==", option, bound) for option in known]
            parts = tuple(part for part in found if part is not None)
            return Joined("||", parts) if len(parts) == len(found) else None
        key, path = _constant(node.left, bound), self.path(node.right, bound)
        if path is None or not isinstance(key, str) or not isinstance(self.domain(path), Entries):
            return None
        return Presence((*path, key))

    def comparison(self, node: Node, sign: str, constant: Constant, bound: Bound) -> Formula | None:
        sized = _measured(node)
        path = self.path(sized or node, bound)
        domain = None if path is None else self.domain(path)
        if path is None or domain is None or isinstance(domain, Entries):
            return None
        if sized is not None and not isinstance(domain, Texts | Words | Days):
            return None
        return _positive(sign, lambda plain: Comparison(path, plain, constant, sized is not None))

    def with_itself(self, node: tree.Binary, bound: Bound) -> Formula | None:
        left, right = self.path(node.left, bound), self.path(node.right, bound)
        if left is None or left != right or isinstance(self.domain(left), Fields | Entries):
            return None
        return _positive(node.sign, lambda plain: Itself(left, plain))

    def presence(self, asked: tree.Select, bound: Bound) -> Formula | None:
        owner = self.path(asked.owner, bound)
        return Presence((*owner, asked.field)) if owner and isinstance(self.domain(owner), Entries) else None

    def path(self, node: Node, bound: Bound) -> Path | None:
        match node:
            case tree.Name(name=self.root) if self.root not in bound:
                return ()
            case tree.Select(owner=owner, field=name):
                above = self.path(owner, bound)
                return None if above is None else self.known((*above, name))
            case tree.Index(owner=owner, key=key):
                above, constant = self.path(owner, bound), _constant(key, bound)
                return self.known((*above, constant)) if above is not None and isinstance(constant, str) else None
        return None

    def known(self, path: Path) -> Path | None:
        return None if self.domain(path) is None else path

    def domain(self, path: Path) -> Domain | None:
        found: Domain | None = self.whole
        for name in path:
            match found:
                case Fields(fields=fields):
                    found = fields.get(name)
                case Entries(each=each):
                    found = each
                case _:
                    return None
        return found


def _positive(sign: str, made: Callable[[str], Formula]) -> Formula:
    """By `==`, `<` and `<=` alone. What fails for `<=` fails for `>`, and a failure negated is one still."""
    if sign == "!=":
        return Negated(made("=="))
    if sign in (">", ">="):
        return Negated(made("<=" if sign == ">" else "<"))
    return made(sign)


def _between(left: Constant, sign: str, right: Constant) -> Formula | None:
    """Two numbers or two texts compared."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return Fixed(_COMPARED[sign](left, right))
    if isinstance(left, str) and isinstance(right, str):
        return Fixed(_COMPARED[sign](left, right))
    return None


_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _measured(node: Node) -> Node | None:
    match node:
        case tree.Call(target=None, name="size", arguments=(inner,)):
            return inner
        case tree.Call(target=tree.Node() as inner, name="size", arguments=()):
            return inner
    return None


def _constant(node: Node, bound: Bound) -> Constant | None:
    match node:
        case tree.Literal(written=str() as written):
            return _number(written)
        case tree.Literal(value=None):
            return NULL
        case tree.Literal(value=str() | bool() as value):
            return value
        case tree.Unary(sign="-", inner=tree.Literal(written=str() as written)):
            number = _number(written)
            return None if number is None else -number
        case tree.Name(name=name) if name in bound:
            return _constant(bound[name], {})
    return None


def _number(written: str) -> Fraction | None:
    """A double is the number that it stands for."""
    if written[-1] in "uU":
        return None
    if written[:2].lower() == "0x":
        return Fraction(int(written, 16))
    if written.isdigit():
        return Fraction(int(written))
    value = float(written)
    return Fraction(value) if value not in (float("inf"), float("-inf")) else None


def _names(node: Node) -> bool:
    """Whether it speaks of anything but constants."""
    return isinstance(node, tree.Name) or any(map(_names, parts(node)))


def walk(found: Formula) -> Iterator[Formula]:
    yield found
    match found:
        case Negated(inner=inner):
            yield from walk(inner)
        case Joined(parts=parts):
            for part in parts:
                yield from walk(part)
        case Chosen(test=test, then=then, otherwise=otherwise):
            for part in (test, then, otherwise):
                yield from walk(part)
