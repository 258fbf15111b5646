"""Next best actions as the portal asks for them: at once, the same for the same state, gone when they apply no more."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.demo.people import demo_id
from app.recommendations.upkeep import expire_outdated
from tests.schema.world import ADVANCE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of
from tests.statements import counting
from tests.tables import contents_of_all_tables
from tests.waiting import PATIENCE

ACTION = """id kind title rationale draft score urgency dueAt effortMinutes status source promptVersion model
  evidence { fact value source } contents { key title } criterion { id key } activity { id key } targetStage { key }
  opportunity { id } respondedAt respondedBy { name } responseReason"""
RECOMMENDATIONS = f"""query($id: ID!, $first: Int, $refresh: Boolean) {{ opportunity(id: $id) {{ version
  recommendations(first: $first, refresh: $refresh) {{ generatedAt source enrichment actions {{ {ACTION} }} }} }} }}"""


async def advice(demo: Demo, id: str, who: str = SELLER, **variables: Any) -> dict[str, Any]:
    found = (await demo.run(RECOMMENDATIONS, who, id=id, **variables))["opportunity"]["recommendations"]
    return dict(found)


async def test_a_deal_gets_three_actions_with_reason_and_evidence(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    found = await advice(demo, id)
    assert (found["source"], found["enrichment"]) == ("RULES", "NOT_CONFIGURED")
    assert len(found["actions"]) == 3
    for action in found["actions"]:
        assert all(action[name] for name in ("title", "rationale", "evidence"))
        assert (action["status"], action["source"]) == ("PROPOSED", "RULES")
        assert action["opportunity"] == {"id": id}


async def test_reading_again_serves_the_same_actions_and_writes_nothing(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    first = await advice(demo, id)
    before = await demo.value("SELECT pg_current_xact_id()::text")
    for _ in range(3):
        assert await advice(demo, id) == first
    written = await demo.value("SELECT pg_current_xact_id()::text::bigint - $1::text::bigint", before)
    assert written == 1  # the question itself took the one


async def test_node_finds_an_action_for_those_who_see_its_deal(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    (first, *_) = (await advice(demo, id))["actions"]
    query = "query($id: ID!) { node(id: $id) { id ... on NextBestAction { title } } }"
    mine = {"node": {"id": first["id"], "title": first["title"]}}
    assert [await demo.run(query, who, id=first["id"]) for who in (SELLER, MANAGER)] == [mine] * 2
    assert (await demo.run(query, VENDOR, id=first["id"]))["node"]["id"] == first["id"]  # in a language of their own
    assert await demo.run(query, RIVAL, id=first["id"]) == {"node": None}


RESPOND = f"""mutation($input: RespondToActionInput!) {{ respondToAction(input: $input) {{
  action {{ {ACTION} }} opportunity {{ version stage {{ key }} }} transition {{ kind }}
  userErrors {{ code path message }} }} }}"""


async def respond(demo: Demo, id: str, response: str, who: str = SELLER, **given: Any) -> dict[str, Any]:
    answer = await demo.run(RESPOND, who, input={"actionId": id, "response": response, **given})
    return dict(answer["respondToAction"])


FROM_OTHERS, EMPTY = "bestätigen lassen", "leer oder nicht mehr aktuell"
"""The seller reads German. Of criteria that others confirm, and of those that the deal's own fields decide."""


def is_own_word(action: dict[str, Any]) -> bool:
    told = {one["value"] for one in action["evidence"]}
    return FROM_OTHERS not in action["title"] and EMPTY not in told


async def of_kind(demo: Demo, kind: str, condition: str = "TRUE", who: str = SELLER) -> tuple[str, dict[str, Any]]:
    """The first of a seller's open deals that is advised an action of this kind, and the action; of deals that don't
    move on by what is done for them."""
    rows = await demo.database.fetch(
        "SELECT o.id FROM opportunity o JOIN stage s ON s.id = o.stage_id WHERE o.owner_id = $1 AND o.status = 'OPEN'"
        f" AND NOT s.auto_advance AND {condition} ORDER BY o.id",
        demo_id(f"user/{who}"),
    )
    for row in rows:
        for action in (await advice(demo, f"opp_{row['id']}", who, first=20))["actions"]:
            if action["kind"] == kind and (kind != "COMPLETE_CRITERION" or is_own_word(action)):
                return f"opp_{row['id']}", action
    raise AssertionError(f"no deal is advised {kind}")


