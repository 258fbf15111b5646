"""A morning's list: what is worth doing next over all of a viewer's deals, ranked, paged, and nobody else's."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.database import Database, database
from app.demo.people import demo_id
from app.events.tail import tail
from app.recommendations.upkeep import advise_open_deals, follow_up
from app.settings import use_settings
from tests.conftest import SETTINGS
from tests.copies import Copies, enriched
from tests.schema.subscribers import over_websocket
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE, until

ACTION = "id title rationale urgency score dueAt status kind opportunity { id status owner { name } partner { id } }"
LIST = f"""query($first: Int, $after: Cursor, $filter: NextBestActionFilter) {{
  nextBestActions(first: $first, after: $after, filter: $filter) {{
    nodes {{ {ACTION} }} edges {{ cursor node {{ id }} }}
    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} totalCount asOf pendingDeals }} }}"""
OF_A_DEAL = "query($id: ID!) { opportunity(id: $id) { recommendations(first: 20) { actions { id } } } }"
RESPOND = (
    """mutation($input: RespondToActionInput!) { respondToAction(input: $input) { userErrors { code message } } }"""
)
NEW = {"name": "Cold store", "accountName": "Alpine Foods", "playbookKey": "it-software"}
AT_A_TIME = 100
RIVALS_MANAGER = "Aoife Byrne"


async def page(demo: Demo, who: str = SELLER, **asked: Any) -> dict[str, Any]:
    found = await demo.run(LIST, who, **asked)
    return dict(found["nextBestActions"])


async def whole(demo: Demo, who: str, **filter: Any) -> list[dict[str, Any]]:
    """All pages."""
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        found = await page(demo, who, first=AT_A_TIME, after=after, filter=filter or None)
        nodes += found["nodes"]
        if not found["pageInfo"]["hasNextPage"]:
            return nodes
        after = found["pageInfo"]["endCursor"]


async def advised(database: Database) -> None:
    """As a worker leaves it, however busy the machine."""
    await advise_open_deals(database, datetime.now(UTC), seconds=inf, rest=False)


@pytest.fixture(scope="module")
def demo_copies(postgres: str, demo_template: str) -> Iterator[Copies]:
    """With advice on all open deals."""
    use_settings(SETTINGS)
    with enriched(postgres, demo_template, "advised", advised) as copies:
        use_settings(None)
        yield copies


async def open_deals(demo: Demo, who: str) -> set[str]:
    query = "{ opportunities(first: 100, filter: {status: [OPEN]}) { totalCount nodes { id } } }"
    found = (await demo.run(query, who))["opportunities"]
    assert found["totalCount"] == len(found["nodes"])
    return {one["id"] for one in found["nodes"]}


async def respond(demo: Demo, action: str, response: str, who: str = SELLER, **given: Any) -> None:
    answer = await demo.run(RESPOND, who, input={"actionId": action, "response": response, **given})
    assert answer["respondToAction"]["userErrors"] == []


async def test_everybody_has_the_actions_of_their_own_open_deals_in_one_order(demo: Demo) -> None:
    for who in (SELLER, MANAGER, RIVAL):
        listed = await whole(demo, who)
        deals = await open_deals(demo, who)
        assert {one["opportunity"]["id"] for one in listed} == deals
        ids = [one["id"] for one in listed]
        assert len(ids) == len(set(ids)) == (await page(demo, who))["totalCount"]
        for deal in deals:  # each deal's own order is kept
            own = (await demo.run(OF_A_DEAL, who, id=deal))["opportunity"]["recommendations"]["actions"]
            assert [one["id"] for one in listed if one["opportunity"]["id"] == deal] == [one["id"] for one in own]
    sellers = {one["opportunity"]["owner"]["name"] for one in await whole(demo, SELLER)}
    assert sellers == {SELLER}
    mine, theirs = [{one["id"] for one in await whole(demo, who)} for who in (MANAGER, RIVAL)]
    everything = {one["id"] for one in await whole(demo, VENDOR)}
    assert mine.isdisjoint(theirs)
    assert mine | theirs <= everything


async def test_it_is_one_list_however_it_is_paged(demo: Demo) -> None:
    everything = [one["id"] for one in await whole(demo, MANAGER)]
    read, after = list[str](), None
    for _ in range(4):
        found = await page(demo, MANAGER, first=7, after=after)
        assert found["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert [edge["node"]["id"] for edge in found["edges"]] == [one["id"] for one in found["nodes"]]
        assert found["edges"][-1]["cursor"] == found["pageInfo"]["endCursor"]
        read, after = read + [one["id"] for one in found["nodes"]], found["pageInfo"]["endCursor"]
    assert read == everything[:28]
    assert (await page(demo, MANAGER, first=0))["nodes"] == []
    query = "query($after: Cursor) { nextBestActions(after: $after) { totalCount } }"
    assert await demo.errors(query, MANAGER, after="nonsense") == [("CURSOR_INVALID", ["after"])]
    events = (await demo.run("{ events(first: 1) { nodes { cursor } } }", MANAGER))["events"]["nodes"][0]["cursor"]
    assert await demo.errors(query, MANAGER, after=events) == [("CURSOR_INVALID", ["after"])]


async def test_filters_choose_among_them(demo: Demo) -> None:
    everything = await whole(demo, MANAGER)
    deal = everything[0]["opportunity"]["id"]

    async def chosen(**filter: Any) -> list[str]:
        return [one["id"] for one in await whole(demo, MANAGER, **filter)]

    def those(condition: Any) -> list[str]:
        return [one["id"] for one in everything if condition(one)]

    assert await chosen(opportunityIds=[deal]) == those(lambda one: one["opportunity"]["id"] == deal)
    assert await chosen(urgency=["HIGH", "CRITICAL"]) == those(lambda one: one["urgency"] in ("HIGH", "CRITICAL"))
    assert await chosen(kind=["SHARE_CONTENT"]) == those(lambda one: one["kind"] == "SHARE_CONTENT")
    assert await chosen(ownerId=f"usr_{demo_id(f'user/{SELLER}')}") == those(
        lambda one: one["opportunity"]["owner"]["name"] == SELLER
    )
    soon = datetime.now(UTC) + timedelta(days=3)
    assert await chosen(dueBefore=soon.isoformat()) == those(
        lambda one: one["dueAt"] is not None and datetime.fromisoformat(one["dueAt"]) < soon
    )
    best = await whole(demo, MANAGER, perDeal=1)
    assert sorted(one["opportunity"]["id"] for one in best) == sorted(await open_deals(demo, MANAGER))
    await respond(demo, everything[3]["id"], "ACCEPT", MANAGER)
    assert await chosen(accepted=True) == [everything[3]["id"]]
    assert len(await chosen(accepted=False)) == len(everything) - 1
    rivals = (await demo.run("{ viewer { organization { id } } }", RIVAL))["viewer"]["organization"]["id"]
    assert await chosen(partnerId=rivals.replace("org_", "ptr_")) == []


@pytest.mark.parametrize(
    ("filter", "argument"),
    [
        ({"perDeal": 0}, ["filter", "perDeal"]),
        ({"perDeal": 21}, ["filter", "perDeal"]),
        ({"ownerId": "opp_x"}, ["filter", "ownerId"]),
        ({"opportunityIds": ["nonsense"]}, ["filter", "opportunityIds"]),
    ],
)
async def test_a_filter_that_means_nothing_is_refused_at_its_place(
    demo: Demo, filter: dict[str, Any], argument: list[str]
) -> None:
    [(_, place)] = await demo.errors(LIST, MANAGER, filter=filter)
    assert place[:2] == argument


async def test_what_is_answered_is_gone_and_what_comes_next_is_there(demo: Demo) -> None:
    listed = await whole(demo, SELLER)
    dismissed, done = listed[0]["id"], next(one["id"] for one in listed[1:] if one["kind"] == "DO_ACTIVITY")
    await respond(demo, dismissed, "DISMISS", reason="Not now")
    await respond(demo, done, "COMPLETE")
    left = {one["id"] for one in await whole(demo, SELLER)}
    assert left.isdisjoint({dismissed, done})
    assert (await page(demo, SELLER))["pendingDeals"] == 0  # two deals at most: they were seen to at once
    assert {one["id"] for one in await whole(demo, MANAGER)}.isdisjoint({dismissed, done})


async def test_what_is_put_off_comes_back_on_its_day(demo: Demo) -> None:
    first = next(one for one in await whole(demo, SELLER) if one["kind"] in ("COMPLETE_CRITERION", "DO_ACTIVITY"))
    now = datetime.now(UTC)
    await respond(demo, first["id"], "SNOOZE", until=(now.date() + timedelta(days=2)).isoformat())
    same = {"opportunityIds": [first["opportunity"]["id"]], "kind": [first["kind"]]}
    for days, back in ((0, False), (1, False), (2, True)):
        await advise_open_deals(demo.database, now + timedelta(days=days), seconds=inf, rest=False)
        listed = await whole(demo, SELLER, **same)
        assert first["id"] not in {one["id"] for one in listed}
        assert (first["title"] in {one["title"] for one in listed}) is back, days


async def test_a_closed_deal_has_none_and_a_new_one_is_in_it(demo: Demo) -> None:
    deal = (await page(demo, SELLER))["nodes"][0]["opportunity"]["id"]
    close = """mutation($input: AdvanceStageInput!) { advanceStage(input: $input) { userErrors { code } } }"""
    lost = await demo.value(
        "SELECT s.key FROM stage s JOIN opportunity o ON o.playbook_id = s.playbook_id WHERE o.id = $1"
        " AND s.kind = 'LOST'",
        deal.removeprefix("opp_"),
    )
    asked = {"opportunityId": deal, "toStageKey": lost, "reason": "They stopped the project"}
    assert (await demo.run(close, SELLER, input=asked))["advanceStage"]["userErrors"] == []
    assert deal not in {one["opportunity"]["id"] for one in await whole(demo, SELLER)}
    unseen = (await page(demo, SELLER))["nodes"][0]["opportunity"]["id"]  # closed before any advice has noticed
    close_now = "UPDATE opportunity SET status = 'LOST', closed_at = now() WHERE id = $1 RETURNING id"
    await demo.database.fetch(close_now, unseen.removeprefix("opp_"))
    assert unseen not in {one["opportunity"]["id"] for one in await whole(demo, SELLER)}
    create = """mutation($input: CreateOpportunityInput!) {
      createOpportunity(input: $input) { opportunity { id } userErrors { code } } }"""
    made = await demo.run(create, SELLER, input=NEW)
    assert made["createOpportunity"]["userErrors"] == []
    new = made["createOpportunity"]["opportunity"]["id"]
    assert new in {one["opportunity"]["id"] for one in await whole(demo, SELLER)}


async def test_a_deal_that_went_to_another_partner_is_in_nobody_elses_list(demo: Demo) -> None:
    deal = (await page(demo, SELLER))["nodes"][0]["opportunity"]["id"]
    before = {one["id"] for one in await whole(demo, SELLER, opportunityIds=[deal])}
    rivals = (await demo.run("{ viewer { organization { id } } }", RIVAL))["viewer"]["organization"]["id"]
    transfer = """mutation($input: UpdateOpportunityInput!) {
      updateOpportunity(input: $input) { userErrors { code message path } } }"""
    given = {"opportunityId": deal, "partnerId": rivals.replace("org_", "ptr_")}
    assert (await demo.run(transfer, VENDOR, input=given))["updateOpportunity"]["userErrors"] == []
    for who in (SELLER, MANAGER, RIVAL):
        assert deal not in {one["opportunity"]["id"] for one in await whole(demo, who)}
    await advised(demo.database)
    theirs = [one for one in await whole(demo, RIVALS_MANAGER) if one["opportunity"]["id"] == deal]
    everything = {one["id"] for one in await whole(demo, VENDOR, opportunityIds=[deal])}
    assert theirs != []
    assert {one["id"] for one in theirs} == everything
    assert everything.isdisjoint(before)


async def test_it_is_told_in_the_readers_language_whoever_reads_it_first(demo: Demo) -> None:
    speak = "mutation($l: String!) { updateViewer(input: {language: $l}) { userErrors { code } } }"
    german = {one["id"]: one["rationale"] for one in await whole(demo, MANAGER)}
    await demo.run(speak, MANAGER, l="fr")
    waiting = (await page(demo, MANAGER, first=0))["pendingDeals"]
    await advised(demo.database)
    french = {one["id"]: one["rationale"] for one in await whole(demo, MANAGER)}
    assert waiting == len(await open_deals(demo, MANAGER))
    assert (await page(demo, MANAGER, first=1))["pendingDeals"] == 0
    assert german.keys() == french.keys()
    assert all(german[id] != french[id] for id in german)


async def test_a_request_works_out_a_few_deals_and_never_dozens(demo: Demo) -> None:
    await demo.database.fetch("DELETE FROM recommendation RETURNING id")
    await demo.database.fetch("DELETE FROM action_content RETURNING id")
    await demo.database.fetch("DELETE FROM next_best_action WHERE status = 'PROPOSED' RETURNING id")
    cold = await page(demo, VENDOR, first=50)
    assert (cold["nodes"], cold["asOf"]) == ([], None)
    assert cold["pendingDeals"] > 100
    assert await demo.value("SELECT count(*) FROM recommendation") == 0
    await advised(demo.database)
    warm = await page(demo, VENDOR, first=50)
    assert (len(warm["nodes"]), warm["pendingDeals"]) == (50, 0)
    changed = (
        "UPDATE opportunity SET version = version + 1, updated_at = now() WHERE id = ANY ($1::uuid[]) RETURNING id"
    )
    deals = list(dict.fromkeys(one["opportunity"]["id"].removeprefix("opp_") for one in warm["nodes"]))
    for number, left in ((5, 0), (6, 6)):
        await demo.database.fetch(changed, deals[:number])
        assert (await page(demo, VENDOR, first=50))["pendingDeals"] == left, number


async def test_every_deal_has_advice_of_the_day(demo: Demo) -> None:
    count = await demo.value("SELECT count(*) FROM opportunity WHERE status = 'OPEN'")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert await advise_open_deals(demo.database, tomorrow, seconds=inf, rest=False) == count
    assert await advise_open_deals(demo.database, tomorrow, seconds=inf, rest=False) == 0


async def test_what_is_new_or_answered_is_followed_up_once(demo: Demo) -> None:
    before = datetime.now(UTC)
    action = (await page(demo, SELLER))["nodes"][0]["id"]
    await respond(demo, action, "DISMISS", reason="They do it themselves")
    create = "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } } }"
    new = (await demo.run(create, SELLER, input=NEW))["createOpportunity"]["opportunity"]["id"].removeprefix("opp_")
    told = "SELECT count(*) FROM event WHERE type = 'RECOMMENDATIONS_UPDATED' AND opportunity_id = $1"
    assert await demo.value(told, new) == 0
    assert await follow_up(demo.database, datetime.now(UTC), before) == 2
    assert await follow_up(demo.database, datetime.now(UTC), before) == 0
    assert await demo.value(told, new) == 1
    assert (await page(demo, SELLER))["pendingDeals"] == 0


async def test_a_deal_whose_advice_fails_keeps_no_other_from_its_own(demo: Demo) -> None:
    broken = (await deal_of(demo, SELLER)).removeprefix("opp_")
    unreadable = """UPDATE recommendation SET readings = '["?"]' WHERE opportunity_id = $1 RETURNING id"""
    await demo.database.fetch(unreadable, broken)
    await demo.database.fetch("UPDATE opportunity SET version = version + 1 WHERE status = 'OPEN' RETURNING id")
    await advised(demo.database)
    late = "SELECT o.id FROM opportunity o JOIN recommendation r ON r.opportunity_id = o.id"
    late += " WHERE o.status = 'OPEN' AND r.opportunity_version <> o.version"
    assert [str(row["id"]) for row in await demo.database.fetch(late)] == [broken]


async def test_a_model_is_asked_about_deals_that_somebody_reads_and_no_others(demo: Demo) -> None:
    model = {"openai_base_url": "http://127.0.0.1:9/v1", "openai_api_key": SecretStr("sk-none"), "llm_model": "some"}
    use_settings(SETTINGS.model_copy(update=model))
    asked = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'enrich_recommendations'"
    await demo.database.fetch("UPDATE opportunity SET version = version + 1 WHERE status = 'OPEN' RETURNING id")
    await advised(demo.database)
    await page(demo, SELLER)
    assert await demo.value(asked) == 0
    told = "SELECT count(*) FROM event WHERE type = 'RECOMMENDATIONS_UPDATED'"
    before = await demo.value(told)
    await demo.run(OF_A_DEAL, SELLER, id=await deal_of(demo, SELLER))
    assert await demo.value(asked) == 1
    assert await demo.value(told) == before  # whoever reads it finds that the model is asked


async def test_a_page_takes_as_many_statements_for_fifty_as_for_five(demo: Demo) -> None:
    query = """query($first: Int) { nextBestActions(first: $first) {
      nodes { id title rationale evidence { fact } opportunity { id name } } } }"""
    for who, statements in ((VENDOR, 3), (SELLER, 3)):
        counts = [await demo.statements_of(query, who, first=first) for first in (5, 50)]
        assert counts == [statements] * 2, who
    assert await demo.statements_of("{ nextBestActions { nodes { id title } } }", SELLER) == 2
    assert await demo.statements_of("{ nextBestActions { nodes { id } totalCount pendingDeals } }", SELLER) == 4


@pytest.fixture
async def server(demo_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    async with running(settings_for(demo_url, tmp_path)) as server:
        yield server


async def test_changes_are_told_of_every_deal_that_one_may_see_and_of_no_other(server: Server) -> None:
    demo = Demo(database())
    query = "subscription { recommendationsUpdated(first: 1) { opportunity { id } actions { id status } } }"
    async with AsyncExitStack() as lines, asyncio.timeout(PATIENCE):
        told = {}
        for who in (SELLER, MANAGER, COLLEAGUE, RIVAL):
            token = server.token_for(str(demo_id(f"user/{who}")))
            told[who] = await lines.enter_async_context(over_websocket(server.base_url, token, query, {}))
        await until(lambda: _joined(len(told)))
        accepted = {}
        for who in (RIVAL, SELLER, COLLEAGUE):
            deal = await deal_of(demo, who)
            first = (await whole(demo, who, opportunityIds=[deal]))[0]["id"]
            accepted[who] = {"opportunity": {"id": deal}, "actions": [{"id": first, "status": "ACCEPTED"}]}
            await respond(demo, first, "ACCEPT", who)

        async def hears(who: str) -> dict[str, Any]:
            return dict((await anext(told[who]))["data"]["recommendationsUpdated"])

        # In the order in which it happened, each beginning with what is theirs to hear.
        assert await hears(RIVAL) == accepted[RIVAL]
        assert await hears(SELLER) == accepted[SELLER]
        assert await hears(COLLEAGUE) == accepted[COLLEAGUE]
        assert [await hears(MANAGER) for _ in range(2)] == [accepted[SELLER], accepted[COLLEAGUE]]


async def _joined(number: int) -> bool:
    return len(tail().fanout) == number
