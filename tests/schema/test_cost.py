"""What an operation costs is read off its document, and is what its pages multiply to."""

from typing import Any

import pytest
from graphql import parse, validate

from schema import schema
from schema.engine.cost import price_of

PAGE = "query($n: Int = 7) { opportunities(first: $n) { nodes { name stage { name } } } }"
PIPELINE = (
    "query($if: Boolean!) { pipeline @include(if: $if) { total { count } } viewer @skip(if: $if) { user { id } } }"
)
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Opportunity { stage { name } account { name } } } }"
CHEAP_AND_DEAR = (
    """{ node(id: "x") { ... on Stage { name } ... on Opportunity { transitions(first: 50) { nodes { id } } } } }"""
)
FRAGMENT = """query($if: Boolean!) { opportunities(first: 10) { nodes { ...F @include(if: $if) ...F } } }
  fragment F on Opportunity { stage { name } }"""


def cost(document: str, variables: dict[str, Any] | None = None, name: str | None = None) -> int:
    parsed = parse(document)
    assert validate(schema._schema, parsed) == []
    return price_of(schema._schema, parsed, name).of(variables)


@pytest.mark.parametrize(
    ("document", "variables", "expected"),
    [
        ("{ __typename }", None, 0),
        ("{ viewer { user { name } organization { name } } }", None, 3),
        ("{ opportunities { nodes { name amount { amount } daysInStage } } }", None, 25),
        ("{ opportunities(first: 50) { nodes { stage { name } account { name } partner { name } } } }", None, 200),
        ("{ opportunities(last: 3) { edges { cursor node { stage { name } } } pageInfo { endCursor } } }", None, 6),
        ("{ opportunities(first: 0) { totalCount } }", None, 10),
        ("{ opportunities(first: 40) { totalCount nodes { stage { key } } } }", None, 10 + 80),
        ("{ a: opportunities(first: 2) { nodes { id } } b: opportunities(first: 3) { nodes { id } } }", None, 5),
        ("{ opportunities(first: 2) { nodes { id } } opportunities(first: 2) { nodes { name } } }", None, 2),
        ("{ opportunities(first: 4) { nodes { transitions(first: 5) { nodes { toStage { key } } } } } }", None, 44),
        ("{ opportunities(first: 4) { nodes { transitions { nodes { id } } } } }", None, 4 + 4 * 20),
        ('{ playbook(key: "x") { stages { activities { name } } } }', None, 1 + 10 + 10 * 10),
        ("{ events(first: 20) { nodes { type opportunity { name } } } }", None, 40),
        (PAGE, None, 14),
        (PAGE, {"n": 100}, 200),
        (PAGE, {"n": None}, 50),
        (PAGE, {"n": 5.0}, 10),
        (PAGE, {"n": 10_000_000}, 200),
        (PAGE, {"n": -1}, 0),
        (PAGE, {"n": "many"}, 50),
        (PIPELINE, {"if": True}, 100),
        (PIPELINE, {"if": False}, 2),
        (NODES, {"ids": ["a", "b"]}, 6),
        (NODES, {"ids": []}, 0),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', None, 3),
        (CHEAP_AND_DEAR, None, 51),
        (FRAGMENT, {"if": False}, 20),
        ("{ __schema { types { name } } }", None, 100),
        ("mutation($i: AdvanceStageInput!) { advanceStage(input: $i) { opportunity { stage { key } } } }", None, 12),
        (
            "subscription { opportunityStageChanged { opportunity { name stage { key } } transition { kind } } }",
            None,
            4,
        ),
    ],
)
def test_the_rows_it_may_touch(document: str, variables: dict[str, Any] | None, expected: int) -> None:
    assert cost(document, variables) == expected


def test_only_the_operation_that_runs_is_counted() -> None:
    both = "query a { opportunities(first: 9) { nodes { id } } } query b { viewer { user { id } } }"
    assert (cost(both, name="a"), cost(both, name="b")) == (9, 2)


def test_what_variables_do_not_decide_is_added_up_beforehand() -> None:
    fixed = price_of(schema._schema, parse("{ opportunities { nodes { transitions { nodes { id } } } } }"))
    assert fixed.open == ()


def test_fragments_within_fragments_are_priced_once_each() -> None:
    """Written out, this one selects 2^200 fields."""
    depth = 200
    fragments = [
        f"fragment F{n} on Query {{ ...F{n + 1} @include(if: $if) ...F{n + 1} @skip(if: $if) }}" for n in range(depth)
    ]
    last = f"fragment F{depth} on Query {{ viewer {{ user {{ id }} }} }}"
    document = f"query($if: Boolean!) {{ ...F0 }} {' '.join(fragments)} {last}"
    assert price_of(schema._schema, parse(document)).of({"if": True}) == 2