async def ready_to_advance(demo: Demo) -> tuple[str, dict[str, Any]]:
    """A deal of which everything is done that its stage and the next one ask for, and the action that says so."""
    query = """query($id: ID!) { opportunity(id: $id) { stage { key activities { id } } qualification { key }
      criteria(scope: ALL) { met criterion { id check } } } }"""
    id = await deal_of(demo, SELLER, "stage_id IN (SELECT id FROM stage WHERE position = 2)")
    deal = (await demo.run(query, SELLER, id=id))["opportunity"]
    done = "mutation($input: CompleteActivityInput!) { completeActivity(input: $input) { userErrors { code } } }"
    for activity in deal["stage"]["activities"]:
        await demo.run(done, SELLER, input={"opportunityId": id, "activityId": activity["id"]})
    told = {
        "opportunityId": id,
        "amount": {"amount": "20000", "currency": "EUR"},
        "expectedCloseDate": str(datetime.now(UTC).date() + timedelta(days=90)),
        "nextStep": "Meet",
        "qualification": [{"questionKey": one["key"], "answer": "Known"} for one in deal["qualification"]],
    }
    update = "mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) { userErrors { code } } }"
    assert (await demo.run(update, SELLER, input=told))["updateOpportunity"]["userErrors"] == []
    mark = "mutation($input: MarkCriterionInput!) { markCriterion(input: $input) { userErrors { code } } }"
    for criterion in [one["criterion"] for one in deal["criteria"] if one["criterion"]["check"] == "MANUAL"]:
        await demo.run(mark, SELLER, input={"opportunityId": id, "criterionId": criterion["id"], "met": True})
    actions = (await advice(demo, id, first=20))["actions"]
    return id, next(action for action in actions if action["kind"] == "ADVANCE_STAGE")


