"""Root fields that no plan holds don't keep those beside them from being planned, and the answer is graphql-core's."""

from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from app.demo.people import demo_id
from app.identity.users import viewer_of
from app.settings import use_settings
from schema.context import Context
from schema.engine.serve.engine import Question
from schema.engine.serve.kept import kept
from tests.conftest import SETTINGS
from tests.schema.engine.compare import KINDS, PLANNED, compare
from tests.schema.world import SELLER, VENDOR, Demo

pytestmark = pytest.mark.falls_back("introspection")

DEALS = "opportunities(first: 3) { nodes { id name stage { name } account { name } } totalCount }"
TEMPLATES = "playbookTemplates { key name stages { key winProbability } }"
LOG = "events(first: 2) { totalCount nodes { type opportunity { name } } }"
TYPE = '__type(name: "Money") { name fields { name type { kind ofType { name } } } }'
SCHEMA = "__schema { queryType { name } types { name } }"

MIXED: list[tuple[str, dict[str, Any]]] = [
    (f"{{ {TEMPLATES} {DEALS} }}", {}),
    (f"{{ {DEALS} {TEMPLATES} {LOG} viewer {{ user {{ name }} }} }}", {}),
    (f"{{ a: {LOG} __typename {DEALS} b: {LOG} }}", {}),
    (f"{{ {SCHEMA} {DEALS} {TYPE} }}", {}),
    (
        "query($type: String!, $with: Boolean!, $n: Int) { t: __type(name: $type) { ...T } "
        "opportunities(first: $n) { nodes { name } } ...R @include(if: $with) viewer { user { name } } } "
        "fragment T on __Type { name kind fields { name @skip(if: $with) isDeprecated } } "
        "fragment R on Query { events(first: $n) { totalCount } playbookTemplates { key } }",
        {"type": "Stage", "with": True, "n": 2},
    ),
    (
        "{ playbookTemplates { key } viewer { user { name } } playbookTemplates { name } "
        "... { playbookTemplates { industry } } }",
        {},
    ),
]
FAULTY = [
    "{ opportunities(first: 1) { nodes { name } } left: events(first: 101) { totalCount } }",
    "{ left: events(first: 101) { totalCount } opportunities(first: 101) { nodes { name } } }",
    '{ opportunity(id: "opp_1") { name } left: events(first: 2) { totalCount } node(id: "no") { id } __typename }',
    '{ playbookTemplates { key } opportunity(id: "no") { id } viewer { user { name } } }',
]


async def answered_alike(text: str, variables: dict[str, Any], who: str) -> tuple[bool, dict[str, Any]]:
    viewer = await viewer_of(str(demo_id(f"user/{who}")))
    assert viewer is not None
    found = await compare(viewer, text, variables)
    assert found.planned == found.reference
    answer: dict[str, Any] = orjson.loads(found.planned)
    return found.by_plan, answer


@pytest.mark.parametrize("who", [VENDOR, SELLER])
async def test_what_a_plan_can_hold_is_planned_beside_what_it_cannot(demo: Demo, who: str) -> None:
    for text, variables in MIXED:
        by_plan, answer = await answered_alike(text, variables, who)
        assert by_plan, text
        assert "errors" not in answer


async def test_errors_of_either_stand_as_graphql_core_has_them(demo: Demo) -> None:
    with capture_logs() as logged:
        for text in FAULTY:
            by_plan, answer = await answered_alike(text, {}, VENDOR)
            assert not by_plan
            assert answer["errors"]
    told_once = "answered by graphql-core"
    assert {line["event"] for line in logged} - {told_once} == {"refused"}


async def test_literals_of_both_are_lifted(demo: Demo) -> None:
    use_settings(SETTINGS.model_copy(update={"document_cache_bytes": 10**10}))  # what others put there stays
    text = """{ opportunities(first: %d) { nodes { name } } __type(name: "%s") { name kind }
      events(first: %d) { totalCount nodes { at } } }"""
    known = []
    for n, name in enumerate(("Stage", "Account", "Partner", "Nothing")):
        by_plan, answer = await answered_alike(text % (n + 1, name, n + 2), {}, VENDOR)
        assert by_plan
        assert len(answer["data"]["opportunities"]["nodes"]) == n + 1
        assert len(answer["data"]["events"]["nodes"]) == n + 2
        assert answer["data"]["__type"] == (None if name == "Nothing" else {"name": name, "kind": "OBJECT"})
        viewer = await viewer_of(str(demo_id(f"user/{SELLER}")))
        assert viewer is not None
        before = len(kept)
        question = Question(text % (n + 11, name, n + 12), {}, None, KINDS)
        assert isinstance(await PLANNED.answer(question, Context(viewer, "another")), bytes)
        known.append(len(kept) - before)
    assert known == [0] * 4


async def test_it_is_measured_once_and_costs_its_own_statements(demo: Demo) -> None:
    viewer = await viewer_of(str(demo_id(f"user/{VENDOR}")))
    assert viewer is not None

    async def spent(text: str) -> tuple[int, int]:
        """Its cost and its statements, when its plan is there already."""
        question = Question(text, {}, None, KINDS)
        for _ in range(2):
            before = demo.database.statements
            context = Context(viewer, "counted")
            assert isinstance(await PLANNED.answer(question, context), bytes)
        assert context.spending is not None
        return context.spending.requested, demo.database.statements - before

    use_settings(SETTINGS.model_copy(update={"cost_per_minute": 10**9}))
    deals, both = await spent(f"{{ {DEALS} }}"), await spent(f"{{ {DEALS} {TEMPLATES} }}")
    assert both[1] == deals[1] == 1
    (mixed, statements) = await spent(f"{{ {DEALS} left: events(first: 2) {{ totalCount }} }}")
    assert statements == deals[1] + 2  # the events, and their number
    assert mixed > deals[0]
