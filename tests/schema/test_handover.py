"""A deal goes to another partner with its facts, and without a word of those who had it before."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from app.database import Database
from app.database.rls import as_viewer
from app.deals.kept import FACTS, STAYING, TEXTS
from app.demo.people import demo_id
from app.events.tail import tail
from app.identity.rls_policies import rls_setting
from app.identity.users import viewer_of
from app.models.tables import all_models, facts_of, references_of, table_of
from app.recommendations.facts import gather
from app.recommendations.readings import texts_of
from tests.schema.subscribers import over_websocket
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo
from tests.serving import Server, running, settings_for
from tests.waiting import PATIENCE, until

NEXT = "Aoife Byrne"
"""Who manages the partner of `RIVAL`."""
FORMER, NEXT_PARTNER = (f"ptr_{demo_id(f'org/{key}')}" for key in ("alpine-it", "brightwater"))

CREATE = """mutation($input: CreateOpportunityInput!) { createOpportunity(input: $input) {
  opportunity { id account { id } } userErrors { code message path } } }"""
UPDATE = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { id version owner { id } partner { id } account { id name industry } notes nextStep } left notice
  handover { fromPartner { id } toPartner { id } fromOwner { name } toOwner { name } by { name }
    kept { kind label text author { name } } } userErrors { code path } } }"""
MARK = "mutation($input: MarkCriterionInput!) { markCriterion(input: $input) { userErrors { code } } }"
DO = "mutation($input: CompleteActivityInput!) { completeActivity(input: $input) { userErrors { code } } }"
MOVE = "mutation($input: AdvanceStageInput!) { advanceStage(input: $input) { userErrors { code } } }"
ANSWER = "mutation($input: RespondToActionInput!) { respondToAction(input: $input) { userErrors { code } } }"
ACTION = """actions { id title rationale draft responseReason evidence { fact value source }
  respondedBy { name } opportunity { id } }"""
EVERYTHING = f"""query($id: ID!, $word: String!, $former: ID!) {{
  opportunity(id: $id) {{ __typename id name externalId version nextStep notes closeReason source
    account {{ id name externalId }} partner {{ id name }} owner {{ name }} playbook {{ name }} stage {{ name }}
    qualification {{ key answer answeredBy {{ name }} }} handovers {{ id kept {{ text }} }}
    criteria(scope: ALL) {{ criterion {{ key }} met evidence metBy {{ name }} }}
    activities {{ activity {{ key }} status note completedBy {{ name }} }}
    transitions {{ nodes {{ kind reason actor {{ name }} toStage {{ key }} }} }}
    formerMarks {{ nodes {{ evidence markedBy {{ name }} }} }}
    allowedTransitions {{ stage {{ key }} blockers {{ message }} }}
    recommendations(first: 20, refresh: true) {{ enrichment {ACTION} }} }}
  found: opportunities(filter: {{search: $word}}) {{ totalCount nodes {{ id }} }}
  ofFormer: opportunities(filter: {{partnerId: $former}}) {{ totalCount }}
  events(first: 100) {{ totalCount nodes {{ type fields actor {{ name }} opportunity {{ id }}
    transition {{ reason actor {{ name }} }} }} }}
  accounts(search: $word) {{ totalCount nodes {{ id name }} }} }}"""
WORD = "Zinnober"
"""Stands in everything that the former partner writes."""


