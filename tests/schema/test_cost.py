"""What an operation costs is read off its document: what its pages multiply to, and what is looked through for them."""

from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInputType, get_named_type, parse, validate

from app.identity.reach import NOWHERE, TABLES, Reach
from schema import schema
from schema.engine.declare import READ, Made, Paged
from schema.engine.read.cost import price_of, scan_of
from schema.engine.read.priced import MOST_AMOUNTS, priced
from schema.engine.read.selection import DEFINITION
from schema.engine.scans import Look

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


def cost(
    document: str, variables: dict[str, Any] | None = None, name: str | None = None, reach: Reach = NOWHERE
) -> int:
    parsed = parse(document)
    assert validate(schema._schema, parsed) == []
    return price_of(schema._schema, parsed, name).of(variables, reach)


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
        (PIPELINE, {"if": True}, 100 + 25),
        (PIPELINE, {"if": False}, 2),
        (NODES, {"ids": ["a", "b"]}, 6),
        (NODES, {"ids": []}, 0),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', None, 3),
        (CHEAP_AND_DEAR, None, 21),
        (FRAGMENT, {"if": False}, 20),
        ("{ __schema { types { name } } }", None, 500),
        ('{ __type(name: "Stage") { name } }', None, 100),
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


VENDOR = Reach(dict.fromkeys(TABLES, 1_000), is_walled=False)
PARTNER = Reach(dict.fromkeys(TABLES, 500), is_walled=True)
PAGES = {"first", "after", "last", "before"}
FILTERED = "query($f: OpportunityFilter, $o: OpportunityOrder) { opportunities(first: 1, filter: $f, orderBy: $o)"


@pytest.mark.parametrize(
    ("asked", "of_vendor", "of_partner"),
    [
        ("", 0, 0),
        ("(filter: {status: [OPEN]})", 0, 0),
        ('(filter: {ids: [], stalled: true, search: "a"})', 0, 0),
        ("(filter: {stalled: true})", 1_025, 525),
        ('(filter: {amount: {min: "3"}, industry: "x"})', 1_025, 525),
        ('(filter: {partnerId: "x"})', 25, 25),
        ('(filter: {partnerId: "x", stalled: true})', 125, 75),
        ("(filter: {stalled: null})", 0, 0),
        ("(orderBy: {field: UPDATED_AT, direction: ASC})", 0, 0),
        ("(orderBy: {field: NAME, direction: ASC})", 0, 525),
        ('(filter: {search: "zzzzqq"})', 225, 525),
    ],
)
def test_what_is_looked_through_is_priced(asked: str, of_vendor: int, of_partner: int) -> None:
    def look(reach: Reach) -> int:
        return cost(f"{{ opportunities{asked} {{ nodes {{ id }} }} }}", reach=reach) - 25

    assert (look(VENDOR), look(PARTNER)) == (of_vendor, of_partner)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, 0),
        ({"f": {"status": ["OPEN"]}}, 0),
        ({"f": {"stalled": True}}, 1_025),
        ({"f": {"search": "a", "partnerId": "x"}}, 45),
        ({"f": {"amount": {"min": "1"}}}, 1_025),
        ({"f": None, "o": {"field": "NAME", "direction": "ASC"}}, 0),
        ({"f": "no filter"}, 0),
    ],
)
def test_what_comes_by_variable_is_priced_alike(variables: dict[str, Any], expected: int) -> None:
    assert cost(FILTERED + " { nodes { id } } }", variables, reach=VENDOR) == 1 + expected


SCALARS = "query($n: Int, $p: ID, $s: String) { opportunities(first: $n, filter: {partnerId: $p, search: $s})"


def test_what_is_asked_again_is_priced_the_same_for_whoever_asks() -> None:
    document = parse(SCALARS + " { totalCount nodes { id } } }")
    known = priced(schema._schema, document, None)
    asked: list[dict[str, Any]] = [
        {"n": n, "p": partner, "s": words} for n in (1, 50) for partner in (None, "x") for words in (None, "a", "b")
    ]
    for _ in range(2):
        for variables in [*asked, *({"n": n} for n in range(2 * MOST_AMOUNTS))]:
            for reach in (VENDOR, PARTNER):
                assert known.again(variables, reach) == known.of(variables, reach), variables
        assert len(known.amounts) <= MOST_AMOUNTS


