"""Documents for every operation of a schema, whose arguments are right in shape as often as not, and nasty always."""

from collections.abc import Sequence
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

TEXTS = (
    "",
    " ",
    "a",
    "\x00",
    "a\x00b",
    "é",
    "日本語",
    "😀",
    "\u202e",
    "\ufeff",
    "\n\r\t",
    "%",
    "_",
    "\\",
    "x" * 300,
    "y" * 20_000,
    "'; DROP TABLE opportunity; --",
    "' OR 1=1",
    "${7*7}",
    "{{7*7}}",
    "a & b | !c",
    "[[[[",
    "(" * 200,
    "null",
    "-1",
    "en",
    "qualification",
    "it-software",
    "no-such-stage",
    "opp_",
    "opp_00000000-0000-0000-0000-000000000000",
    "usr_not-a-uuid",
    "deal.amount > 0",
    "deal.amount >",
    "EUR",
    "eur",
    "ZZZ",
    "https://example.com",
    "javascript:alert(1)",
    "http://[",
)
NUMBERS = (0, 1, -1, 2, 25, 100, 101, 2**31 - 1, -(2**31), 2**31, 2**63, 10**30, 0.5, -0.0, 1e308, True)
DECIMALS = (
    "0",
    "-1",
    "1e400",
    "1e-400",
    "NaN",
    "Infinity",
    "12.345678901234567890",
    "9" * 60,
    "0x10",
    "",
    "1.5",
    " 1",
    7,
)
DATES = (
    "2026-02-30",
    "0000-01-01",
    "9999-12-31",
    "2026-1-1",
    "yesterday",
    "2026-03-02",
    "-0001-01-01",
    "+012026-01-01",
)
TIMES = ("2026-03-02T10:00:00Z", "9999-12-31T23:59:59+23:59", "0001-01-01T00:00:00-23:59", "2026-03-02", "now", "")
OTHERS: tuple[Any, ...] = (None, [], {}, [[]], {"a": {"b": []}}, [None], "text", 1)


class Nasty:
    """`ids` are ids of things that exist."""

    def __init__(self, schema: GraphQLSchema, random: Random, ids: Sequence[str]) -> None:
        self._schema = schema
        self._random = random
        self._ids = ids

    def operations(self) -> list[tuple[str, str]]:
        """Kind and field of each."""
        roots = (("query", self._schema.query_type), ("mutation", self._schema.mutation_type))
        return [(kind, name) for kind, root in roots if root for name in root.fields]

    def request(self, kind: str, name: str) -> dict[str, Any]:
        root = self._schema.query_type if kind == "query" else self._schema.mutation_type
        assert root is not None
        field = root.fields[name]
        declared = ", ".join(f"${argument}: {given.type}" for argument, given in field.args.items())
        used = ", ".join(f"{argument}: ${argument}" for argument in field.args)
        head = f"{kind}({declared})" if declared else kind
        call = f"{name}({used})" if used else name
        variables = {
            argument: self._value(given.type)
            for argument, given in field.args.items()
            if is_non_null_type(given.type) or self._random.random() < 0.6
        }
        document = f"{head} {{ {call}{self._selection(field, 3)} }}"
        if self._random.random() < 0.05:
            document = self._spoilt(document)
        return {"query": document, "variables": variables}

    def _spoilt(self, document: str) -> str:
        at = self._random.randrange(len(document))
        instead = self._random.choice(("", "{", "}", '"', "$", "...", "\x00", "@", "é", "((", "#"))
        return document[:at] + instead + document[at + self._random.randrange(3) :]

    def _selection(self, field: GraphQLField, depth: int) -> str:
        type_ = get_named_type(field.type)
        if is_leaf_type(type_):
            return ""
        if not isinstance(type_, GraphQLObjectType):
            return " { __typename ... on Opportunity { name stage { key } } }"
        chosen = ["__typename"]
        for name, below in type_.fields.items():
            required = any(is_non_null_type(given.type) for given in below.args.values())
            if required or self._random.random() < 0.5:
                continue
            if is_leaf_type(get_named_type(below.type)):
                chosen.append(name)
            elif depth > 0:
                chosen.append(name + self._page(below) + self._selection(below, depth - 1))
        return " { " + " ".join(chosen) + " }"

    def _page(self, field: GraphQLField) -> str:
        if "first" not in field.args or self._random.random() < 0.3:
            return ""
        return f"(first: {self._random.choice((0, 1, 2, 3, 100, 101, -1))})"

    def _value(self, type_: Any) -> Any:
        if self._random.random() < 0.02:
            return self._random.choice(OTHERS)
        if is_non_null_type(type_):
            return self._value(type_.of_type)
        if is_list_type(type_):
            return [self._value(type_.of_type) for _ in range(self._random.choice((0, 1, 1, 2, 3, 30)))]
        if isinstance(type_, GraphQLInputObjectType):
            return {
                name: self._value(given.type)
                for name, given in type_.fields.items()
                if is_non_null_type(given.type) or self._random.random() < 0.4
            }
        if isinstance(type_, GraphQLEnumType):
            return self._random.choice([*type_.values, *type_.values, "NONE_OF_THEM"])
        return self._random.choice(self._pool(type_.name))

    def _pool(self, name: str) -> Sequence[Any]:
        known: dict[str, Sequence[Any]] = {
            "ID": [*self._ids, *self._ids, *TEXTS],
            "Int": NUMBERS,
            "Float": NUMBERS,
            "Boolean": (True, False),
            "Decimal": DECIMALS,
            "Date": DATES,
            "DateTime": TIMES,
        }
        return known.get(name, TEXTS)