async def written_in(demo: Demo, word: str = WORD) -> tuple[str, dict[str, str]]:
    """A deal of the former partner with `word` wherever a word can be, and other ids that it has left behind."""
    given = {
        "name": "Retrofit",
        "accountName": "Ostermann Anlagen",
        "playbookKey": "it-software",
        "notes": f"{word} notes",
        "nextStep": f"{word} next step",
        "externalId": f"{word}-4711",
    }
    made = await demo.run(CREATE, SELLER, input=given)
    id: str = made["createOpportunity"]["opportunity"]["id"]
    asked = """query($id: ID!) { opportunity(id: $id) { qualification { key }
      criteria(scope: ALL) { criterion { id check } } activities { activity { id } } stage { key } } }"""
    found = (await demo.run(asked, SELLER, id=id))["opportunity"]
    questions = [{"questionKey": one["key"], "answer": f"{word} answer"} for one in found["qualification"]]
    assert questions
    await done(demo, UPDATE, SELLER, opportunityId=id, qualification=questions)
    for one in found["criteria"]:
        if one["criterion"]["check"] == "MANUAL":
            criterion = one["criterion"]["id"]
            await demo.run(
                MARK,
                SELLER,
                input={"opportunityId": id, "criterionId": criterion, "met": True, "evidence": f"{word} evidence"},
            )
    for one in found["activities"]:
        activity = one["activity"]["id"]
        await done(demo, DO, SELLER, opportunityId=id, activityId=activity, note=f"{word} note")
    stages = "query($id: ID!) { opportunity(id: $id) { playbook { stages { key kind } } stage { key } } }"
    known = (await demo.run(stages, SELLER, id=id))["opportunity"]
    keys = [stage["key"] for stage in known["playbook"]["stages"] if stage["kind"] == "OPEN"]
    if known["stage"]["key"] != keys[0]:
        await done(demo, MOVE, SELLER, opportunityId=id, toStageKey=keys[0], reason=f"{word} reason")
    advised = f"query($id: ID!) {{ opportunity(id: $id) {{ recommendations(first: 20) {{ {ACTION} }} }} }}"
    actions = (await demo.run(advised, SELLER, id=id))["opportunity"]["recommendations"]["actions"]
    await done(demo, ANSWER, SELLER, actionId=actions[0]["id"], response="DISMISS", reason=f"{word} dismissed")
    return id, {"action": actions[0]["id"], "other": actions[-1]["id"]}


async def done(demo: Demo, mutation: str, who: str, **given: Any) -> dict[str, Any]:
    (payload,) = (await demo.run(mutation, who, input=given)).values()
    assert payload["userErrors"] == [], payload
    return dict(payload)


async def test_the_vendor_is_told_what_was_left_behind_and_reads_all_of_it(demo: Demo) -> None:
    id, _ = await written_in(demo)
    given = await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER)
    deal, handover = given["opportunity"], given["handover"]
    assert (deal["partner"], deal["owner"], deal["notes"], deal["nextStep"]) == ({"id": NEXT_PARTNER}, None, None, None)
    assert (handover["fromPartner"], handover["toPartner"]) == ({"id": FORMER}, {"id": NEXT_PARTNER})
    assert (handover["fromOwner"], handover["toOwner"], handover["by"]) == ({"name": SELLER}, None, {"name": VENDOR})
    kinds = {kept["kind"] for kept in handover["kept"]}
    assert kinds >= {"NOTES", "NEXT_STEP", "ANSWER", "EVIDENCE", "ACTIVITY_NOTE", "EXTERNAL_ID"}
    assert all(WORD in kept["text"] for kept in handover["kept"])
    assert "It has no owner: until you name one by `ownerId`" in given["notice"]
    assert "its sellers don't" in given["notice"]
    assert not given["left"]
    variables = {"id": id, "word": WORD, "former": FORMER}
    read = (await demo.run(EVERYTHING, VENDOR, **variables))["opportunity"]
    assert {one["evidence"] for one in read["formerMarks"]["nodes"]} == {f"{WORD} evidence"}
    assert {one["note"] for one in read["activities"] if one["note"]} == {f"{WORD} note"}
    assert read["handovers"][0]["kept"]


