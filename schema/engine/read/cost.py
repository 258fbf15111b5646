"""The price of an operation, computed from its document before it runs: the rows it may touch, and look through.

As GitHub's API counts: a page counts for as many rows as `first` or `last` asks for, and what is selected of its rows
once for each of them. Rows that have to be looked through to find those come on top, by the size of their table for
the viewer (`schema.engine.scans`). What depends on the document alone is added up once and kept with it; page sizes,
conditions that come as variables, and tables are put in for each request.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
    value_from_ast_untyped,
)
from graphql.type.definition import is_non_null_type

from app.identity.reach import NOWHERE, TABLES, Reach
from schema.engine.declare import (
    DEFAULT_PAGE,
    MAX_PAGE,
    READ,
    Act,
    Column,
    Computed,
    Embedded,
    Expression,
    First,
    Identifier,
    Localised,
    Made,
    Paged,
    ToMany,
    ToOne,
)
from schema.engine.read.collect import Collector
from schema.engine.read.selection import DEFINITION
from schema.engine.scans import Each, Scan

LIST = 10
"""Rows a list without pages is taken to have, such as the stages of a playbook."""
COUNT = 10
"""For the `totalCount` of what belongs to a row; other lists say what they count."""
CHANGE = 10
"""For a mutation: what it locks, checks and writes."""
MOST_CHANGED = 200
"""So many may be changed by one mutation."""
BASE = 10
"""For any operation: it is read, checked, and takes a round trip to the database."""
INTROSPECTION = {"__schema": 500, "__type": 100}

LONGEST_NUMBER = 20
"""Digits. A longer one may be an id, and is no number of rows."""

Variables = Mapping[str, Any]
Amount = Callable[[Variables, Reach], int]
UNCONDITIONAL: tuple[Amount, ...] = ()


class Price(NamedTuple):
    """`fixed`, and for each of `open` an amount that variables decide, times a price.

    `once` belongs to the list around it, however many rows that has.
    """

    fixed: int = 0
    open: "tuple[tuple[Amount, Price], ...]" = ()
    once: int = 0

    def of(self, variables: Variables | None, reach: Reach = NOWHERE) -> int:
        if not self.open:
            return self.fixed
        given = variables or {}
        return self.fixed + sum(amount(given, reach) * price.of(given, reach) for amount, price in self.open)

    def plus(self, other: "Price") -> "Price":
        return Price(self.fixed + other.fixed, self.open + other.open, self.once + other.once)

    def times(self, amount: "int | Amount") -> "Price":
        if not isinstance(amount, int):
            return Price(0, ((amount, self),), self.once)
        if amount == 1 or not self.open:
            return Price(self.fixed * amount, self.open, self.once)
        return Price(0, ((lambda _, __: amount, self),) if amount else (), self.once)


ONE = Price(1)
EVERYWHERE, WALLED = (Reach(dict.fromkeys(TABLES, 1), is_walled=walled) for walled in (False, True))
"""Something of everything: what costs nothing there costs nothing anywhere."""
LONGEST_WORD = 40


def price_of(schema: GraphQLSchema, document: DocumentNode, operation_name: str | None = None) -> Price:
    """The price of the operation of that name, or of the only one, of a valid document."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    chosen = next(o for o in operations if operation_name is None or (o.name and o.name.value == operation_name))
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    return _Pricing(schema, fragments, chosen).total()


def names_of(document: DocumentNode, operation_name: str | None = None) -> tuple[str, str]:
    """The kind of that operation, and its only field, for metrics: both are the schema's words, so they are few."""
    operation = _chosen(document, operation_name)
    names = {
        node.name.value if isinstance(node, FieldNode) else "fragment" for node in operation.selection_set.selections
    }
    return operation.operation.value, names.pop() if len(names) == 1 else "several"


def _chosen(document: DocumentNode, operation_name: str | None) -> OperationDefinitionNode:
    operations = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    return next(o for o in operations if operation_name is None or (o.name and o.name.value == operation_name))


