"""Literals in arguments, lifted out of the text, so that documents that differ in them alone are compiled once.

A text's *skeleton* has a variable in place of each literal that can be one: strings and numbers, but for the defaults
of variables. Equal literals share a variable, so the skeleton also tells which are equal. Whatever isn't sure to mean
the same as the text as it was sent isn't lifted.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    ConstValueNode,
    DocumentNode,
    FloatValueNode,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLSyntaxError,
    IntValueNode,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Undefined,
    VariableNode,
    coerce_input_literal,
    get_nullable_type,
    is_input_object_type,
    is_scalar_type,
    parse_const_value,
    visit,
)
from graphql.language import Visitor

from schema.engine.read.reading import parsed
from schema.engine.read.validation import validated

MOST = 200
"""Different literals in one document; none of a document with more is lifted."""

_PREFIX = "_lit"

_STRING = r'"""(?:[^"\\]|\\"""|\\|"(?!""))*+"""|"(?:[^"\\\n\r]|\\[^\n\r])++"|""(?!")'
_NUMBER = r"(?<![\w.\-])-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+(?![\w.])"
# A quote that opens nothing takes the rest with it: looked for again from each, they would take quadratic time.
_TOKEN = re.compile(rf'\#[^\n\r]*+|=[\s,]*+(?:{_STRING}|{_NUMBER})|{_STRING}|{_NUMBER}|"[\s\S]*+', re.ASCII)

Values = Mapping[str, Any]
"""Of the variables that stand for literals, coerced."""

NO_VALUES: Values = {}


class Lifted(NamedTuple):
    skeleton: str
    literals: tuple[str, ...]
    """As they were written, in the order of their variables."""


class Places(NamedTuple):
    """A skeleton's document, with the types of its literals' places. It knows none of the literals."""

    document: DocumentNode
    types: tuple[GraphQLInputType, ...]

    def values(self, literals: tuple[str, ...]) -> Values | None:
        """None where one doesn't fit its place: the text as it was sent then says what is wrong."""
        found: dict[str, Any] = {}
        for n, (written, type_) in enumerate(zip(literals, self.types, strict=True)):
            node = _node(written)
            value = Undefined if node is None else coerce_input_literal(node, type_)
            if value is Undefined:
                return None
            found[f"{_PREFIX}{n}"] = value
        return found


def lift(text: str) -> Lifted | None:
    """None when there is nothing to lift."""
    if _PREFIX in text:
        return None
    numbers: dict[str, int] = {}

    def stand_in(found: re.Match[str]) -> str:
        written = found[0]
        if written[0] in "#=":
            return written
        # The space keeps the name apart from a name that follows.
        return f"${_PREFIX}{numbers.setdefault(written, len(numbers))} "

    skeleton = _TOKEN.sub(stand_in, text)
    return Lifted(skeleton, tuple(numbers)) if 0 < len(numbers) <= MOST else None


def places(schema: GraphQLSchema, lifted: Lifted) -> Places | None:
    """Of the skeleton of a valid text. None when its literals can't be lifted."""
    try:
        # Without locations: they would keep the text.
        document = parsed(lifted.skeleton, no_location=True, allow_empty_selection_sets=False)
    except GraphQLSyntaxError:
        return None  # one stood where no variable can
    if sum(isinstance(node, OperationDefinitionNode) for node in document.definitions) != 1:
        return None
    info = TypeInfo(schema)
    seen = _Seen(info)
    visitor = TypeInfoVisitor(info, seen)
    visit(document, visitor)
    types, plain = seen.types, seen.plain
    for one in (visitor, seen):  # which hold themselves by their methods, until the collector comes by
        vars(one).clear()
    names = [f"{_PREFIX}{n}" for n in range(len(lifted.literals))]
    if not plain or types.keys() != set(names):
        return None
    # Fields of one key that agree whatever their literals are.
    if validated(schema, document, (OverlappingFieldsCanBeMergedRule,)):
        return None
    return Places(document, tuple(types[name] for name in names))


class _Seen(Visitor):
    """The places of literals. `plain`: each has one scalar's type, wherever it stands, and none is a directive's."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.types: dict[str, GraphQLInputType] = {}
        self.plain = True

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        name = node.name.value
        if not name.startswith(_PREFIX):
            return
        given = self._info.get_input_type()
        type_ = get_nullable_type(given) if given else None
        if not is_scalar_type(type_) or self._info.get_directive() is not None or self._is_one_of():
            self.plain = False
        else:
            self.plain &= self.types.setdefault(name, type_) is type_

    def _is_one_of(self) -> bool:
        parent = self._info.get_parent_input_type()
        inner = get_nullable_type(parent) if parent else None
        return is_input_object_type(inner) and inner.is_one_of


def _node(written: str) -> ConstValueNode | None:
    if written[0] != '"':
        return FloatValueNode(value=written) if any(c in ".eE" for c in written) else IntValueNode(value=written)
    if written.isprintable() and "\\" not in written and not written.startswith('"""'):
        return StringValueNode(value=written[1:-1], block=False)
    try:
        return parse_const_value(written, no_location=True)
    except GraphQLSyntaxError:
        return None
