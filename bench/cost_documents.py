"""Documents for the hunt after work that costs too little: every query field, with filters, orders, pages and counts.

Made from the schema, valid, and the same for the same seed. Values are such as exist, half of the time; what is
searched for is often found nowhere, which is what takes longest.
"""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

Ids = Mapping[str, Sequence[str]]
"""Global ids by prefix."""

DEEPEST = 4
MOST_FIELDS = 6
PAGES = (None, None, 1, 2, 5, 10, 25, 50, 100)
MOST_COST_OF_NESTING = 2_000
"""Rows that pages within pages may multiply to: with more, nearly all documents would be refused."""

WORDS = {
    "search": ("deal", "project", "zzzzqq", "acc", "the", "a", "met people", "quarter nothing", "alpine", "xq"),
    "industry": ("saas", "manufacturing", "healthcare", "no such", "finance"),
    "playbookKey": ("saas", "it-software", "no-such"),
    "key": ("saas", "it-software", "no-such"),
    "stageKey": ("discovery", "qualification"),
    "stageKeys": ("discovery", "qualification", "proposal", "closed-won", "no-such"),
    "toStageKeys": ("discovery", "qualification"),
    "language": ("en", "de", "xx"),
    "currency": ("EUR", "USD", "GBP"),
    "model": ("none",),
    "promptVersion": ("v1",),
}
PREFIXES = {
    "opportunity": "opp",
    "account": "acc",
    "partner": "ptr",
    "playbook": "pbk",
    "accountId": "acc",
    "partnerId": "ptr",
    "ownerId": "usr",
    "opportunityId": "opp",
}
SCALARS: Mapping[str, Sequence[str]] = {
    "DateTime": ('"2026-06-01T00:00:00Z"', '"2020-01-01T00:00:00Z"', '"2030-01-01T00:00:00Z"'),
    "Date": ('"2026-06-01"', '"2020-01-01"', '"2030-01-01"'),
    "Decimal": ('"0"', '"450000"', '"899999.75"'),
    "Boolean": ("true", "false"),
    "Int": ("1", "2"),
    "Float": ("0.2", "0.8"),
    "ForecastPeriod": ('"2026-Q3"', '"2026-11"', '"2026"'),
}


class Made(NamedTuple):
    """`roots`: the fields that it begins with."""

    text: str
    roots: tuple[str, ...]