class _Pricing:
    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], operation: OperationDefinitionNode
    ) -> None:
        self._schema = schema
        self._collector = Collector(schema, fragments)
        self._operation = operation
        self._defaults = {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value is not None
        }

    def total(self) -> Price:
        root = self._schema.get_root_type(self._operation.operation)
        assert root is not None
        return self._below(root, [self._operation.selection_set], root=True)

    def _below(self, type_: Any, sets: Iterable[SelectionSetNode], *, root: bool = False) -> Price:
        if isinstance(type_, GraphQLObjectType):
            return self._of_object(type_, sets, root=root)
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            kept = list(sets)
            return _most([self._of_object(one, kept) for one in self._schema.get_possible_types(type_)])
        return Price()

    def _of_object(self, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode], *, root: bool = False) -> Price:
        total = Price()
        for same in self._collector.fields(type_, sets, self._enter, UNCONDITIONAL).values():
            price = self._field(type_, [node for node, _ in same], root=root)
            if len(same) == 1:  # selected again elsewhere, a field is there whenever one of its conditions holds
                for condition in same[0][1]:
                    price = price.times(condition)
            total = total.plus(price)
        return total

    def _enter(self, node: SelectionNode, around: tuple[Amount, ...]) -> tuple[Amount, ...]:
        """The conditions of a selection: those of everything around it, and its own."""
        if isinstance(node, FragmentSpreadNode):
            return UNCONDITIONAL  # counted in any case: it may be spread again, under another condition or none
        return (*around, *self._conditions(node))

    def _conditions(self, node: Any) -> Iterable[Amount]:
        for directive in node.directives or ():
            wanted = {"include": True, "skip": False}.get(directive.name.value)
            given = directive.arguments[0].value if directive.arguments else None
            if wanted is None or given is None:
                continue
            yield _holds(self._read(given), wanted)

    def _field(self, parent: GraphQLObjectType, nodes: list[FieldNode], *, root: bool) -> Price:
        name = nodes[0].name.value
        if name.startswith("__"):
            return Price(INTROSPECTION.get(name, 0))
        field = parent.fields[name]
        read = field.extensions[DEFINITION].metadata.get(READ)
        if isinstance(read, Column | Identifier | Localised | Expression | Embedded):
            return Price()
        below = self._below(get_named_type(field.type), [n.selection_set for n in nodes if n.selection_set])
        if isinstance(read, Act):
            each = Price(CHANGE).plus(below)
            if read.many is not None:
                each = each.times(self._many(nodes[0], read.many))
            return each.plus(self._looked(field, nodes[0], read.scan, counted=False))
        scan = scan_of(read)
        if scan is not None:
            looked = self._looked(field, nodes[0], scan, counted=below.once > 0)
            below = below._replace(once=0)
            return self._rows(field, nodes[0], read, below, root=root).plus(looked)
        return self._rows(field, nodes[0], read, below, root=root)

    def _rows(self, field: GraphQLField, node: FieldNode, read: Any, below: Price, *, root: bool) -> Price:
        amount = self._amount(field, node, read)
        if amount is None:  # a value that is there already, or a place in a page
            if node.name.value == "totalCount":
                return Price(once=COUNT)
            return below.plus(ONE) if root else below
        each = ONE.plus(below).times(amount)
        return Price(each.fixed + below.once, each.open)

    def _amount(self, field: GraphQLField, node: FieldNode, read: Any) -> "int | Amount | None":
        """The number of rows that the field may have; None where it has none of its own."""
        if "first" in field.args or "last" in field.args:
            return self._page(field, node, read)
        if "ids" in field.args and _is_list(field):
            return self._ids(node)
        if read is None:
            return None
        if isinstance(read, Made | ToOne | ToMany | Computed) and read.rows is not None:
            return read.rows
        return LIST if isinstance(read, ToMany) or _is_list(field) else 1

    def _page(self, field: GraphQLField, node: FieldNode, read: Any) -> "int | Amount":
        size = read.size if isinstance(read, Paged) else DEFAULT_PAGE
        default = field.args["first"].default_value if "first" in field.args else Undefined
        usual = default if isinstance(default, int) else size
        given = {argument.name.value: self._read(argument.value) for argument in node.arguments or ()}
        first, last = given.get("first"), given.get("last")

        most = read.rows or MAX_PAGE if isinstance(read, Paged) else MAX_PAGE

        def amount(variables: Variables, _: Reach) -> int:
            asked = _number(last, variables)
            if asked is None:
                asked = _number(first, variables)
            return min(max(usual if asked is None else asked, 0), most)

        return amount if isinstance(first, _Name) or isinstance(last, _Name) else amount({}, NOWHERE)

    def _looked(self, field: GraphQLField, node: FieldNode, scan: Scan | None, *, counted: bool) -> Price:
        if scan is None:
            return Price()
        names: list[str] = []
        open_: list[_Name] = []
        for argument in node.arguments or ():
            name = argument.name.value
            self._named(name, argument.value, names, open_, required=_is_given(field.args[name].type))
        number = None if scan.each is None else self._each(node, scan.each)

        def amount(variables: Variables, reach: Reach) -> int:
            given = [*names, *(name for one in open_ for name in _names_in(one.value(variables), one.place))]
            return scan.price(given, reach, counted=counted) * (1 if number is None else number(variables))

        if open_ or number is not None:
            return Price(0, ((amount, ONE),))
        asked = tuple(names)
        if scan.price(asked, EVERYWHERE, counted=counted) == 0 and scan.price(asked, WALLED, counted=counted) == 0:
            return Price()
        return Price(0, ((lambda _, reach: scan.price(asked, reach, counted=counted), ONE),))

    def _each(self, node: FieldNode, each: Each) -> Callable[[Variables], int]:
        given = next(
            (argument.value for argument in node.arguments or () if argument.name.value == each.argument), None
        )
        inner = {one.name.value: one.value for one in given.fields} if isinstance(given, ObjectValueNode) else {}
        whole = self._read(given) if isinstance(given, VariableNode) else None
        part = self._read(inner.get(each.name))

        def number(variables: Variables) -> int:
            if not isinstance(whole, _Name):
                return each.number(_number(part, variables))
            object_ = whole.value(variables)
            return each.number(_number(object_.get(each.name), variables) if isinstance(object_, dict) else None)

        return number

    def _named(self, name: str, node: Any, names: list[str], open_: list["_Name"], *, required: bool = False) -> None:
        """The words of an argument: its own name, its fields', and the words of an order."""
        if isinstance(node, VariableNode) and not required:
            open_.append(_Name(node.name.value, self._defaults.get(node.name.value), name))
        elif isinstance(node, ObjectValueNode):
            for field in node.fields:
                self._named(field.name.value, field.value, names, open_)
        elif isinstance(node, EnumValueNode):
            names += (name, node.value)
        elif not isinstance(node, NullValueNode):
            names.append(name)

    def _ids(self, node: FieldNode) -> "int | Amount":
        given = next((argument.value for argument in node.arguments or () if argument.name.value == "ids"), None)
        if isinstance(given, ListValueNode):
            return min(len(given.values), MAX_PAGE)
        read = self._read(given)

        def amount(variables: Variables, _: Reach) -> int:
            value = read.value(variables) if isinstance(read, _Name) else read
            return min(len(value), MAX_PAGE) if isinstance(value, list) else 1

        return amount if isinstance(read, _Name) else amount({}, NOWHERE)

    def _many(self, node: FieldNode, name: str) -> Amount:
        """The length of a list in the argument `input`; of a longer one than there may be, that of the longest: it is
        refused at once."""
        given = next((argument.value for argument in node.arguments or () if argument.name.value == "input"), None)
        inner = {field.name.value: field.value for field in given.fields} if isinstance(given, ObjectValueNode) else {}
        whole = self._read(given) if isinstance(given, VariableNode) else None
        part = inner.get(name)
        known = len(part.values) if isinstance(part, ListValueNode) else None
        read = self._read(part) if isinstance(part, VariableNode) else None

        def amount(variables: Variables, _: Reach) -> int:
            if known is not None:
                return min(known, MOST_CHANGED)
            value = read.value(variables) if isinstance(read, _Name) else None
            if isinstance(whole, _Name):
                object_ = whole.value(variables)
                value = object_.get(name) if isinstance(object_, dict) else None
            return min(len(value), MOST_CHANGED) if isinstance(value, list) else 1

        return amount

    def _read(self, node: Any) -> Any:
        if isinstance(node, VariableNode):
            return _Name(node.name.value, self._defaults.get(node.name.value))
        if isinstance(node, IntValueNode):
            return int(node.value) if len(node.value) <= LONGEST_NUMBER else None
        return None if node is None or isinstance(node, NullValueNode) else value_from_ast_untyped(node)


