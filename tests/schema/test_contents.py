"""The content that helps with a deal now, served by the one query that shows the deal."""

from typing import Any

import pytest

from app.demo.people import demo_id
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo

UPSERT = """mutation($input: UpsertContentInput!) { upsertContent(input: $input) { userErrors { code path } } }"""
DEAL = """query($id: ID!, $first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: ContentFilter) {
  opportunity(id: $id) { stage { key } contents(
    first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      nodes { key language body } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


@pytest.fixture
async def deal(demo: Demo) -> str:
    """A deal of a platinum partner with a manufacturer, in a stage whose content is what a test writes."""
    id = await demo.value("SELECT id FROM opportunity WHERE owner_id = $1 LIMIT 1", demo_id(f"user/{SELLER}"))
    await demo.database.fetch("DELETE FROM stage_content")
    await demo.database.fetch(
        "UPDATE account SET industry = 'Manufacturing' WHERE id = (SELECT account_id FROM opportunity WHERE id = $1)",
        id,
    )
    await demo.database.fetch(
        "UPDATE opportunity SET stage_id = s.id FROM stage s"
        " WHERE s.playbook_id = opportunity.playbook_id AND s.key = 'discovery' AND opportunity.id = $1",
        id,
    )
    return f"opp_{id}"


async def write(demo: Demo, key: str, position: int, stage: str = "discovery", **more: Any) -> None:
    link = {"playbookKey": "it-software", "stageKey": stage, "position": position}
    given = {"key": key, "title": key, "kind": "DECK", "body": f"# {key}", "stages": [link], **more}
    assert await demo.run(UPSERT, VENDOR, input=given) == {"upsertContent": {"userErrors": []}}


async def keys(demo: Demo, who: str, deal: str, **more: Any) -> list[str]:
    found = (await demo.run(DEAL, who, id=deal, **more))["opportunity"]
    assert found["stage"] == {"key": "discovery"}
    return [node["key"] for node in found["contents"]["nodes"]]


@pytest.mark.parametrize("who", [VENDOR, MANAGER, SELLER])
async def test_it_fits_the_partners_tier_and_the_accounts_industry_in_the_playbooks_order(
    demo: Demo, deal: str, who: str
) -> None:
    await write(demo, "for-all", 5)
    await write(demo, "for-platinum", 4, audience=["PLATINUM", "GOLD"])
    await write(demo, "for-manufacturing", 3, industries=["Manufacturing", "IT software"])
    await write(demo, "first", 0)
    await write(demo, "for-gold", 1, audience=["GOLD"])
    await write(demo, "for-the-partners-own-industry", 2, industries=["IT software"])
    await write(demo, "archived", 1, archived=True)
    await write(demo, "of-another-stage", 0, stage="proposal")
    assert await keys(demo, who, deal) == ["first", "for-manufacturing", "for-platinum", "for-all"]


async def test_it_is_in_the_readers_language_unless_another_is_asked_for(demo: Demo, deal: str) -> None:
    for language in ("en", "de", "fr"):
        await write(demo, "card", 1, language=language)
    await write(demo, "only-english", 2)
    await write(demo, "for-gold", 3, language="en")
    await write(demo, "for-gold", 3, language="de", audience=["GOLD"])

    async def shown(who: str, **more: Any) -> list[tuple[str, str]]:
        nodes = (await demo.run(DEAL, who, id=deal, **more))["opportunity"]["contents"]["nodes"]
        return [(node["key"], node["language"]) for node in nodes]

    english = [("card", "en"), ("only-english", "en"), ("for-gold", "en")]
    assert await shown(VENDOR) == english
    # The German translation of the last piece is not meant for the partner's tier, so that it hides no other.
    assert await shown(SELLER) == [("card", "de"), ("only-english", "en"), ("for-gold", "en")]
    assert await shown(SELLER, filter={"language": "fr"}) == [("card", "fr")]


async def test_its_pages_add_up_both_ways(demo: Demo, deal: str) -> None:
    for n in range(7):
        await write(demo, f"piece-{n}", n // 3)  # ties in the playbook's order
    whole = await keys(demo, SELLER, deal, first=100)
    assert len(whole) == 7
    forward: list[str] = []
    after = None
    while True:
        page = (await demo.run(DEAL, SELLER, id=deal, first=2, after=after))["opportunity"]["contents"]
        assert page["totalCount"] == 7
        forward += [node["key"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    backward: list[str] = []
    before = None
    while True:
        page = (await demo.run(DEAL, SELLER, id=deal, last=3, before=before))["opportunity"]["contents"]
        backward = [node["key"] for node in page["nodes"]] + backward
        before = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert forward == backward == whole


async def test_a_deal_without_a_partner_is_shown_what_is_for_any_tier(demo: Demo, deal: str) -> None:
    await write(demo, "for-gold", 0, audience=["GOLD"])
    await write(demo, "for-retail", 1, industries=["Retail"])
    await demo.database.fetch(
        "UPDATE opportunity SET partner_id = NULL, owner_id = NULL WHERE id = $1::text::uuid", deal[4:]
    )
    assert await keys(demo, VENDOR, deal) == ["for-gold"]
