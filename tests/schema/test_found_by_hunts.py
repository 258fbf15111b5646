"""What the hunt with bad input has found, kept from coming back."""

import orjson
import pytest

from app.demo.people import demo_id
from app.identity.users import viewer_of
from tests.schema.engine.compare import compare
from tests.schema.world import VENDOR, Demo

EVENTS = """{ events(first: 2) { totalCount
  edges { node { actor { active } transition { reason } } } nodes { actor { id } transition { kind } } } }"""
CHOOSE = """mutation { choosePrompt(input: {playbookKey: "it-software", clientMutationId: "once"}) {
  userErrors { code } } }"""


async def test_edges_and_nodes_of_the_log_may_select_different_things(demo: Demo) -> None:
    log = (await demo.run(EVENTS, VENDOR))["events"]
    assert [set(edge["node"]["transition"] or {"reason": 0}) for edge in log["edges"]] == [{"reason"}] * 2
    assert [set(node["transition"] or {"kind": 0}) for node in log["nodes"]] == [{"kind"}] * 2


async def test_a_prompt_is_chosen_once_under_an_id(demo: Demo) -> None:
    first, again = await demo.run(CHOOSE, VENDOR), await demo.run(CHOOSE, VENDOR)
    assert first == again == {"choosePrompt": {"userErrors": []}}


TWICE = """{ events(first: 3) { a: nodes { type transition { kind toStage { key } } opportunity { name } }
  b: nodes { at transition { reason } opportunity { stage { name } } actor { name } }
  c: edges { node { transition { id } } } d: edges { cursor node { transition { fromStage { key } } } }
  page: pageInfo { endCursor } pageInfo { hasNextPage } } }"""
FRAGMENTED = """{ events(first: 3) { a: nodes { ...A } b: nodes { ...B ... on Event { ...A } } } }
  fragment A on Event { transition { kind } opportunity { id } }
  fragment B on Event { transition { reason actor { name } } }"""


@pytest.mark.parametrize("query", [TWICE, FRAGMENTED])
async def test_two_names_for_one_list_may_select_different_things(demo: Demo, query: str) -> None:
    viewer = await viewer_of(str(demo_id(f"user/{VENDOR}")))
    assert viewer is not None
    found = await compare(viewer, query)
    assert found.errors == []
    assert found.planned == found.reference
    events = orjson.loads(found.planned)["data"]["events"]
    plain = await demo.run("{ events(first: 3) { nodes { transition { kind reason } opportunity { id } } } }", VENDOR)
    assert [(n["transition"] or {}).get("kind") for n in events["a"]] == [
        (n["transition"] or {}).get("kind") for n in plain["events"]["nodes"]
    ]
    assert [(n["transition"] or {}).get("reason") for n in events["b"]] == [
        (n["transition"] or {}).get("reason") for n in plain["events"]["nodes"]
    ]
