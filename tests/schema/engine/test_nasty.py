"""Values and documents chosen to tell a plan from graphql-core, if anything can."""

from typing import Any

import pytest

from app.demo.people import demo_id
from app.identity.users import viewer_of
from schema.engine.plan.json_sql import JSON_SCALAR
from tests.schema.engine.compare import Compared, compare
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo, deal_of

pytestmark = pytest.mark.falls_back("introspection", "misfit", "number")

CHARACTERS = "".join(map(chr, [*range(1, 0x30), 0x5C, 0x7F, 0x80, 0x9F, 0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFD, 0x1F600]))
ALL = """query All($n: Int) { opportunities(first: $n, orderBy: {field: NAME, direction: ASC}) {
  __typename edges { cursor __typename node { ...Deal } } again: nodes { id ...Deal }
  pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor } totalCount } }
fragment Deal on Opportunity { __typename id name externalId version amount { currency amount __typename }
  expectedCloseDate status source nextStep notes enteredStageAt createdAt updatedAt closedAt closeReason daysInStage
  stalled winProbability owner { name organization { name kind tier industries } } partner { key tier kind industries
  region channelManager { name } createdAt } account { name externalId industry country employees annualRevenue }
  playbook { key version status publishedAt reviewDueAt } stage { key winProbability targetDays autoAdvance buyerPhase
  kind exitCriteria { key required check expression } contents(first: 2) { totalCount nodes { title audience } } }
  transitions(last: 2) { nodes { seconds: secondsInPreviousStage at actor { name } fromStage { key } automatic } } }"""


async def both(who: str, text: str, variables: dict[str, Any] | None = None, name: str | None = None) -> Compared:
    viewer = await viewer_of(str(demo_id(f"user/{who}")))
    assert viewer is not None
    found = await compare(viewer, text, variables, name)
    assert found.planned == found.reference
    return found


@pytest.mark.parametrize("who", [VENDOR, MANAGER, SELLER])
async def test_everything_that_a_deal_says_is_written_alike(demo: Demo, who: str) -> None:
    assert (await both(who, ALL, {"n": 30})).by_plan


@pytest.mark.parametrize(
    "change",
    [
        "name = chr(34) || $1 || name, notes = $1, next_step = '', external_id = $1 || id",
        "amount = 0, currency = 'EUR', next_step = $1",
        "amount = 123456789012345678901234567890.123456789, currency = 'XTS', notes = $1",
        "amount = 0.0000000001000, currency = 'EUR', notes = $1",
        "amount = NULL, currency = NULL, expected_close_date = NULL, notes = $1",
        "expected_close_date = '0001-01-01', notes = $1, updated_at = '2026-01-01 00:00:00.1+00'",
        "expected_close_date = '9999-12-31', notes = $1, updated_at = '1999-12-31 23:59:59.999999+05:30'",
        "updated_at = '2026-01-01 00:00:00.000010+00', notes = $1",
    ],
)
async def test_no_value_is_written_differently(demo: Demo, change: str) -> None:
    await demo.database.fetch(f"UPDATE opportunity SET {change}", CHARACTERS)
    assert (await both(VENDOR, ALL, {"n": 15})).by_plan


@pytest.mark.parametrize(
    "probability", [0.0, 1.0, 0.1, 1 / 3, 0.30000000000000004, 1e-4, 9.999e-5, 1e-7, 5e-324, 0.1234567890123456789]
)
async def test_floats_have_the_same_digits(demo: Demo, probability: float) -> None:
    await demo.database.fetch("UPDATE stage SET win_probability = $1", probability)
    found = await both(VENDOR, "{ opportunities(first: 2) { nodes { winProbability stage { winProbability } } } }")
    assert found.errors == []


BREAKING = [
    (
        "UPDATE opportunity SET status = 'ELSEWHERE' WHERE status <> 'OPEN'",
        "{ opportunities { nodes { name status } } }",
    ),
    ("UPDATE stage SET buyer_phase = 'DREAM'", "{ opportunities(first: 3) { nodes { name stage { buyerPhase } } } }"),
    ("UPDATE organization SET tier = 'TIN' WHERE tier IS NOT NULL", "{ partners { nodes { name tier } } }"),
    ("UPDATE content SET audience = '{SILVER,TIN}'", "{ contents(first: 2) { edges { node { audience } } } }"),
    ("UPDATE content SET industries = ARRAY['a', NULL]", "{ contents(first: 2) { nodes { title industries } } }"),
    (
        "UPDATE stage_transition SET seconds_in_previous_stage = 3000000000",
        "{ opportunities(first: 2) { nodes { transitions(first: 2) { nodes { secondsInPreviousStage kind } } } } }",
    ),
]


@pytest.mark.parametrize(("change", "document"), BREAKING)
async def test_what_does_not_fit_its_type_is_reported_alike(demo: Demo, change: str, document: str) -> None:
    await demo.database.fetch(change)
    found = await both(VENDOR, document)
    assert found.errors
    assert all(error["path"] for error in found.errors)
    assert not found.by_plan


