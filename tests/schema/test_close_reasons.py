"""Reasons for which deals end: codes of the playbook, with words beside them, by which reports count."""

from typing import Any

from app.demo.people import demo_id
from tests.schema.test_contacts import changed, refusals
from tests.schema.world import MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of

ADVANCE = """mutation($input: AdvanceStageInput!) { advanceStage(input: $input) {
  opportunity { status closeReason closeReasonKey } transition { reason } userErrors { code message path } } }"""
COUNTS = """query($filter: OpportunityFilter) { closeReasonCounts(filter: $filter) {
  playbookKey outcome key label count } }"""


async def it_software(demo: Demo, who: str = SELLER) -> str:
    return await deal_of(demo, who, "playbook_id = (SELECT id FROM playbook WHERE key = 'it-software')")


async def counts(demo: Demo, who: str, **filter: Any) -> dict[tuple[str, str | None], int]:
    found = (await demo.run(COUNTS, who, filter=filter))["closeReasonCounts"]
    return {(one["outcome"], one["key"]): one["count"] for one in found}


async def test_a_deal_ends_for_a_reason_of_its_playbook_whose_words_are_the_reason(demo: Demo) -> None:
    listed = (await demo.run('{ playbook(key: "it-software") { closeReasons { key label outcome } } }'))["playbook"]
    assert {"key": "price", "label": "Price", "outcome": "LOST"} in listed["closeReasons"]
    deal = await it_software(demo)
    lost = await changed(demo, ADVANCE, opportunityId=deal, toStageKey="closed-lost", closeReasonKey="price")
    assert lost["userErrors"] == []
    assert lost["opportunity"] == {"status": "LOST", "closeReason": "Price", "closeReasonKey": "price"}
    assert lost["transition"] == {"reason": "Price"}
    stage = (await demo.run('{ playbook(key: "it-software") { stages { key kind } } }'))["playbook"]["stages"][0]["key"]
    again = await changed(demo, ADVANCE, VENDOR, opportunityId=deal, toStageKey=stage, reason="They came back")
    assert again["opportunity"] == {"status": "OPEN", "closeReason": None, "closeReasonKey": None}
    said = {"closeReasonKey": "price", "reason": "Thirty per cent above the other offer"}
    words = await changed(demo, ADVANCE, opportunityId=deal, toStageKey="closed-lost", **said)
    assert words["opportunity"]["closeReason"] == said["reason"]


async def test_a_reason_is_one_of_the_playbooks_for_that_outcome(demo: Demo) -> None:
    deal = await it_software(demo)
    for key, stage in (("unheard-of", "closed-lost"), ("best-fit", "closed-lost"), ("price", "closed-won")):
        answer = await changed(demo, ADVANCE, opportunityId=deal, toStageKey=stage, closeReasonKey=key, reason="x")
        assert ("INVALID", ["closeReasonKey"]) in refusals(answer)
    assert (await changed(demo, ADVANCE, opportunityId=deal, toStageKey="closed-lost"))["userErrors"] != []


async def test_reports_count_by_reason_what_the_viewer_sees(demo: Demo) -> None:
    before = await counts(demo, MANAGER)
    others = await counts(demo, RIVAL)
    for _ in range(2):
        deal = await it_software(demo)
        await changed(demo, ADVANCE, opportunityId=deal, toStageKey="closed-lost", closeReasonKey="competitor")
    after = await counts(demo, MANAGER)
    assert after[("LOST", "competitor")] == before.get(("LOST", "competitor"), 0) + 2
    assert await counts(demo, RIVAL) == others
    assert await counts(demo, VENDOR, closeReasonKeys=["competitor"]) == {("LOST", "competitor"): 2}
    assert sum(after.values()) == await demo.value(
        "SELECT count(*) FROM opportunity WHERE partner_id = $1 AND status <> 'OPEN'", demo_id("org/alpine-it")
    )
