"""Variables are measured before anything is made of them."""

from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as some

from schema.engine.read.inputs import Bounds, TooLarge, weighed

BOUNDS = Bounds(values=50, items=20, depth=3, text=10)
LEAVES = some.none() | some.booleans() | some.integers() | some.text(max_size=10)
JSON = some.recursive(LEAVES, lambda inner: some.lists(inner) | some.dictionaries(some.text(max_size=3), inner))


def refusal(variables: dict[str, Any]) -> GraphQLError:
    with pytest.raises(TooLarge) as refused:
        weighed(variables, BOUNDS)
    return refused.value.error


@pytest.mark.parametrize(
    ("variables", "code", "argument"),
    [
        ({"a": [1] * 21}, "VALUE_LIMIT", ["a"]),
        ({"a": {f"k{n}": n for n in range(21)}}, "VALUE_LIMIT", ["a"]),
        ({f"k{n}": n for n in range(21)}, "VALUE_LIMIT", None),
        ({"a": [[1] * 20, [1] * 20, [1] * 20]}, "VALUE_LIMIT", ["a", 2]),
        ({"a": {"b": ["x" * 11]}}, "LENGTH_LIMIT", ["a", "b", 0]),
        ({"a": {"k" * 201: 1}}, "LENGTH_LIMIT", ["a"]),
        ({"k" * 201: 1}, "LENGTH_LIMIT", None),
        ({"a": [[[[]]]]}, "DEPTH_LIMIT", ["a", 0, 0, 0]),
    ],
)
def test_what_is_too_large_is_refused_at_its_place(variables: dict[str, Any], code: str, argument: object) -> None:
    error = refusal(variables)
    assert error.extensions == {"code": code, "argument": argument or []}
    assert len(error.message) < 200


def test_no_more_is_looked_at_than_it_takes() -> None:
    class Unread(dict[str, Any]):
        def items(self) -> Any:
            raise AssertionError("it was read")

    refusal(Unread({f"k{n}": n for n in range(40_000)}))


@given(some.dictionaries(some.text(max_size=3), JSON))
def test_every_value_counts_once(variables: dict[str, Any]) -> None:
    def count(value: Any) -> int:
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return len(inside) + sum(map(count, inside))

    assert weighed(variables, Bounds(10_000, 10_000, 1_000, 10)) == count(variables)
