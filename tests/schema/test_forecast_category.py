"""The forecast category of a deal: its stage's, or one that somebody has set by hand."""

from typing import Any
from uuid import UUID

from app.demo.people import demo_id
from tests.schema.world import RIVAL, SELLER, VENDOR, Demo

ASK = """query($id: ID!) { opportunity(id: $id) {
  stage { forecastCategory } forecastCategory forecastCategorySetAt forecastCategorySetBy { name } version } }"""
SET = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { forecastCategory } userErrors { code path message } } }"""
MOVE = "mutation($input: AdvanceStageInput!) { advanceStage(input: $input) { userErrors { code } } }"


async def open_deal(demo: Demo) -> str:
    id: UUID = await demo.value(
        "SELECT o.id FROM opportunity o JOIN stage s ON s.id = o.stage_id WHERE o.partner_id = $1 AND o.owner_id = $2"
        " AND o.status = 'OPEN' AND s.forecast_category = 'PIPELINE' ORDER BY o.id LIMIT 1",
        demo_id("org/alpine-it"),
        demo_id(f"user/{SELLER}"),
    )
    return f"opp_{id}"


async def asked(demo: Demo, id: str, who: str = SELLER) -> dict[str, Any]:
    found: dict[str, Any] = (await demo.run(ASK, who, id=id))["opportunity"]
    return found


async def put(demo: Demo, id: str, category: str | None, who: str = SELLER) -> list[dict[str, Any]]:
    answer = await demo.run(SET, who, input={"opportunityId": id, "forecastCategory": category})
    errors: list[dict[str, Any]] = answer["updateOpportunity"]["userErrors"]
    return errors


async def test_a_category_set_by_hand_says_by_whom_and_goes_back_to_the_stages(demo: Demo) -> None:
    id = await open_deal(demo)
    before = await asked(demo, id)
    assert before["forecastCategory"] == before["stage"]["forecastCategory"] == "PIPELINE"
    assert (before["forecastCategorySetAt"], before["forecastCategorySetBy"]) == (None, None)
    assert await put(demo, id, "COMMIT") == []
    by_hand = await asked(demo, id)
    assert (by_hand["forecastCategory"], by_hand["stage"]["forecastCategory"]) == ("COMMIT", "PIPELINE")
    assert by_hand["forecastCategorySetBy"] == {"name": SELLER}
    assert by_hand["forecastCategorySetAt"] is not None
    told = "SELECT payload -> 'fields' FROM event WHERE type = 'OPPORTUNITY_UPDATED' ORDER BY seq DESC LIMIT 1"
    assert await demo.value(told) == '["forecastCategory"]'
    assert await put(demo, id, None) == []
    after = await asked(demo, id)
    assert after == {**before, "version": before["version"] + 2}


async def test_an_open_deal_is_never_closed_by_hand(demo: Demo) -> None:
    id = await open_deal(demo)
    before = await asked(demo, id)
    (error,) = await put(demo, id, "CLOSED")
    assert (error["code"], error["path"]) == ("INVALID", ["forecastCategory"])
    assert await asked(demo, id) == before


async def test_a_closed_deal_has_its_stages_category(demo: Demo) -> None:
    id = await open_deal(demo)
    assert await put(demo, id, "COMMIT") == []
    lost = {"opportunityId": id, "toStageKey": "closed-lost", "override": True, "reason": "They went elsewhere"}
    moved = await demo.run(MOVE, VENDOR, input=lost)
    assert moved["advanceStage"]["userErrors"] == []
    assert (await asked(demo, id))["forecastCategory"] == "OMITTED"
    (error,) = await put(demo, id, "BEST_CASE")
    assert error["path"] == ["forecastCategory"]


async def test_nobody_sets_it_on_a_deal_that_they_dont_see(demo: Demo) -> None:
    id = await open_deal(demo)
    (error,) = await put(demo, id, "COMMIT", RIVAL)
    assert error["code"] == "NOT_FOUND"
    assert (await asked(demo, id))["forecastCategory"] == "PIPELINE"


async def test_what_was_expected_stays_with_the_partner_that_expected_it(demo: Demo) -> None:
    id = await open_deal(demo)
    assert await put(demo, id, "COMMIT") == []
    given = {"opportunityId": id, "partnerId": f"ptr_{demo_id('org/brightwater')}"}
    answer = await demo.run(SET, VENDOR, input=given)
    assert answer["updateOpportunity"]["userErrors"] == []
    after = await asked(demo, id, VENDOR)
    assert (after["forecastCategory"], after["forecastCategorySetAt"]) == ("PIPELINE", None)