class _Name(NamedTuple):
    """A variable, what it is when nothing is given, and what it is given for."""

    name: str
    default: Any
    place: str = ""

    def value(self, variables: Variables) -> Any:
        return variables.get(self.name, self.default)


def _names_in(value: Any, name: str) -> Iterator[str]:
    """As `_Pricing._named`, of a variable's value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _names_in(inner, key)
    elif value is not None:
        yield name
        if isinstance(value, str) and len(value) <= LONGEST_WORD:
            yield value


def scan_of(read: Any) -> Scan | None:
    """The table that a field looks through, as its declaration says it."""
    match read:
        case Paged(listing) | First(listing):
            return listing.scan
        case Made():
            return read.scan
    return None


def _number(read: Any, variables: Variables) -> int | None:
    """The number given; anything else costs what is usual, and will be refused anyway."""
    value = read.value(variables) if isinstance(read, _Name) else read
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None


def _holds(read: Any, wanted: bool) -> Amount:
    def amount(variables: Variables, _: Reach) -> int:
        value = read.value(variables) if isinstance(read, _Name) else read
        return int(value is wanted)

    return amount


def _is_given(type_: Any) -> bool:
    """Whether an argument of this type has a value, and no fields in it."""
    return is_non_null_type(type_) and is_leaf_type(get_named_type(type_))


def _is_list(field: GraphQLField) -> bool:
    type_ = field.type
    return is_list_type(type_.of_type if is_non_null_type(type_) else type_)


def _most(prices: list[Price]) -> Price:
    """Of a value that may be of several types: what the dearest costs."""
    if not any(price.open for price in prices):
        return max(prices, default=Price())
    return Price(0, ((lambda variables, reach: max(price.of(variables, reach) for price in prices), ONE),))