class Documents:
    def __init__(self, schema: GraphQLSchema, ids: Ids, seed: int) -> None:
        self._schema = schema
        self._ids = ids
        self._random = Random(seed)

    def make(self, count: int) -> list[Made]:
        root = self._schema.query_type
        assert root is not None
        names = [*root.fields, "__schema", "__type"]
        return [self._document(root, [names[n % len(names)]]) for n in range(count)]

    def _document(self, root: GraphQLObjectType, names: list[str]) -> Made:
        random = self._random
        if random.random() < 0.2:
            names = names + random.choices(list(root.fields), k=random.randrange(1, 4))
        if random.random() < 0.1:
            names = names[:1] * random.choice((2, 5, 20, 50))
        parts = [f"f{n}: {self._root(root, name)}" for n, name in enumerate(names)]
        return Made(f"{{ {' '.join(parts)} }}", tuple(names))

    def _root(self, root: GraphQLObjectType, name: str) -> str:
        if name == "__schema":
            return "__schema { types { name fields { name type { name kind } args { name } } } }"
        if name == "__type":
            return '__type(name: "Opportunity") { name fields { name description } }'
        return self._field(name, root.fields[name], DEEPEST, MOST_COST_OF_NESTING)

    def _field(self, name: str, field: GraphQLField, depth: int, rows: int) -> str:
        arguments = dict(self._arguments(name, field, rows))
        size = int(arguments.get("first") or arguments.get("last") or (25 if "first" in field.args else 1))
        given = f"({', '.join(f'{k}: {v}' for k, v in arguments.items())})" if arguments else ""
        return name + given + self._selection(get_named_type(field.type), depth, max(1, rows // max(1, size)))

    def _arguments(self, name: str, field: GraphQLField, rows: int) -> Iterator[tuple[str, str]]:
        random = self._random
        for argument, declared in field.args.items():
            if argument in ("first", "last"):
                continue
            if argument in ("after", "before"):
                continue
            if is_non_null_type(declared.type) or random.random() < 0.6:
                yield argument, self._value(argument, name, declared.type)
        if "first" in field.args:
            size = random.choice([page for page in PAGES if (page or 25) <= max(rows, 1)] or [1])
            if size is not None:
                side = "last" if "last" in field.args and random.random() < 0.15 else "first"
                yield side, str(size if name != "recommendations" else min(size, 5))
            elif rows < 25:
                yield "first", "1"

    def _selection(self, type_: Any, depth: int, rows: int) -> str:
        if is_leaf_type(type_):
            return ""
        if not isinstance(type_, GraphQLObjectType):
            assert isinstance(type_, GraphQLInterfaceType)
            kinds = self._random.sample(self._schema.get_possible_types(type_), 3)
            parts = [f"... on {kind.name}{self._selection(kind, 1, rows)}" for kind in kinds]
            # Aliases keep fields of one name and several types apart.
            return f" {{ __typename id {' '.join(part for part in parts if '(' not in part)} }}" if parts else ""
        if {"nodes", "pageInfo"} <= type_.fields.keys():
            return self._page(type_, depth, rows)
        chosen = self._random.sample(list(type_.fields), min(len(type_.fields), MOST_FIELDS))
        written = ["__typename"]
        for name in chosen:
            below = type_.fields[name]
            if any(is_non_null_type(given.type) for given in below.args.values()):
                continue
            if is_leaf_type(get_named_type(below.type)):
                written.append(name)
            elif depth > 0:
                of_each = 10 if is_list_type(getattr(below.type, "of_type", below.type)) else 1
                if rows >= of_each:
                    written.append(self._field(name, below, depth - 1, rows // of_each))
        return f" {{ {' '.join(written)} }}"

    def _page(self, type_: GraphQLObjectType, depth: int, rows: int) -> str:
        random = self._random
        node = get_named_type(type_.fields["nodes"].type)
        parts = []
        if random.random() < 0.4:
            parts.append("totalCount")
        if random.random() < 0.3:
            parts.append("pageInfo { hasNextPage endCursor }")
        if random.random() < 0.8 or not parts:
            parts.append(f"nodes{self._selection(node, depth - 1, rows)}")
        if random.random() < 0.15:
            parts.append(f"edges {{ cursor node{self._selection(node, depth - 1, rows)} }}")
        return f" {{ {' '.join(parts)} }}"

    def _value(self, name: str, field: str, type_: Any) -> str:
        random = self._random
        if is_non_null_type(type_):
            return self._value(name, field, type_.of_type)
        if is_list_type(type_):
            size = random.choice((1, 1, 2, 5, 30)) if name != "ids" else random.choice((1, 5, 50, 100))
            if isinstance(get_named_type(type_), GraphQLEnumType):
                size = min(size, 2)
            return f"[{', '.join(self._value(name, field, type_.of_type) for _ in range(size))}]"
        if isinstance(type_, GraphQLEnumType):
            return str(random.choice(list(type_.values)))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(field, type_)
        if type_.name == "ID":
            prefix = PREFIXES.get(field if name in ("id", "ids") and field != "nodes" else name)
            if name == "ids" and field == "opportunities":
                prefix = "opp"
            return f'"{random.choice(self._ids[prefix or random.choice(sorted(self._ids))])}"'
        if type_.name in SCALARS:
            return random.choice(SCALARS[type_.name])
        return f'"{random.choice(WORDS.get(name, ("x",)))}"'

    def _object(self, field: str, type_: GraphQLInputObjectType) -> str:
        random = self._random
        fields = [n for n, given in type_.fields.items() if is_non_null_type(given.type)]
        optional = [n for n in type_.fields if n not in fields]
        fields += random.sample(optional, min(len(optional), random.choice((1, 1, 1, 2, 3))))
        return f"{{{', '.join(f'{n}: {self._value(n, field, type_.fields[n].type)}' for n in fields)}}}"
