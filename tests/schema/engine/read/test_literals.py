"""Documents that differ in literals alone are worked out once, and answered as graphql-core answers each of them."""

import random
import re
from typing import Any

import pytest
from graphql import GraphQLSyntaxError, Node, print_ast
from graphql.language import Visitor, visit

from app.settings import settings, use_settings
from schema import schema
from schema.context import Context
from schema.engine.read.literals import lift
from schema.engine.serve.documents import Faulty, Prepared, prepare
from schema.engine.serve.engine import Question
from tests import hunts
from tests.conftest import SETTINGS
from tests.schema.engine.compare import KINDS, PLANNED, compare
from tests.schema.engine.generated import documents
from tests.schema.engine.test_differential import VIEWERS, ids_of, viewer
from tests.schema.world import SELLER, VENDOR, Demo, deal_of

DEAL = "{ opportunity(id: %s) { id name } }"
LIST = "{ opportunities(first: 3, filter: { %s }) { nodes { id name } } }"


def prepared(text: str) -> Prepared:
    return prepare(schema._schema, text)[0]


def shares(text: str) -> bool:
    """Whether the document was worked out before, with other literals."""
    try:
        return prepared(text).places is not None
    except (Faulty, GraphQLSyntaxError):
        return False


async def test_a_hundred_ids_are_read_and_checked_once(demo: Demo) -> None:
    found = [prepared(DEAL % f'"opp_00000000-0000-0000-0000-{n:012}"') for n in range(100)]
    assert len({id(one) for one in found[1:]}) == 1
    assert found[1].places is not None


async def test_each_gets_what_it_asks_for(demo: Demo) -> None:
    rows = await demo.database.fetch("SELECT id, name FROM opportunity ORDER BY id LIMIT 20")
    for row in rows:
        found = await compare(await viewer(VENDOR), DEAL % f'"opp_{row["id"]}"')
        assert found.by_plan
        assert found.planned == found.reference
        assert row["name"].encode() in found.planned


