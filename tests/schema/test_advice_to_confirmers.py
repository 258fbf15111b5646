"""What a seller has to ask for, as those read it who may confirm it."""

from typing import Any

from tests.schema.world import MANAGER, SELLER, VENDOR, Demo

CREATE = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { id } userErrors { message } } }"""
ADVICE = """query($id: ID!) { opportunity(id: $id) { recommendations(first: 20, refresh: true) { actions {
  id title rationale draft draftReader checkBeforeSending criterion { confirmedBy } activity { confirmedBy } } } } }"""
WHERE_THE_VENDOR_CONFIRMS = """
UPDATE opportunity o SET stage_id = s.id FROM criterion c JOIN stage s ON s.id = c.stage_id
WHERE o.id = $1 AND s.playbook_id = o.playbook_id AND c.key = 'discount-approved' RETURNING s.id
"""
SPEAK = "mutation($l: String!) { updateViewer(input: {language: $l}) { userErrors { code } } }"


async def new_deal(demo: Demo) -> str:
    given = {"name": "Retrofit", "accountName": "Ostermann Anlagen", "playbookKey": "it-software"}
    id = str((await demo.run(CREATE, SELLER, input=given))["createOpportunity"]["opportunity"]["id"])
    await demo.database.fetch(WHERE_THE_VENDOR_CONFIRMS, id[4:])
    return id


async def advice(demo: Demo, who: str, id: str) -> dict[str, Any]:
    """The actions that somebody's confirmation is asked for by, by id."""
    actions = (await demo.run(ADVICE, who, id=id))["opportunity"]["recommendations"]["actions"]
    asked = [one for one in actions if (one["criterion"] or one["activity"] or {}).get("confirmedBy") == "VENDOR"]
    return {one["id"]: one for one in asked}


async def test_whoever_confirms_is_not_told_to_ask_themself(demo: Demo) -> None:
    id = await new_deal(demo)
    for language, asking, yours in (
        ("en", "Ask your channel manager", "Confirm or refuse: "),
        ("de", "Channel Manager", "Bestätigen oder ablehnen: "),
    ):
        for who in (SELLER, MANAGER, VENDOR):
            await demo.run(SPEAK, who, l=language)
        sold, managed, confirmed = [await advice(demo, who, id) for who in (SELLER, MANAGER, VENDOR)]
        assert sold.keys() == managed.keys() == confirmed.keys() != set()
        for key, one in confirmed.items():
            assert one["title"].startswith(yours)
            assert "channel manager" not in one["rationale"].lower()
            assert (one["draft"], one["draftReader"], one["checkBeforeSending"]) == (None, None, False)
            assert asking in sold[key]["title"]
            assert sold[key]["draft"]
            assert sold[key] == managed[key]


async def test_a_partner_without_a_channel_manager_asks_the_vendors_channel_team(demo: Demo) -> None:
    id = await new_deal(demo)
    for who in (SELLER, VENDOR):
        await demo.run(SPEAK, who, l="en")
    await demo.value("UPDATE organization SET channel_manager_id = NULL")
    asked = (await advice(demo, SELLER, id)).values()
    assert asked
    for one in asked:
        assert one["title"].startswith("Ask the vendor’s channel team ")
        assert "your channel manager" not in one["rationale"]
    assert all(one["title"].startswith("Confirm or refuse: ") for one in (await advice(demo, VENDOR, id)).values())