async def test_no_answer_to_the_next_partner_holds_a_word_of_the_former_one(demo: Demo) -> None:
    id, ids = await written_in(demo)
    variables = {"id": id, "word": WORD, "former": FORMER}
    assert WORD in str(await demo.run(EVERYTHING, SELLER, **variables))
    await done(
        demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER, ownerId=f"usr_{demo_id(f'user/{RIVAL}')}"
    )
    for who in (NEXT, RIVAL):
        found = await demo.run(EVERYTHING, who, **variables)
        said = orjson.dumps(found).decode()
        assert found["opportunity"]["owner"] == {"name": RIVAL}
        assert found["found"]["totalCount"] == found["ofFormer"]["totalCount"] == 0
        for told in (WORD, SELLER, MANAGER, FORMER, "Alpine"):
            assert told not in said.replace(f'"{WORD}"', "")
        for left in ids.values():
            node = "query($id: ID!) { node(id: $id) { ... on NextBestAction { title rationale } } }"
            assert await demo.run(node, who, id=left) == {"node": None}
        happened = [one for one in found["events"]["nodes"] if (one["opportunity"] or {}).get("id") == id]
        assert {one["type"] for one in happened} <= {
            "OPPORTUNITY_UPDATED",
            "OPPORTUNITY_CAME",
            "RECOMMENDATIONS_UPDATED",
        }
    for who in (MANAGER, SELLER):
        assert (await demo.run(EVERYTHING, who, **variables))["opportunity"] is None


async def test_two_worlds_that_differ_in_the_former_partners_words_answer_the_next_alike(demo: Demo) -> None:
    answers = []
    for word in (WORD, "Quendel and something much longer than it"):
        id, _ = await written_in(demo, word)
        await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER)
        found = await demo.run(EVERYTHING, NEXT, id=id, word=word, former=FORMER)
        deal = found["opportunity"]
        for action in deal["recommendations"]["actions"]:
            action["id"] = "an action"
        answers.append(orjson.dumps([deal, found["found"], found["ofFormer"]]).decode().replace(id, "the deal"))
        await demo.value("DELETE FROM next_best_action WHERE opportunity_id = $1", id[4:])
    one, other = (re.sub(r"acc_[0-9a-f-]+", "acc", answer) for answer in answers)
    assert one == other


async def test_what_a_partner_wrote_is_back_once_the_deal_is(demo: Demo) -> None:
    id, ids = await written_in(demo)
    variables = {"id": id, "word": WORD, "former": FORMER}
    before = (await demo.run(EVERYTHING, MANAGER, **variables))["opportunity"]
    await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER)
    await done(demo, UPDATE, NEXT, opportunityId=id, notes="Tulpe notes")
    given = await done(
        demo, UPDATE, VENDOR, opportunityId=id, partnerId=FORMER, ownerId=f"usr_{demo_id(f'user/{SELLER}')}"
    )
    assert [kept["text"] for kept in given["handover"]["kept"]] == ["Tulpe notes"]
    after = (await demo.run(EVERYTHING, MANAGER, **variables))["opportunity"]
    same = ("notes", "nextStep", "externalId", "qualification", "activities", "transitions", "account")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert {one["evidence"] for one in after["formerMarks"]["nodes"]} == {f"{WORD} evidence"}
    assert "Tulpe" not in str(after)
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert (await demo.run(node, SELLER, id=ids["action"]))["node"] == {"id": ids["action"]}
    assert await demo.value("SELECT count(*) FROM kept_text WHERE partner_id = $1", FORMER[4:]) == 0


async def test_what_a_partner_had_written_stays_with_it_also_when_the_vendor_has_the_deal_in_between(
    demo: Demo,
) -> None:
    id, _ = await written_in(demo)
    first = await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=None)
    assert first["opportunity"]["partner"] is None
    assert first["handover"]["kept"]
    await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER)
    found = await demo.run(EVERYTHING, NEXT, id=id, word=WORD, former=FORMER)
    said = orjson.dumps(found).decode()
    assert WORD not in said.replace(f'"{WORD}"', "")
    assert SELLER not in said


