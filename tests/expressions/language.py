"""A small language with fields of every kind, and expressions of it by hypothesis."""

from typing import Any

from hypothesis import strategies as st

from expressions import Language, entries, listed, number, record, text

LONG, MANY = 40, 6
SHAPE = record(
    name=text(LONG),
    note=text(LONG),
    amount=number(),
    tags=listed(MANY, text(LONG)),
    owner=record(name=text(LONG), age=number()),
    answers=entries(MANY, text(LONG), text(LONG)),
)
LANGUAGE = Language("deal", SHAPE, SHAPE)
ROOMY = Language("deal", SHAPE, SHAPE, dearest=10**15)
"""Takes whatever price, so that prices can be looked at."""

FULL: dict[str, Any] = {
    "name": "n" * LONG,
    "note": "é" * LONG,
    "amount": 7,
    "tags": [f"{place}" * LONG for place in range(MANY)],
    "owner": {"name": "o" * LONG, "age": 41},
    "answers": {f"{place}" * LONG: "a" * LONG for place in range(MANY)},
}

TEXTS = st.sampled_from(
    ["deal.name", "deal.note", "deal.owner.name", "deal.answers['k']", "'x'", "string(deal.amount)"]
)
NUMBERS = st.sampled_from(["1", "deal.amount", "size(deal.name)", "deal.owner.age", "-3"])
LISTS = st.sampled_from(["deal.tags", "['a', deal.name]", "deal.answers", "[1, 2, 3]", "deal.owner"])


def _texts(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        TEXTS
        | st.tuples(inner, inner).map(lambda two: f"({two[0]} + {two[1]})")
        | inner.map(lambda one: f"string(bytes({one}))")
        | st.tuples(inner, inner).map(lambda two: f"(deal.amount > 3 ? {two[0]} : {two[1]})")
    )


def _tests(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    both = st.tuples(inner, inner)
    return (
        both.map(" && ".join)
        | both.map(lambda two: f"({two[0]} || {two[1]})")
        | inner.map(lambda one: f"!({one})")
        | st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} ? {three[1]} : {three[2]})")
        | st.tuples(LISTS, st.sampled_from(["all", "exists", "exists_one"]), inner).map(
            lambda three: f"{three[0]}.{three[1]}(x, {three[2]})"
        )
        | st.tuples(LISTS, inner).map(lambda two: f"{two[0]}.filter(y, {two[1]}).size() > 1")
    )


PLAIN = (
    st.tuples(GROWN := st.recursive(TEXTS, _texts, max_leaves=4), GROWN).map(lambda two: f"{two[0]} != {two[1]}")
    | st.tuples(NUMBERS, NUMBERS).map(lambda two: f"{two[0]} + 1 < {two[1]} * 2")
    | st.tuples(GROWN, LISTS).map(lambda two: f"{two[0]} in {two[1]}")
    | GROWN.map(lambda one: f"{one}.contains('ab')")
    | GROWN.map(lambda one: f"{one}.matches('^[a-z]+x?')")
    | st.sampled_from(["true", "deal == deal", "has(deal.answers.k)", "has(deal.name)", "'a' in deal.answers"])
)
TESTS = st.recursive(PLAIN, _tests, max_leaves=6)
"""Conditions that mostly make sense."""
VALUES = GROWN
"""Expressions whose value is a text."""