async def test_accepting_is_remembered_and_saying_so_again_changes_nothing(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    (first, *_) = (await advice(demo, id))["actions"]
    once = await respond(demo, first["id"], "ACCEPT")
    before = await contents_of_all_tables(demo.database)
    assert await respond(demo, first["id"], "ACCEPT") == once
    assert await contents_of_all_tables(demo.database) == before
    assert (once["action"]["status"], once["action"]["respondedBy"]) == ("ACCEPTED", {"name": SELLER})
    assert once["userErrors"] == []
    assert next(action["id"] for action in (await advice(demo, id))["actions"]) == first["id"]


async def test_dismissing_takes_a_reason_and_the_action_does_not_come_back(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    (first, *_) = (await advice(demo, id))["actions"]
    before = await contents_of_all_tables(demo.database)
    unreasoned = await respond(demo, first["id"], "DISMISS", reason="  ")
    assert [(e["code"], e["path"]) for e in unreasoned["userErrors"]] == [("INVALID", ["reason"])]
    assert await contents_of_all_tables(demo.database) == before
    done = await respond(demo, first["id"], "DISMISS", reason="They asked us to wait")
    assert (done["action"]["status"], done["action"]["responseReason"]) == ("DISMISSED", "They asked us to wait")
    after = await advice(demo, id, first=20, refresh=True)
    assert first["id"] not in {action["id"] for action in after["actions"]}
    assert (first["kind"], first["title"]) not in {(a["kind"], a["title"]) for a in after["actions"]}
    late = await respond(demo, first["id"], "COMPLETE")
    assert [(e["code"], e["path"]) for e in late["userErrors"]] == [("CONFLICT", ["actionId"])]


async def test_a_question_is_not_answered_by_saying_so(demo: Demo) -> None:
    id, action = await of_kind(demo, "ANSWER_QUESTION")
    before = await contents_of_all_tables(demo.database)
    for reason in ({}, {"reason": " "}):
        empty = await respond(demo, action["id"], "COMPLETE", **reason)
        assert [(e["code"], e["path"]) for e in empty["userErrors"]] == [("BLOCKED", ["reason"])]
    assert await contents_of_all_tables(demo.database) == before
    done = await respond(demo, action["id"], "COMPLETE", reason="Two rivals were asked as well")
    assert (done["userErrors"], done["action"]["status"]) == ([], "COMPLETED")
    query = "query($id: ID!) { opportunity(id: $id) { qualification { answer answeredBy { name } } } }"
    answers = (await demo.run(query, SELLER, id=id))["opportunity"]["qualification"]
    assert {"answer": "Two rivals were asked as well", "answeredBy": {"name": SELLER}} in answers


async def test_a_close_date_is_not_set_by_saying_so(demo: Demo) -> None:
    await demo.database.fetch(
        "UPDATE opportunity SET expected_close_date = current_date - 9 WHERE status = 'OPEN' AND owner_id = $1",
        demo_id(f"user/{SELLER}"),
    )
    _, action = await of_kind(demo, "FIX_CLOSE_DATE")
    early = await respond(demo, action["id"], "COMPLETE", reason="Set it")
    assert [(e["code"], e["path"]) for e in early["userErrors"]] == [
        ("BLOCKED", ["updateOpportunity", "expectedCloseDate"])
    ]
    assert early["userErrors"][0]["message"].startswith("Im Deal steht noch 20")
    assert early["action"] is None


async def test_completing_what_stands_for_a_criterion_marks_it(demo: Demo) -> None:
    id, action = await of_kind(demo, "COMPLETE_CRITERION")
    done = await respond(demo, action["id"], "COMPLETE", reason="Their CFO confirmed it in writing")
    assert (done["userErrors"], done["action"]["status"]) == ([], "COMPLETED")
    mark = await demo.database.fetchrow(
        "SELECT met, evidence FROM criterion_mark WHERE opportunity_id = $1 AND criterion_id = $2",
        id.removeprefix("opp_"),
        action["criterion"]["id"].removeprefix("crt_"),
    )
    assert mark is not None
    assert (mark["met"], mark["evidence"]) == (True, "Their CFO confirmed it in writing")
    types = [
        row["type"]
        for row in await demo.database.fetch(
            "SELECT type FROM event WHERE opportunity_id = $1 ORDER BY seq DESC LIMIT 3", id.removeprefix("opp_")
        )
    ]
    assert {"CRITERION_MARKED", "RECOMMENDATIONS_UPDATED"} <= set(types)


async def test_completing_what_stands_for_an_activity_records_it_and_for_a_move_makes_it(demo: Demo) -> None:
    id, action = await of_kind(demo, "DO_ACTIVITY")
    assert (await respond(demo, action["id"], "COMPLETE"))["userErrors"] == []
    status = await demo.value(
        "SELECT status FROM opportunity_activity WHERE opportunity_id = $1 AND activity_id = $2",
        id.removeprefix("opp_"),
        action["activity"]["id"].removeprefix("act_"),
    )
    assert status == "COMPLETED"
    id, action = await ready_to_advance(demo)
    done = await respond(demo, action["id"], "COMPLETE")
    assert (done["userErrors"], done["transition"]) == ([], {"kind": "FORWARD"})
    assert done["opportunity"]["stage"]["key"] == action["targetStage"]["key"]


async def test_a_criterion_that_fields_decide_is_not_completed_by_saying_so(demo: Demo) -> None:
    given = {"name": "New", "accountName": "Customer", "playbookKey": "it-software"}
    create = "mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) { opportunity { id } } }"
    id = (await demo.run(create, SELLER, input=given))["createOpportunity"]["opportunity"]["id"]
    actions = (await advice(demo, id, first=20))["actions"]
    action = next(a for a in actions if EMPTY in {one["value"] for one in a["evidence"]})
    before = await contents_of_all_tables(demo.database)
    refused = await respond(demo, action["id"], "COMPLETE")
    assert [(e["code"], e["path"]) for e in refused["userErrors"]] == [
        ("BLOCKED", ["updateOpportunity", "amount"]),
        ("BLOCKED", ["updateOpportunity", "expectedCloseDate"]),
    ]
    told = refused["userErrors"][0]["message"]
    assert told.startswith("Zuerst ausfüllen: Betrag. Davon hängt ab: ")
    assert not any(word in told for word in ("deal.", "updateOpportunity", "&&", '"'))
    assert await contents_of_all_tables(demo.database) == before


async def test_advice_that_a_change_of_the_deal_made_void_has_expired(demo: Demo) -> None:
    id, action = await of_kind(demo, "COMPLETE_CRITERION")
    kept = {a["id"] for a in (await advice(demo, id, first=20))["actions"]}
    mark = "mutation($input: MarkCriterionInput!) { markCriterion(input: $input) { userErrors { code } } }"
    given = {"opportunityId": id, "criterionId": action["criterion"]["id"], "met": True}
    assert (await demo.run(mark, SELLER, input=given))["markCriterion"]["userErrors"] == []
    late = await respond(demo, action["id"], "COMPLETE")  # before anybody has read the deal's advice again
    assert [(e["code"], e["path"]) for e in late["userErrors"]] == [("CONFLICT", ["actionId"])]
    after = await advice(demo, id, first=20)
    assert action["id"] not in {a["id"] for a in after["actions"]}
    assert kept & {a["id"] for a in after["actions"]}, "what still applies stays the same action"
    node = "query($id: ID!) { node(id: $id) { ... on NextBestAction { status } } }"
    assert await demo.run(node, SELLER, id=action["id"]) == {"node": {"status": "EXPIRED"}}


async def test_a_closed_deal_has_no_actions_and_those_it_had_have_expired(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    (first, *_) = (await advice(demo, id))["actions"]
    lost = {"opportunityId": id, "toStageKey": "closed-lost", "reason": "No budget"}
    assert (await demo.run(ADVANCE, SELLER, input=lost))["advanceStage"]["userErrors"] == []
    node = "query($id: ID!) { node(id: $id) { ... on NextBestAction { status } } }"
    assert await demo.run(node, SELLER, id=first["id"]) == {"node": {"status": "EXPIRED"}}
    assert (await advice(demo, id))["actions"] == []
    answer = await respond(demo, first["id"], "ACCEPT")
    assert [(e["code"], e["path"]) for e in answer["userErrors"]] == [("CONFLICT", ["actionId"])]


async def test_a_competitors_action_and_an_unknown_one_are_refused_alike(demo: Demo) -> None:
    id = await deal_of(demo, RIVAL)
    (theirs, *_) = (await advice(demo, id, RIVAL))["actions"]
    unknown = "nba_00000000-0000-7000-8000-000000000000"
    answers = [await respond(demo, one, "ACCEPT") for one in (theirs["id"], unknown)]
    assert answers[0] == answers[1]
    assert [(e["code"], e["path"]) for e in answers[0]["userErrors"]] == [("NOT_FOUND", ["actionId"])]


async def test_an_action_is_hidden_with_the_content_that_it_speaks_of(demo: Demo) -> None:
    id, action = await of_kind(demo, "STUDY_CONTENT")
    key = action["contents"][0]["key"]
    await demo.value("UPDATE content SET audience = '{REGISTERED}' WHERE key = $1 RETURNING id", key)
    seen = (await advice(demo, id, first=20))["actions"]  # as it was made before: nothing says that content changed
    assert action["id"] not in {a["id"] for a in seen}
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert await demo.run(node, SELLER, id=action["id"]) == {"node": None}
    assert await demo.run(node, VENDOR, id=action["id"]) == {"node": {"id": action["id"]}}
    refused = await respond(demo, action["id"], "ACCEPT")
    assert [(e["code"], e["path"]) for e in refused["userErrors"]] == [("NOT_FOUND", ["actionId"])]


async def test_new_content_is_advised_at_once(demo: Demo) -> None:
    id, action = await of_kind(demo, "STUDY_CONTENT")
    archive = "UPDATE content SET archived = TRUE, updated_at = clock_timestamp() WHERE key = $1 RETURNING id"
    await demo.value(archive, action["contents"][0]["key"])
    after = (await advice(demo, id, first=20))["actions"]
    assert action["id"] not in {a["id"] for a in after}


@pytest.mark.parametrize("refresh", [False, True])
async def test_the_number_of_statements_does_not_depend_on_the_number_of_deals(demo: Demo, refresh: bool) -> None:
    query = """query($first: Int, $refresh: Boolean) {
      opportunities(first: $first, filter: { status: [OPEN] }) { nodes { recommendations(refresh: $refresh) {
        actions { title evidence { fact } contents { key } criterion { key } } } } } }"""
    await demo.run(query, VENDOR, first=50, refresh=True)
    counted = []
    for first in (20, 50):
        async with counting(demo.database) as statements:
            answer = await demo.run(query, VENDOR, first=first, refresh=refresh)
            await asyncio.sleep(0)  # the last one is told with the loop's next round
        nodes = answer["opportunities"]["nodes"]
        assert len(nodes) == first
        # Without any, they would not be asked for.
        assert any(action["contents"] for node in nodes for action in node["recommendations"]["actions"])
        counted.append(len(statements))
    assert counted[0] == counted[1] == (10 if refresh else 4)


async def test_first_is_bounded(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    assert (await advice(demo, id, first=0))["actions"] == []
    for first in (-1, 21):
        assert await demo.errors(RECOMMENDATIONS, SELLER, id=id, first=first) == [("INVALID", ["first"])]


async def test_advice_that_nobody_reads_expires_all_the_same(demo: Demo) -> None:
    id, action = await of_kind(demo, "COMPLETE_CRITERION")
    mark = "mutation($input: MarkCriterionInput!) { markCriterion(input: $input) { userErrors { code } } }"
    await respond(demo, action["id"], "ACCEPT")
    given = {"opportunityId": id, "criterionId": action["criterion"]["id"], "met": True}
    await demo.run(mark, SELLER, input=given)
    assert await expire_outdated(demo.database, datetime.now(UTC), datetime.now(UTC)) == 1
    assert await expire_outdated(demo.database, datetime.now(UTC), datetime.now(UTC)) == 0
    row = await demo.database.fetchrow("SELECT status, fulfilled FROM next_best_action WHERE id = $1", action["id"][4:])
    assert row is not None
    assert (row["status"], row["fulfilled"]) == ("COMPLETED", True)  # taken on, and the deal shows that it was done


async def test_nobody_subscribes_to_a_deal_that_they_may_not_see(demo: Demo) -> None:
    query = "subscription($id: ID!) { recommendationsUpdated(opportunityId: $id) { actions { id } } }"
    told = []
    for id in (await deal_of(demo, RIVAL), "opp_00000000-0000-7000-8000-000000000000"):
        async with demo.follow(query, SELLER, id=id) as payloads:
            async for payload in payloads:
                assert payload["data"] is None
                told += [(error["message"], error["extensions"]["code"]) for error in payload["errors"]]
    assert told == [("There is no such deal.", "NOT_FOUND")] * 2


async def test_an_answer_to_an_action_is_pushed_to_who_follows_the_deal(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    query = "subscription($id: ID!) { recommendationsUpdated(opportunityId: $id) { actions { id status } } }"
    async with demo.follow(query, MANAGER, id=id) as pushed, asyncio.timeout(PATIENCE):
        first = (await anext(pushed))["data"]["recommendationsUpdated"]["actions"]
        await respond(demo, first[0]["id"], "ACCEPT")
        second = (await anext(pushed))["data"]["recommendationsUpdated"]["actions"]
    assert second == [{**first[0], "status": "ACCEPTED"}, *first[1:]]
