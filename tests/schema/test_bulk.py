"""The same changes to many deals, each on its own."""

from typing import Any

import pytest

from app.deals.bulk import MOST
from app.demo.people import demo_id
from app.models.columns import new_id
from schema.engine.read.cost import CHANGE
from tests.schema.test_contacts import changed, refusals
from tests.schema.test_cost import cost
from tests.schema.world import COLLEAGUE, MANAGER, SELLER, VENDOR, Demo, deal_of
from tests.tables import contents_of_all_tables

CLOSED = "SELECT id FROM opportunity WHERE partner_id = $1 AND status <> 'OPEN' ORDER BY id LIMIT 1"
UPDATE = """mutation($input: UpdateOpportunitiesInput!) { updateOpportunities(input: $input) {
  results { opportunityId opportunity { nextStep version owner { name } } left notice userErrors { code path } }
  userErrors { code message path } clientMutationId } }"""


async def several(demo: Demo) -> list[str]:
    """The seller's own, a colleague's that they don't see, and none at all."""
    hidden = await deal_of(
        demo,
        COLLEAGUE,
        "NOT EXISTS (SELECT FROM team_member s WHERE s.opportunity_id = opportunity.id)",
    )
    return [f"opp_{new_id()}", await deal_of(demo, SELLER), hidden]


@pytest.mark.parametrize("key", [None, "once"])
async def test_those_that_can_be_changed_are_and_the_others_say_why_not(demo: Demo, key: str | None) -> None:
    ids = await several(demo)
    answer = await changed(demo, UPDATE, opportunityIds=ids, nextStep="Call them", clientMutationId=key)
    assert answer["userErrors"] == []
    assert [one["opportunityId"] for one in answer["results"]] == ids
    missing = [{"code": "NOT_FOUND", "path": ["opportunityId"]}]
    assert [one["userErrors"] for one in answer["results"]] == [missing, [], missing]
    assert [one["opportunity"] and one["opportunity"]["nextStep"] for one in answer["results"]] == [
        None,
        "Call them",
        None,
    ]
    if key is not None:
        before = await contents_of_all_tables(demo.database)
        again = await changed(demo, UPDATE, opportunityIds=ids, nextStep="Call them", clientMutationId=key)
        assert again["results"] == answer["results"]
        assert await contents_of_all_tables(demo.database) == before


@pytest.mark.parametrize("key", [None, "once"])
async def test_of_one_that_is_refused_nothing_is_changed(demo: Demo, key: str | None) -> None:
    own = await deal_of(demo, SELLER)
    closed = f"opp_{await demo.value(CLOSED, demo_id('org/alpine-it'))}"
    before = await demo.value("SELECT (o.*)::text FROM opportunity o WHERE id = $1::text::uuid", closed[4:])
    answer = await changed(
        demo, UPDATE, MANAGER, opportunityIds=[closed, own], nextStep="Both", source="VENDOR", clientMutationId=key
    )
    assert [[error["path"] for error in one["userErrors"]] for one in answer["results"]] == [[["source"]], []]
    assert await demo.value("SELECT (o.*)::text FROM opportunity o WHERE id = $1::text::uuid", closed[4:]) == before


@pytest.mark.parametrize("ids", [[], ["same", "same"], [None] * (MOST + 1)])
async def test_each_is_named_once_and_there_are_not_too_many(demo: Demo, ids: list[Any]) -> None:
    own = await deal_of(demo, SELLER)
    named = [own if one == "same" else f"opp_{new_id()}" for one in ids]
    answer = await changed(demo, UPDATE, opportunityIds=named, nextStep="x")
    assert refusals(answer) == [("INVALID", ["opportunityIds"])]
    assert answer["results"] == []


async def test_a_deal_costs_what_it_costs_alone_and_so_many_statements(demo: Demo) -> None:
    ids = [
        f"opp_{row['id']}"
        for row in await demo.database.fetch("SELECT id FROM opportunity WHERE status = 'OPEN' ORDER BY id LIMIT 9")
    ]
    counts = []
    for number, step in ((1, "one"), (5, "five"), (9, "nine")):
        given = {"opportunityIds": ids[:number], "nextStep": step}
        counts.append(await demo.statements_of(UPDATE, VENDOR, input=given))
    assert (counts[2] - counts[1]) / 4 <= (counts[1] - counts[0]) / 4 + 0.5


def test_each_deal_is_priced_as_a_change_of_its_own() -> None:
    literal = """mutation { updateOpportunities(input: {opportunityIds: ["a", "b", "c"], nextStep: "x"}) {
      results { opportunityId } } }"""
    one = cost(UPDATE, {"input": {"opportunityIds": ["a"]}})
    assert cost(UPDATE, {"input": {"opportunityIds": ["a"] * 50}}) >= 50 * CHANGE + one - CHANGE
    assert cost(literal) >= 3 * CHANGE
    assert cost(UPDATE, {"input": {"opportunityIds": ["a"] * 100_000}}) == cost(
        UPDATE, {"input": {"opportunityIds": ["a"] * MOST}}
    )