async def test_advice_and_prompts_are_made_without_a_word_of_the_former_partner(demo: Demo) -> None:
    id, _ = await written_in(demo)
    key = UUID(id[4:])
    before = (await gather(demo.database, [key], datetime.now(UTC)))[key]
    assert WORD in str(before.facts)
    await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER)
    after = (await gather(demo.database, [key], datetime.now(UTC)))[key]
    assert after.facts.responses == ()
    for told in (WORD, SELLER, "Alpine"):
        assert told not in str(after.facts)
    assert not [text for text in await texts_of(demo.database, key, after.facts) if text.author == SELLER]


async def test_postgresql_keeps_the_words_from_every_partner_also_in_transactions_that_change_something(
    demo: Demo,
) -> None:
    id, _ = await written_in(demo)
    await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER)
    for who in (NEXT, RIVAL, MANAGER, SELLER):
        viewer = await viewer_of(str(demo_id(f"user/{who}")))
        assert viewer is not None
        for table in ("kept_text", "handover"):
            assert await demo.database.fetch(f"SELECT 1 FROM {table}")
            with as_viewer(rls_setting(viewer)):
                assert await demo.database.fetch(f"SELECT 1 FROM {table}") == []
                async with demo.database.transaction() as tx:
                    assert await tx.fetch(f"SELECT 1 FROM {table}") == []


async def test_what_the_vendors_people_wrote_goes_with_the_deal(demo: Demo) -> None:
    id, _ = await written_in(demo)
    asked = "query($id: ID!) { opportunity(id: $id) { qualification { key } } }"
    key = (await demo.run(asked, VENDOR, id=id))["opportunity"]["qualification"][0]["key"]
    said = [{"questionKey": key, "answer": "As the vendor knows"}]
    await done(demo, UPDATE, VENDOR, opportunityId=id, qualification=said)
    given = await done(
        demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER, notes="For you", nextStep="Call them"
    )
    assert (given["opportunity"]["notes"], given["opportunity"]["nextStep"]) == ("For you", "Call them")
    found = (await demo.run(EVERYTHING, NEXT, id=id, word=WORD, former=FORMER))["opportunity"]
    answers = {one["key"]: one["answer"] for one in found["qualification"]}
    assert (found["notes"], found["nextStep"], answers.pop(key)) == ("For you", "Call them", "As the vendor knows")
    assert set(answers.values()) == {None}
    assert found["handovers"] == []


STANDING = """query($id: ID!) { opportunity(id: $id) { stage { key }
  criteria(scope: ALL) { criterion { id key check } met metAt metBy { name } evidence }
  activities { activity { key } status note } formerMarks(first: 50) { nodes { criterionKey met evidence } }
  transitions { nodes { reason } } } }"""


async def test_everything_that_was_confirmed_for_the_former_partner_is_asked_anew(demo: Demo) -> None:
    """Whoever confirmed it; what the deal's own fields decide stays decided by them."""
    id, _ = await written_in(demo)
    before = (await demo.run(STANDING, VENDOR, id=id))["opportunity"]
    manual = [one for one in before["criteria"] if one["criterion"]["check"] == "MANUAL"]
    for one in manual:
        given = {"opportunityId": id, "criterionId": one["criterion"]["id"]}
        await done(demo, MARK, VENDOR, **given, met=True, evidence="They get 20% margin")
    doing = "query($id: ID!) { opportunity(id: $id) { activities { activity { id } } stage { key } } }"
    for one in (await demo.run(doing, VENDOR, id=id))["opportunity"]["activities"]:
        activity = one["activity"]["id"]
        await done(demo, DO, VENDOR, opportunityId=id, activityId=activity, note="They get 20% margin")
    met = (await demo.run(STANDING, VENDOR, id=id))["opportunity"]
    assert all(one["met"] for one in met["criteria"] if one["criterion"]["check"] == "MANUAL")
    owner = f"usr_{demo_id(f'user/{RIVAL}')}"
    given = await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER, ownerId=owner)
    assert f"{len(manual)} criteria that were confirmed are asked anew" in given["notice"]
    for who in (NEXT, RIVAL, VENDOR):
        found = (await demo.run(STANDING, who, id=id))["opportunity"]
        assert found["stage"] == met["stage"]
        for one in found["criteria"]:
            decided = one["criterion"]["check"] == "EXPRESSION"
            assert decided or (one["met"], one["metAt"], one["metBy"], one["evidence"]) == (False, None, None, None)
        assert [one["status"] for one in found["activities"]] == [one["status"] for one in met["activities"]]
        assert ("margin" in str(found)) is (who == VENDOR)
    former = (await demo.run(STANDING, VENDOR, id=id))["opportunity"]["formerMarks"]["nodes"]
    asked = {one["criterion"]["key"] for one in manual}
    assert {one["criterionKey"] for one in former if one["evidence"] == "They get 20% margin"} == asked


