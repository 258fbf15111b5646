"""What the hunt with bad input has found, kept from coming back."""

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