STRANGE = [
    (
        DEAL,
        ['"opp_a"', '"opp_b"', "1", "-7", '""', '"\\u006fpp_c"', '"opp_\\u{63}"', '"""opp_d"""', '"""\n  opp_e\n """'],
    ),
    (
        DEAL,
        ['"opp_a"', "1.5", "true", "opp", "null", "[1]", '"\\q"', '"\\ud800"', '"open', '"""open', "01", "1a", "--1"],
    ),
    (
        DEAL,
        [
            '"a"',
            '"é\u2028\U0001f600"',
            '"\u0000"',
            '"\x07"',
            '"#"',
            '"$x @y {"',
            '"\\\\"',
            '"\\""',
            "99999999999999999999",
        ],
    ),
    (DEAL, ['"a"', '""""""', '"""\\""" and " and """', '"""a\\\\"""', '"a"b', '"""a""" #"', '"a", id: "b"']),
    (LIST, ['search: "acme"', 'search: ""', 'search: "%"', 'search: "\\u0000"', "search: 1", "search: null"]),
    (LIST, ['updatedSince: "2026-01-01T00:00:00Z"', 'updatedSince: "2025-02-30T00:00:00Z"', "updatedSince: 5"]),
    (LIST, ['amount: { min: "1" }', 'amount: { min: "1e400" }', 'amount: { min: "NaN" }', 'amount: { min: "x" }']),
    (LIST, ["amount: { min: 1 }", "amount: { min: 1.50 }", "amount: { min: -1e3 }", "amount: { min: 1E400 }"]),
    (LIST, ['stageKeys: ["a", "b"]', 'stageKeys: ["a", "a"]', 'stageKeys: ["c", "d"]', 'stageKeys: ["c", 1]']),
    (LIST, ['stageKeys: "proposal"', 'stageKeys: "lead"', "stageKeys: 1"]),
    (LIST, ['ids: ["opp_1", 2]', 'ids: ["opp_1", "x"]', "ids: [1, 2]", "ids: [1, 1]", "ids: []"]),
    (LIST, ['search: "x" partnerId: "x"', 'search: "x" partnerId: "y"', 'search: "y" partnerId: "z"']),
    (
        "{ a: opportunities(first: %s, last: null) { nodes { name } totalCount } }",
        ["1", "2", "0", "-1", "-0", "2147483647", "2147483648", "1e1", "1.0", '"1"', "9" * 5_000, "101"],
    ),
    (
        "{ opportunities(first: 2) { nodes { ...A ...B } } } fragment A on Opportunity { transitions(first: %s) "
        "{ nodes { at } } } fragment B on Opportunity { transitions(first: 1) { nodes { kind } } }",
        ["1", "2", "1.0", "01"],
    ),
    (
        "{ opportunities(first: 2) { nodes { transitions(first: %s) { nodes { at } } other: transitions(first: 2) "
        "{ nodes { at } } } } }",
        ["1", "2", "3", "-1"],
    ),
    ('query Q($n: Int = %s) { opportunities(first: $n, filter: { search: "a" }) { nodes { id } } }', ["1", "2", '"1"']),
    ("query ($s: Boolean = true) { opportunity(id: %s) { id name @include(if: $s) } }", ['"opp_a"', '"opp_b"', "3"]),
    ("query ($_lit0: ID!) { a: opportunity(id: $_lit0) { id } b: opportunity(id: %s) { id } }", ['"a"', '"b"']),
    ("{ opportunity(id: %s) { id @include(if: 1) } }", ['"a"', '"b"']),
    ('"""of it""" query { opportunity(id: %s) { id } }', ['"a"', '"b"']),
    ("query A { opportunity(id: %s) { id } } query B { viewer { permissions } }", ['"a"', '"b"']),
    ("{ nodes(ids: %s) { id } }", ['["opp_1", "opp_2"]', '["opp_1", "opp_1"]', '["acc_1", "stg_2"]', '"opp_1"']),
    (
        "{ node(id: %s) { id ... on Opportunity { name } } }",
        ['"opp_1"', '"acc_1"', '"opp_00000000-0000-0000-0000-000000000000"'],
    ),
    (
        'mutation { advanceStage(input: { opportunityId: %s, toStageKey: "x", expectedVersion: 1 }) '
        "{ opportunity { id } blockers { code } userErrors { code message path } } }",
        ['"opp_00000000-0000-0000-0000-000000000001"', '"opp_00000000-0000-0000-0000-000000000002"', "1.5", '"b"'],
    ),
]


@pytest.mark.parametrize(("document", "literals"), STRANGE)
async def test_no_literal_is_answered_differently(demo: Demo, document: str, literals: list[str]) -> None:
    use_settings(SETTINGS.model_copy(update={"cost_per_minute": 10**9}))
    who = await viewer(VENDOR)
    deal = f'"{await deal_of(demo, SELLER)}"' if document == DEAL else literals[-1]
    for literal in (*literals, deal, *reversed(literals)):
        text = document.replace("%s", literal)
        found = await compare(who, text, {"_lit0": "opp_x"})
        assert found.planned == found.reference, text