def test_counting_costs_what_is_counted_and_a_hundred_of_them_a_hundred_times_that() -> None:
    assert cost("{ opportunities(first: 0) { totalCount } }", reach=VENDOR) == 10 + 1_000
    assert cost('{ opportunities(first: 0, filter: {ids: ["x"]}) { totalCount } }', reach=VENDOR) == 10
    assert cost("{ pipeline { total { count } } }", reach=VENDOR) == 100 + 3_025
    searches = " ".join(
        f'a{n}: opportunities(first: 1, filter: {{search: "zzzzqq"}}) {{ nodes {{ id }} }}' for n in range(100)
    )
    assert cost(f"{{ {searches} }}", reach=PARTNER) == 100 * (1 + 525)


LOOKED_BACK = """query($p: Int, $f: ForecastAccuracyFilter, $no: Boolean = false) {
  forecastAccuracy(filter: %s) { points { daysBefore } }
  a: forecastPeriods(kind: MONTH, before: $p) @include(if: $no) { period }
  b: forecastAccuracy(filter: $f) @include(if: $no) { points { daysBefore } } }"""


@pytest.mark.parametrize(
    ("filter", "variables", "periods"),
    [
        ("null", {}, 4),
        ("{kind: MONTH}", {}, 4),
        ("{periods: 1}", {}, 1),
        ("{periods: 12}", {}, 12),
        ("{periods: 999}", {}, 12),
        ("{periods: -3}", {}, 1),
        ("{periods: $p}", {"p": 7}, 7),
        ("{periods: $p}", {"p": 7.0}, 7),
        ("{periods: $p}", {}, 4),
        ("$f", {"f": {"periods": 9}}, 9),
        ("$f", {"f": {"periods": "many"}}, 4),
        ("$f", {"f": {}}, 4),
        ("$f", {"f": "no filter"}, 4),
    ],
)
def test_looking_back_costs_as_much_as_there_are_periods(filter: str, variables: dict[str, Any], periods: int) -> None:
    document = LOOKED_BACK % filter
    assert cost(document, variables, reach=VENDOR) - cost(document, variables) == periods * 4 * 1_000


def test_what_an_index_serves_is_worked_out_beforehand() -> None:
    """The pages that portals show must not take longer because others are dear."""
    served = "query($p: ID!) { opportunities(first: 50, filter: {partnerId: $p, status: [OPEN]}) { nodes { id } } }"
    by_id = "query($id: ID!) { opportunity(id: $id) { name } }"
    assert price_of(schema._schema, parse(by_id)).open == ()
    assert len(price_of(schema._schema, parse(served)).open) == 1


def words_of(type_: GraphQLInputType) -> set[str]:
    """Everything that an argument can ask by name."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        return {
            word
            for name, field in named.fields.items()
            for word in (words_of(field.type) if _is_object(field.type) else {name, *words_of(field.type)})
        }
    return set(named.values) if isinstance(named, GraphQLEnumType) and named.name.endswith("OrderField") else set()


def _is_object(type_: GraphQLInputType) -> bool:
    return isinstance(get_named_type(type_), GraphQLInputObjectType)


QUERY = schema._schema.query_type
assert QUERY is not None
ROOTS = QUERY.fields
OWN_RESOLVERS = {"node", "nodes"}
"""Priced by their ids."""
ONE_PRICE = {"auditVerification", "checkAutomation", "checkRegistration"}
"""Whatever they are asked."""


@pytest.mark.parametrize("name", sorted(ROOTS.keys() - OWN_RESOLVERS))
def test_every_way_to_ask_for_rows_says_what_it_looks_through(name: str) -> None:
    """A new filter or order whose price nobody has thought of fails here."""
    field = ROOTS[name]
    read = field.extensions[DEFINITION].metadata.get(READ)
    assert read is not None, "a root field that reads by itself has no price"
    scan = scan_of(read)
    asked = {
        word
        for argument, given in field.args.items()
        if argument not in PAGES
        for word in (words_of(given.type) or {argument})
    } - {"direction"}
    if scan is None:
        assert not isinstance(read, Paged), "a list without `scan`"
        assert not asked or name in ONE_PRICE
        return
    if scan.always not in (Look.THROUGH, Look.SORTED):
        assert asked - {"field"} <= scan.looks.keys()
    assert scan.table in ("", *TABLES), "nobody knows how large it is"
    if isinstance(read, Made):
        assert read.rows or "first" in field.args