async def test_a_deal_of_the_vendors_own_keeps_what_its_people_confirmed(demo: Demo) -> None:
    id, _ = await written_in(demo)
    await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=None)
    one = next(
        one
        for one in (await demo.run(STANDING, VENDOR, id=id))["opportunity"]["criteria"]
        if one["criterion"]["check"] == "MANUAL"
    )
    given = {"opportunityId": id, "criterionId": one["criterion"]["id"]}
    await done(demo, MARK, VENDOR, **given, met=True, evidence="We asked them ourselves")
    told = await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER)
    assert "anew" not in told["notice"]
    found = (await demo.run(STANDING, NEXT, id=id))["opportunity"]["criteria"]
    assert [one["evidence"] for one in found if one["criterion"]["check"] == "MANUAL" and one["met"]] == [
        "We asked them ourselves"
    ]


@pytest.mark.parametrize(
    ("person", "codes"), [(RIVAL, []), (VENDOR, []), (SELLER, ["NOT_FOUND"]), (MANAGER, ["NOT_FOUND"])]
)
async def test_the_owner_is_of_the_new_partner_or_the_vendor(demo: Demo, person: str, codes: list[str]) -> None:
    id, _ = await written_in(demo)
    owner = f"usr_{demo_id(f'user/{person}')}"
    given = {"opportunityId": id, "partnerId": NEXT_PARTNER, "ownerId": owner}
    answer = (await demo.run(UPDATE, VENDOR, input=given))["updateOpportunity"]
    assert [error["code"] for error in answer["userErrors"]] == codes
    kept = await demo.value("SELECT count(*) FROM kept_text WHERE opportunity_id = $1", id[4:])
    partner = await demo.value("SELECT partner_id FROM opportunity WHERE id = $1", id[4:])
    assert (kept > 0, f"ptr_{partner}") == ((True, NEXT_PARTNER) if not codes else (False, FORMER))


async def test_the_customer_of_one_partner_becomes_the_other_ones_own_record(demo: Demo) -> None:
    id, _ = await written_in(demo)
    account = await demo.value("SELECT account_id FROM opportunity WHERE id = $1", id[4:])
    await demo.value("UPDATE account SET industry = 'Energy' WHERE id = $1", account)
    given = await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER)
    theirs = given["opportunity"]["account"]
    assert (theirs["name"], theirs["industry"]) == ("Ostermann Anlagen", "Energy")
    assert theirs["id"] != f"acc_{account}"
    named = "query($id: ID!) { account(id: $id) { name } }"
    assert await demo.run(named, NEXT, id=f"acc_{account}") == {"account": None}
    assert await demo.run(named, SELLER, id=theirs["id"]) == {"account": None}
    assert await demo.run(named, SELLER, id=f"acc_{account}") == {"account": {"name": "Ostermann Anlagen"}}


LEFT = "subscription($after: Cursor) { opportunityLeft(after: $after) { cursor opportunityId at } }"
CAME = "subscription($after: Cursor) { opportunityCame(after: $after) { cursor at opportunity { id } } }"
PAGE = "query($after: Cursor) { events(first: 100, after: $after) { pageInfo { endCursor hasNextPage } } }"