DOCUMENTS: list[tuple[str, dict[str, Any] | None]] = [
    (
        "{ a: opportunities(first: 1) { nodes { n: name n: name } } b: opportunities(first: 2) { nodes { name } } }",
        None,
    ),
    ("{ opportunities(first: 2) { nodes { stage { name } stage { key playbook { key } } s: stage { id } } } }", None),
    ("{ opportunities(first: 0) { nodes { name } pageInfo { hasNextPage startCursor endCursor } totalCount } }", None),
    (
        "{ opportunities(last: 3) { nodes { id } edges { cursor } pageInfo { hasPreviousPage startCursor } } }",
        None,
    ),
    ("query($n: Int = 2) { opportunities(first: $n) { nodes { transitions(first: $n) { nodes { kind } } } } }", None),
    ("query($n: Int) { opportunities(first: $n) { totalCount } }", {"n": None}),
    ("query($n: Int!) { opportunities(first: $n) { totalCount } }", {}),
    ("query($n: Int!) { opportunities(first: $n) { totalCount } }", {"n": "1"}),
    ("query($n: Int!) { opportunities(first: $n) { totalCount } }", {"n": 2**31}),
    ("query($n: Int) { opportunities(first: $n) { totalCount } }", {"n": 1.0, "unused": 1}),
    ("query($i: ID!) { opportunity(id: $i) { id } }", {"i": 5}),
    ("query($s: [OpportunityStatus!]) { opportunities(filter: {status: $s}) { totalCount } }", {"s": "OPEN"}),
    ("query($s: OpportunityStatus!) { opportunities(filter: {status: [$s, WON]}) { totalCount } }", {"s": "LOST"}),
    ("query($f: OpportunityFilter) { opportunities(filter: $f) { totalCount } }", {"f": {"amount": {"min": "10"}}}),
    ("query($a: Decimal) { opportunities(filter: {amount: {min: $a}}) { totalCount } }", {"a": "20000"}),
    ("query($a: Decimal) { opportunities(filter: {amount: {min: $a}}) { totalCount } }", {}),
    ("query($a: Decimal) { opportunities(filter: {amount: {min: $a}}) { totalCount } }", {"a": 5.5}),
    (
        "query($d: OrderDirection!) { opportunities(orderBy: {field: NAME, direction: $d}) { nodes { id } } }",
        {"d": "ASC"},
    ),
    (
        "query($x: Boolean!) { opportunities(first: 1) { nodes { name @skip(if: $x) id @include(if: $x) } } }",
        {"x": True},
    ),
    ("query($x: Boolean = false) { viewer @include(if: $x) { permissions } __typename }", None),
    (
        "{ ... { ... on Query { ...Q } } } fragment Q on Query { viewer { user { __typename ... on Node { id } } } }",
        None,
    ),
    ('{ node(id: "nonsense") { id } }', None),
    ('{ nodes(ids: ["opp_00000000-0000-7000-8000-000000000000", "x"]) { id } }', None),
    ("{ nodes(ids: []) { id } }", None),
    ("{ __schema { queryType { name } } viewer { permissions } }", None),
    ("{ playbookTemplates { key stages { key winProbability } } viewer { permissions } }", None),
    (
        "{ events(first: 2) { totalCount nodes { type actor { name } opportunity { name } fields } edges { cursor }}}",
        None,
    ),
    (
        "{ pipeline { stages { medianDaysInStage stalledCount stage { key } } total { amount { amount currency } } } }",
        None,
    ),
    ("{ viewer { user { name } } nothing }", None),
    ("query A { viewer { permissions } } query B { __typename }", None),
    ("fragment F on Query { __typename }", None),
    ("{ opportunities(first: 101) { totalCount } partners { totalCount } }", None),
    ('{ opportunities(after: "AAAA") { totalCount } }', None),
    ("{", None),
]


@pytest.mark.parametrize(("document", "variables"), DOCUMENTS)
async def test_documents_that_are_easily_got_wrong(demo: Demo, document: str, variables: dict[str, Any] | None) -> None:
    for who in (VENDOR, SELLER):
        await both(who, document, variables)


async def test_things_by_their_ids_have_their_own_types(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    stage = await demo.value("SELECT stage_id FROM opportunity WHERE id = $1", deal.removeprefix("opp_"))
    text = """query($ids: [ID!]!, $id: ID!) {
      node(id: $id) { __typename id ... on Opportunity { name stage { key } } }
      nodes(ids: $ids) {
        id ... on Stage { key contents(first: 1) { nodes { title } } } ... on Opportunity { name } } }"""
    ids = [f"stg_{stage}", deal, f"stg_{stage}", "opp_00000000-0000-7000-8000-000000000000"]
    for who in (VENDOR, SELLER):
        found = await both(who, text, {"ids": ids, "id": deal})
        assert found.by_plan


async def test_a_postgresql_without_json_scalar_is_asked_for_the_same(demo: Demo) -> None:
    known = demo.database.version
    demo.database.version = JSON_SCALAR - 1
    try:
        assert (await both(MANAGER, ALL.replace("query All", "query Older"), {"n": 30})).by_plan
    finally:
        demo.database.version = known
