"""The hunt after work that costs too little: its documents are good ones, and prices have the structure it rests on."""

import pytest
from graphql import parse, validate

from app.identity.reach import NOWHERE, TABLES, Reach
from bench.cost_documents import Documents
from bench.costs import Measured, written
from schema import schema
from schema.engine.read.cost import price_of

UUID = "00000000-0000-0000-0000-000000000001"
IDS = {prefix: [f"{prefix}_{UUID}"] for prefix in ("opp", "acc", "ptr", "pbk", "usr", "stg")}
SMALL, LARGE = (Reach(dict.fromkeys(TABLES, units), is_walled=False) for units in (1, 2_000))


@pytest.fixture(scope="module")
def documents() -> list[str]:
    return [made.text for made in Documents(schema._schema, IDS, 7).make(90)]


def test_the_same_seed_makes_the_same_documents_of_every_query_field(documents: list[str]) -> None:
    again = Documents(schema._schema, IDS, 7).make(90)
    assert [made.text for made in again] == documents
    query = schema._schema.query_type
    assert query is not None
    assert {root for made in again for root in made.roots} >= query.fields.keys()


def test_nearly_all_are_valid(documents: list[str]) -> None:
    good = [text for text in documents if validate(schema._schema, parse(text)) == []]
    assert len(good) > 0.85 * len(documents)


def test_prices_grow_with_the_data_and_with_nothing_else(documents: list[str]) -> None:
    grown = 0
    for text in documents:
        parsed = parse(text)
        if validate(schema._schema, parsed):
            continue
        price = price_of(schema._schema, parsed)
        none, small, large = (price.of(None, reach) for reach in (NOWHERE, SMALL, LARGE))
        assert 0 <= none <= small <= large
        assert price.of(None, SMALL) == small
        grown += large > small
    assert grown > 10


def test_the_report_tells_the_worst_of_both_kinds() -> None:
    found = [one_of(n, seconds) for n, seconds in enumerate((0.001, 0.002, 0.9))]
    text = written(found, 5, 7)
    assert "| max ÷ median | 450.00 | 450.00 | 2.00 |" in text
    assert "| above 20 × median | 1 | 1 | 0 |" in text
    assert "`{ f2 }`" in text


def test_what_is_due_is_settled_by_what_was_computed() -> None:
    assert [one_of(1, seconds).due for seconds in (0.001, 0.009, 0.05)] == [10, 10, 1_010]
    assert one_of(1, 0.000_1, requested=5_000).due == 35


def one_of(n: int, seconds: float, requested: int = 10) -> Measured:
    return Measured("somebody", f"{{ f{n} }}", ("f",), requested, requested, 0.0, seconds, seconds, None)