async def heard(demo: Demo, who: str, query: str, after: str | None = None) -> str:
    """The id of the first deal that is told."""
    async with demo.follow(query, who, after=after) as payloads:
        (told,) = (await anext(payloads))["data"].values()
        return str(told.get("opportunityId") or told["opportunity"]["id"])


async def last_cursor(demo: Demo, who: str) -> str:
    """Of what has happened, as far as that person sees it."""
    after: str | None = None
    while True:
        page = (await demo.run(PAGE, who, after=after))["events"]["pageInfo"]
        after = page["endCursor"] or after
        if not page["hasNextPage"]:
            assert after is not None
            return after


async def test_boards_are_told_that_a_deal_left_or_came(demo: Demo) -> None:
    id, _ = await written_in(demo)
    cursors = {who: await last_cursor(demo, who) for who in (MANAGER, SELLER, COLLEAGUE, NEXT, RIVAL, VENDOR)}
    live = {who: asyncio.create_task(heard(demo, who, LEFT)) for who in (MANAGER, SELLER, VENDOR)}
    live |= {NEXT: asyncio.create_task(heard(demo, NEXT, CAME))}
    none = [asyncio.create_task(heard(demo, who, LEFT)) for who in (COLLEAGUE, NEXT, RIVAL)]
    none += [asyncio.create_task(heard(demo, who, CAME)) for who in (COLLEAGUE, SELLER, RIVAL)]

    async def all_follow() -> bool:
        return tail().fanout.joined == len(live) + len(none)

    await until(all_follow)
    await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER)
    async with asyncio.timeout(PATIENCE):
        assert {who: await task for who, task in live.items()} == dict.fromkeys(live, id)
        for who in (MANAGER, SELLER, VENDOR):
            assert await heard(demo, who, LEFT, cursors[who]) == id
        assert await heard(demo, NEXT, CAME, cursors[NEXT]) == id
    own = """query($after: Cursor) { events(first: 100, after: $after, types: [OPPORTUNITY_LEFT, OPPORTUNITY_CAME]) {
      nodes { type opportunity { id } } } }"""
    told = {who: (await demo.run(own, who, after=after))["events"]["nodes"] for who, after in cursors.items()}
    assert told[MANAGER] == told[SELLER] == [{"type": "OPPORTUNITY_LEFT", "opportunity": None}]
    assert told[NEXT] == [{"type": "OPPORTUNITY_CAME", "opportunity": {"id": id}}]
    assert told[COLLEAGUE] == told[RIVAL] == []
    assert not any(task.done() for task in none)
    for task in none:
        task.cancel()


async def test_a_seller_who_gives_a_deal_to_a_colleague_is_told_that_it_has_left(demo: Demo) -> None:
    id, _ = await written_in(demo)
    cursor, managers, colleagues = [await last_cursor(demo, who) for who in (SELLER, MANAGER, COLLEAGUE)]
    given = await done(demo, UPDATE, SELLER, opportunityId=id, ownerId=f"usr_{demo_id(f'user/{COLLEAGUE}')}")
    assert given["opportunity"] is None
    assert given["left"]
    assert "no longer see it" in given["notice"]
    async with asyncio.timeout(PATIENCE):
        assert await heard(demo, SELLER, LEFT, cursor) == id
        assert await heard(demo, COLLEAGUE, CAME, colleagues) == id
    mine = (await demo.run(EVERYTHING, COLLEAGUE, id=id, word=WORD, former=FORMER))["opportunity"]
    assert mine["notes"] == f"{WORD} notes"
    types = """query($after: Cursor) { events(first: 100, after: $after, types: [OPPORTUNITY_LEFT, OPPORTUNITY_CAME]) {
      nodes { type } } }"""
    assert (await demo.run(types, MANAGER, after=managers))["events"]["nodes"] == []