async def test_fields_that_differ_in_literals_still_conflict(demo: Demo) -> None:
    twice = "{ a: opportunity(id: %s) { id } a: opportunity(id: %s) { name } }"
    pairs = {
        ('"x"', '"x"'): False,
        ('"y"', '"y"'): False,
        ('"x"', '"y"'): True,
        ('"x"', '"\\u0078"'): False,
        ('"z"', '"\\u0078"'): True,
        ("1", '"1"'): True,
    }
    for pair, conflicts in pairs.items():
        found = await compare(await viewer(VENDOR), twice % pair)
        assert found.planned == found.reference
        assert (found.errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED") == conflicts, pair
    assert shares(twice % ('"q"', '"q"'))
    assert not shares(twice % ('"q"', '"r"'))


async def test_what_may_not_be_shared_is_not(demo: Demo) -> None:
    deal = "{ mine: opportunity(id: %s) { name } }"  # no other test's: a text that is kept as it is isn't shared
    prepared(deal % '"a"')
    assert shares(deal % '"b"')
    assert shares(deal % "1")
    for literal in ("1.5", "$_lit0 ", '"\\q"', '"\\ud800"', "01", "-01", '"b', "b", "null"):
        assert not shares(deal % literal), literal


async def test_a_variable_of_a_literals_name_is_unknown(demo: Demo) -> None:
    twice = "{ a: opportunity(id: %s) { id } b: opportunity(id: %s) { id } }"
    prepared(twice % ('"opp_x"', '"opp_x"'))
    nobodys = '"opp_00000000-0000-0000-0000-000000000000"'
    found = await compare(await viewer(VENDOR), twice % (nobodys, "$_lit0 "))
    assert found.errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert found.planned == found.reference


async def test_what_is_shared_knows_no_literals(demo: Demo) -> None:
    for secret in ("hush", "hushed"):
        shared = prepared(LIST % f'search: "{secret}"')
    assert shared.places is not None
    assert "hush" not in print_ast(shared.document)

    class Locations(Visitor):
        def enter(self, node: Node, *_: Any) -> None:
            assert node.loc is None

    visit(shared.document, Locations())


async def test_limits_hold_for_each_text(demo: Demo) -> None:
    who = await viewer(VENDOR)
    prepared(LIST % 'search: "a"')
    assert shares(LIST % 'search: "b"')
    long = LIST % f'search: "{"c" * settings().max_query_length}"'
    found = await compare(who, long)
    assert found.errors[0]["extensions"]["code"] == "LENGTH_LIMIT"
    assert found.planned == found.reference


async def test_pages_cost_what_their_literals_say(demo: Demo) -> None:
    who, asked = await viewer(VENDOR), "{ opportunities(first: %d) { nodes { name owner { name } } } }"
    for size in (2, 50, 7):
        by_literal, by_variable = Context(who, "one"), Context(who, "other")
        await PLANNED.answer(Question(asked % size, None, None, KINDS), by_literal)
        text = asked.replace("{ opp", "query ($n: Int) { opp", 1).replace("%d", "$n")
        await PLANNED.answer(Question(text, {"n": size}, None, KINDS), by_variable)
        assert by_literal.spending is not None
        assert by_variable.spending is not None
        assert by_literal.spending.requested == by_variable.spending.requested
        assert by_literal.priced is not None
        assert by_literal.priced[1:3] == ("query", "opportunities")


COUNT = hunts.size(40, whole=2_000)
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"|(?<![\w.\-])-?\d+(?![\w.])')


@pytest.mark.soak
@pytest.mark.falls_back("introspection", "unreached", "number")
async def test_generated_documents_with_other_literals_are_answered_alike(demo: Demo) -> None:
    use_settings(SETTINGS.model_copy(update={"cost_per_minute": 10**9, "max_query_cost": 10**7}))
    start = hunts.seed()
    rng = random.Random(start)
    ids = await ids_of(demo)
    every = [f'"{one}"' for some in ids.values() for one in some]

    def other(found: re.Match[str]) -> str:
        written = found[0]
        if written in every:
            return rng.choice([one for one in every if one[:4] == written[:4]])
        if written[0] == '"':
            return written if rng.random() < 0.7 else rng.choice(['""', '"a"', "5", '"2026-01-01"'])
        return str(rng.randrange(1, 9)) if rng.random() < 0.95 else "-1"

    viewers = [await viewer(name) for name in VIEWERS]
    shared = 0
    for n, one in enumerate(documents(schema._schema, ids, count=COUNT, start=start)):
        if lift(one.text) is None:
            continue
        await PLANNED.answer(Question(one.text, one.variables, None, KINDS), Context(viewers[0], "first"))
        text = _LITERAL.sub(other, one.text)
        shared += shares(text)
        found = await compare(viewers[n % len(viewers)], text, one.variables)
        assert found.planned == found.reference, (start, text, one.variables)
    hunts.record(
        "Lifted literals on generated documents",
        f"seed {start}: of {COUNT} documents, each with other literals, {shared} shared; all alike to the byte",
    )
    assert shared > 0.1 * COUNT
