"""A tree written anew for the native library: what was checked is what runs, whatever else the text may be read as.

The root's fields become variables of their own, since the library copies a part that is taken out of a map but not a
variable. A loop's variable gets a name that nobody can write, and texts their plainest form.
"""

from collections.abc import Collection, Mapping

from expressions import tree
from expressions.literals import write_text
from expressions.tree import PRECEDENCE, Node
from expressions.vocabulary import LOOPS

UNARY, MEMBER = 4, 5
CHOICE, ANY, ALL = -2, -1, 0
CANONICAL = {"existsOne": "exists_one"}


def variable_of(root: str, field: str) -> str:
    return f"{root}_{field}"


def write(node: Node, root: str, fields: Collection[str]) -> str:
    return _Writer(root, fields).text(node, CHOICE, {})


class _Writer:
    def __init__(self, root: str, fields: Collection[str]) -> None:
        self.root = root
        self.fields = fields
        self.loops = 0

    def text(self, node: Node, least: int, bound: Mapping[str, str]) -> str:
        """In brackets where it binds less than `least`."""
        strength, written = self.written(node, bound)
        return written if strength >= least else f"({written})"

    def written(self, node: Node, bound: Mapping[str, str]) -> tuple[int, str]:
        match node:
            case tree.Literal():
                return MEMBER, _literal(node)
            case tree.Name(name=name):
                return MEMBER, bound.get(name, name)
            case tree.Select(owner=tree.Name(name=self.root), field=field) if field in self.fields:
                return MEMBER, variable_of(self.root, field)
            case tree.Select(owner=owner, field=field):
                return MEMBER, f"{self.text(owner, MEMBER, bound)}.{field}"
            case tree.Index(owner=owner, key=key):
                return MEMBER, f"{self.text(owner, MEMBER, bound)}[{self.text(key, CHOICE, bound)}]"
            case tree.Call():
                return MEMBER, self.call(node, bound)
            case tree.Many(sign="[", parts=parts):
                return MEMBER, f"[{self.parts(parts, bound)}]"
            case tree.Many(sign=sign, parts=parts):
                strength = ANY if sign == "||" else ALL
                return strength, f" {sign} ".join(self.text(part, strength + 1, bound) for part in parts)
            case tree.Mapping(pairs=pairs):
                return MEMBER, "{" + ", ".join(
                    f"{self.parts((k,), bound)}: {self.parts((v,), bound)}" for k, v in pairs
                ) + "}"
            case tree.Unary(sign=sign, inner=inner):
                return UNARY, sign + self.text(inner, MEMBER, bound)
            case tree.Binary(sign=sign, left=left, right=right):
                strength = PRECEDENCE[sign]
                return strength, f"{self.text(left, strength, bound)} {sign} {self.text(right, strength + 1, bound)}"
            case tree.Choice(test=test, then=then, otherwise=otherwise):
                rest = f"{self.text(then, ANY, bound)} : {self.text(otherwise, CHOICE, bound)}"
                return CHOICE, f"{self.text(test, ANY, bound)} ? {rest}"
        raise TypeError(type(node))

    def parts(self, nodes: tuple[Node, ...], bound: Mapping[str, str]) -> str:
        return ", ".join(self.text(node, CHOICE, bound) for node in nodes)

    def call(self, node: tree.Call, bound: Mapping[str, str]) -> str:
        name = CANONICAL.get(node.name, node.name)
        if node.name == "has" and self._is_given(node):
            return "true"
        if node.target is None:
            return f"{name}({self.parts(node.arguments, bound)})"
        target = self.text(node.target, MEMBER, bound)
        if node.name not in LOOPS:
            return f"{target}.{name}({self.parts(node.arguments, bound)})"
        variable, body = node.arguments
        assert isinstance(variable, tree.Name)
        self.loops += 1
        inner = {**bound, variable.name: f"{self.root}__{self.loops}"}
        return f"{target}.{name}({inner[variable.name]}, {self.text(body, CHOICE, inner)})"

    def _is_given(self, node: tree.Call) -> bool:
        """The fields of the root are always there; what is empty is null."""
        match node.arguments:
            case (tree.Select(owner=tree.Name(name=self.root), field=field),):
                return field in self.fields
        return False


def _literal(node: tree.Literal) -> str:
    if node.written is not None:
        return node.written
    match node.value:
        case None:
            return "null"
        case bool() as value:
            return "true" if value else "false"
        case value:
            return write_text(value)