async def test_every_text_of_a_deal_is_known_to_be_kept_or_to_go_with_it(database: Database) -> None:
    """A column that people write in, added to a deal or to what belongs to it, has its place in `app.deals.kept`."""
    texts = await database.fetch(
        "SELECT table_name AS name, column_name AS of FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb', 'ARRAY')"
    )
    of_deals = {table_of(model) for model in all_models().values()}
    of_deals = {table for table in of_deals if "opportunity" in references_of(table).values()} | {"opportunity"}
    found = {(row["name"], row["of"]) for row in texts if row["name"] in of_deals}
    judged = {*TEXTS, *FACTS, *STAYING}
    apart = {"kept_text", "recommendation", "next_best_action", "model_call", "shown_slate"}
    # Seen by the partner whose it is, whoever has the deal; by the vendor alone.
    apart |= {"deal_registration", "decided_conflict", "task", "field_change", "prediction"}
    # One person's, about a deal that they see; an automation's own.
    apart |= {"notification", "automation_run", "automation_moment", "rollup_change"}
    assert {one for one in found - judged if one[0] not in apart} == set()
    assert judged <= found
    assert facts_of("next_best_action")["partner_id"]


@pytest.fixture
async def server(demo: Demo, tmp_path: Path) -> AsyncIterator[Server]:
    async with running(settings_for(demo.database.url, tmp_path)) as server:
        yield server


async def test_boards_on_a_line_of_their_own_hear_it_live_and_from_a_cursor(demo: Demo, server: Server) -> None:
    """As delivered to many: by the fan-out, and by plans."""
    id, _ = await written_in(demo)
    token = {who: server.token_for(str(demo_id(f"user/{who}"))) for who in (MANAGER, SELLER, NEXT, VENDOR)}
    cursors = {who: await last_cursor(demo, who) for who in token}
    wanted = {MANAGER: LEFT, SELLER: LEFT, NEXT: CAME, VENDOR: LEFT}

    async def hear(who: str, after: str | None, heard: asyncio.Event) -> str:
        async with over_websocket(server.base_url, token[who], wanted[who], {"after": after}) as told:
            heard.set()
            payload = await anext(told)
        assert "errors" not in payload, payload
        (said,) = payload["data"].values()
        return str(said.get("opportunityId") or said["opportunity"]["id"])

    async with asyncio.timeout(PATIENCE):
        begun = {who: asyncio.Event() for who in wanted}
        live = {who: asyncio.create_task(hear(who, cursors[who], begun[who])) for who in wanted}
        for event in begun.values():
            await event.wait()
        variables = {"input": {"opportunityId": id, "partnerId": NEXT_PARTNER}}
        answer = await server.ask(UPDATE, variables, token=token[VENDOR])
        assert answer["data"]["updateOpportunity"]["userErrors"] == []
        assert {who: await task for who, task in live.items()} == dict.fromkeys(wanted, id)
        assert {who: await hear(who, cursors[who], asyncio.Event()) for who in wanted} == dict.fromkeys(wanted, id)


async def test_a_subscriber_who_had_the_deal_hears_nothing_more_of_it(demo: Demo, server: Server) -> None:
    id, _ = await written_in(demo)
    token = server.token_for(str(demo_id(f"user/{NEXT}")))
    updated = """subscription($id: ID!, $after: Cursor) { opportunityUpdated(opportunityId: $id, after: $after) {
      type fields opportunity { notes } transition { reason } } }"""
    start = await last_cursor(demo, NEXT)
    await done(demo, UPDATE, VENDOR, opportunityId=id, partnerId=NEXT_PARTNER)
    await done(demo, UPDATE, NEXT, opportunityId=id, notes="Ours")
    async with (
        asyncio.timeout(PATIENCE),
        over_websocket(server.base_url, token, updated, {"id": id, "after": start}) as told,
    ):
        first, second = (await anext(told))["data"], (await anext(told))["data"]
    assert first["opportunityUpdated"]["fields"] == ["owner", "partner"]
    assert second["opportunityUpdated"]["fields"] == ["notes"]
