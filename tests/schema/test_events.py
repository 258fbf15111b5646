"""Every change of a deal, a criterion, an activity, a playbook or content stands in the log that clients read."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from app.demo.people import demo_id
from app.events.cursors import LOG
from schema.engine.cursors import seal
from schema.event.cursors import event_number, log_cursor
from tests.schema.world import ADVANCE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of

EVENTS = "query($after: Cursor) { events(first: 100, after: $after) { nodes { cursor type opportunity { id } } } }"


async def told(demo: Demo, mutation: str, who: str = VENDOR, **given: Any) -> list[str]:
    """The types of the events of one mutation."""
    newest = await demo.value("SELECT seq FROM event ORDER BY xid DESC, seq DESC LIMIT 1")
    before = seal((str(newest),), LOG)
    name = mutation.split("(")[0]
    kind = name[0].upper() + name[1:] + "Input"
    if "stage" in name.lower() and name == "advanceStage":
        answer = await demo.run(ADVANCE, who, input=given)
    else:
        text = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ code path message }} }} }}"
        answer = await demo.run(text, who, input=given)
    assert answer[name]["userErrors"] == []
    return [event["type"] for event in (await demo.run(EVENTS, VENDOR, after=before))["events"]["nodes"]]


async def test_deals(demo: Demo) -> None:
    assert await told(
        demo, "createOpportunity", SELLER, name="New", accountName="Somebody", playbookKey="it-software"
    ) == ["OPPORTUNITY_CREATED"]
    deal = await deal_of(demo, SELLER, "name = 'New'")
    assert await told(demo, "updateOpportunity", SELLER, opportunityId=deal, nextStep="Call") == ["OPPORTUNITY_UPDATED"]
    assert await told(demo, "updateOpportunity", SELLER, opportunityId=deal, nextStep="Call") == []
    move: dict[str, Any] = {"opportunityId": deal, "override": True, "reason": "The customer is far ahead"}
    assert await told(demo, "advanceStage", VENDOR, **move, toStageKey="proposal") == ["OPPORTUNITY_STAGE_CHANGED"]
    stage = (
        await demo.run(
            "query($id: ID!) { opportunity(id: $id) { stage { exitCriteria { id check } activities { id } } } }",
            SELLER,
            id=deal,
        )
    )["opportunity"]["stage"]
    manual = next(one["id"] for one in stage["exitCriteria"] if one["check"] == "MANUAL")
    assert "CRITERION_MARKED" in await told(
        demo, "markCriterion", VENDOR, opportunityId=deal, criterionId=manual, met=True
    )
    activity = stage["activities"][0]["id"]
    assert "ACTIVITY_COMPLETED" in await told(demo, "completeActivity", SELLER, opportunityId=deal, activityId=activity)
    assert await told(
        demo, "advanceStage", SELLER, opportunityId=deal, toStageKey="closed-lost", reason="No budget"
    ) == ["OPPORTUNITY_STAGE_CHANGED"]


async def playbook(demo: Demo, condition: str) -> str:
    return f"pbk_{await demo.value(f'SELECT id FROM playbook WHERE {condition}')}"


async def test_playbooks_and_content(demo: Demo) -> None:
    assert await told(demo, "createPlaybook", templateKey="saas") == ["PLAYBOOK_CREATED"]
    draft = await playbook(demo, "status = 'DRAFT'")
    assert await told(demo, "updatePlaybook", playbookId=draft, name="Subscriptions") == ["PLAYBOOK_UPDATED"]
    assert await told(demo, "publishPlaybook", playbookId=draft) == ["PLAYBOOK_PUBLISHED"]
    current = await playbook(demo, "key = 'it-software'")
    assert await told(demo, "createPlaybook", copyOf=current) == ["PLAYBOOK_CREATED"]
    copy = await playbook(demo, "status = 'DRAFT'")
    types = await told(demo, "publishPlaybook", playbookId=copy)
    assert types[:2] == ["PLAYBOOK_ARCHIVED", "PLAYBOOK_PUBLISHED"]
    assert set(types[2:]) == {"OPPORTUNITY_UPDATED"}  # the open deals that moved over
    content = {"key": "card", "title": "Card", "kind": "DECK"}
    assert await told(demo, "upsertContent", **content) == ["CONTENT_CHANGED"]
    assert await told(demo, "upsertContent", **content) == []
    assert await told(demo, "upsertContent", **content, summary="Short") == ["CONTENT_CHANGED"]


async def test_the_review_of_a_playbook_is_served_with_it(demo: Demo) -> None:
    await demo.database.fetch("UPDATE stage SET definition = '', target_days = NULL WHERE key = 'proposal'")
    await demo.database.fetch("UPDATE playbook SET review_due_at = now() - interval '1 day'")
    found = await demo.run(
        '{ playbook(key: "it-software") { issues { code severity message suggestion stage { key } } } }', VENDOR
    )
    issues = found["playbook"]["issues"]
    seen = {(issue["code"], issue["stage"] and issue["stage"]["key"]) for issue in issues}
    assert {
        ("REVIEW_OVERDUE", None),
        ("MISSING_DEFINITION", "proposal"),
        ("MISSING_TARGET_DURATION", "proposal"),
    } <= seen
    assert all(issue["message"] and issue["suggestion"] for issue in issues)
    asked = '{ playbook(key: "it-software") { issues { code message } } }'
    for who in (SELLER, MANAGER):  # what deals of others came past is for those who mend it
        assert (await demo.run(asked, who))["playbook"]["issues"] == []


async def test_a_cursor_does_not_show_how_long_the_log_is() -> None:
    assert len({len(log_cursor(number)) for number in (1, 99, 10_000, 2**63 - 1)}) == 1
    assert event_number(log_cursor(42), "after") == 42


PAGE = """query($first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: EventFilter) {
  events(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount nodes { cursor type at actor { id } opportunity { id partner { id } } } edges { cursor }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
OF_DEALS = """query($ids: [ID!]!, $first: Int, $last: Int, $before: Cursor, $types: [EventType!]) {
  nodes(ids: $ids) { ... on Opportunity { id events(first: $first, last: $last, before: $before, types: $types) {
    totalCount nodes { cursor type } pageInfo { hasNextPage hasPreviousPage startCursor } } } } }"""


async def page(demo: Demo, who: str = VENDOR, conditions_alone: bool = False, **given: Any) -> dict[str, Any]:
    """`conditions_alone`: without row-level security."""
    asking = replace(demo, walled=False) if conditions_alone else demo
    found: dict[str, Any] = (await asking.run(PAGE, who, **given))["events"]
    return found


def cursors(found: dict[str, Any]) -> list[str]:
    return [node["cursor"] for node in found["nodes"]]


async def test_the_log_is_read_from_either_end(demo: Demo) -> None:
    whole = cursors(await page(demo, first=100))
    newest = await page(demo, last=3)
    total = newest["totalCount"]
    assert newest["pageInfo"]["hasPreviousPage"] is True
    assert newest["pageInfo"]["hasNextPage"] is False
    walked: list[str] = cursors(newest)
    while (before := await page(demo, last=40, before=walked[0]))["nodes"]:
        assert before["pageInfo"]["hasNextPage"] is True
        walked = [*cursors(before), *walked]
    assert before["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert len(walked) == total == len(set(walked))
    assert walked[:100] == whole
    between = await page(demo, last=2, after=walked[3], before=walked[9])
    assert cursors(between) == walked[7:9]
    assert [edge["cursor"] for edge in between["edges"]] == walked[7:9]
    assert await demo.errors(PAGE, VENDOR, before="nonsense") == [("CURSOR_INVALID", ["before"])]
    assert await demo.errors(PAGE, VENDOR, before=log_cursor(2**60)) == [("CURSOR_UNKNOWN", ["before"])]


async def test_the_log_is_narrowed_by_its_filter(demo: Demo) -> None:
    total = (await page(demo, first=1))["totalCount"]
    deal = await deal_of(demo, SELLER)
    of_deal = await page(demo, first=100, filter={"opportunityIds": [deal]})
    assert {node["opportunity"]["id"] for node in of_deal["nodes"]} == {deal}
    assert of_deal["totalCount"] == len(of_deal["nodes"]) < total
    partner = of_deal["nodes"][0]["opportunity"]["partner"]["id"]
    of_partner = await page(demo, first=50, filter={"partnerId": partner})
    assert {node["opportunity"]["partner"]["id"] for node in of_partner["nodes"]} == {partner}
    actor = next(node["actor"]["id"] for node in of_partner["nodes"] if node["actor"])
    by_actor = await page(demo, first=50, filter={"actorId": actor})
    assert {node["actor"]["id"] for node in by_actor["nodes"]} == {actor}
    middle = of_deal["nodes"][0]["at"]
    since = (await page(demo, first=1, filter={"since": middle}))["totalCount"]
    assert 0 < since < total
    assert since + (await page(demo, first=1, filter={"until": middle}))["totalCount"] == total
    created = await page(demo, first=10, filter={"types": ["OPPORTUNITY_CREATED"]})
    assert {node["type"] for node in created["nodes"]} == {"OPPORTUNITY_CREATED"}
    nobody = {"types": ["OPPORTUNITY_CREATED"], "opportunityIds": [deal], "until": "1990-01-01T00:00:00Z"}
    assert (await page(demo, first=10, filter=nobody))["nodes"] == []
    assert await demo.errors(PAGE, VENDOR, filter={"actorId": deal}) == [("INVALID", ["filter", "actorId"])]


async def test_nobody_finds_events_by_what_they_may_not_see(demo: Demo) -> None:
    """By a person whom a seller doesn't see, nothing is found, whatever they did in the seller's deals."""
    deal = await deal_of(demo, SELLER)
    rival = demo_id(f"user/{RIVAL}")
    await demo.value("UPDATE event SET actor_id = $1 WHERE opportunity_id = $2 RETURNING seq", rival, UUID(deal[4:]))
    by_rival = {"opportunityIds": [deal], "actorId": f"usr_{rival}"}
    assert (await page(demo, last=1, filter=by_rival))["nodes"] != [], "the vendor sees both"
    [seen] = (await page(demo, SELLER, last=1, filter={"opportunityIds": [deal]}))["nodes"]
    assert seen["actor"] is None
    assert (await page(demo, SELLER, last=1, filter=by_rival))["totalCount"] == 0
    foreign = await demo.value(
        "SELECT id FROM opportunity WHERE partner_id <> (SELECT partner_id FROM opportunity WHERE id = $1) LIMIT 1",
        deal[4:],
    )
    partner = await demo.value("SELECT partner_id FROM opportunity WHERE id = $1", foreign)
    for filter in (
        {"opportunityIds": [f"opp_{foreign}"]},
        {"partnerId": f"ptr_{partner}"},
    ):
        hidden = await page(demo, SELLER, last=5, filter=filter)
        assert (hidden["totalCount"], hidden["nodes"]) == (0, [])
    readers = [demo_id("org/alpine-it"), demo_id(f"user/{SELLER}")]
    await demo.value(
        "INSERT INTO event (type, subject_type, subject_id, opportunity_id, partner_id, readers)"
        " VALUES ('OPPORTUNITY_LEFT', 'opportunity', $1, $1, $2, $3) RETURNING seq",
        foreign, readers[0], readers,
    )  # fmt: skip
    for conditions_alone in (False, True):
        left = await page(demo, SELLER, conditions_alone, last=1)
        assert [node["type"] for node in left["nodes"]] == ["OPPORTUNITY_LEFT"]
        hidden = await page(demo, SELLER, conditions_alone, last=5, filter={"partnerId": f"ptr_{partner}"})
        assert (hidden["totalCount"], hidden["nodes"]) == (0, []), "who has the deal now"


async def test_a_deal_has_its_events_and_many_have_theirs_in_as_many_statements(demo: Demo) -> None:
    deals = [f"opp_{row['id']}" for row in await demo.database.fetch("SELECT id FROM opportunity ORDER BY id LIMIT 20")]
    found = (await demo.run(OF_DEALS, VENDOR, ids=deals, first=100))["nodes"]
    for deal in found:
        alone = await page(demo, first=100, filter={"opportunityIds": [deal["id"]]})
        assert cursors(deal["events"]) == cursors(alone)
        assert deal["events"]["totalCount"] == alone["totalCount"] > 0
    newest = (await demo.run(OF_DEALS, VENDOR, ids=deals, last=1))["nodes"]
    assert [cursors(deal["events"]) for deal in newest] == [cursors(deal["events"])[-1:] for deal in found]
    assert {deal["events"]["pageInfo"]["hasPreviousPage"] for deal in newest if deal["events"]["totalCount"] > 1} == {
        True
    }
    moves = (await demo.run(OF_DEALS, VENDOR, ids=deals, types=["OPPORTUNITY_CREATED"]))["nodes"]
    assert {node["type"] for deal in moves for node in deal["events"]["nodes"]} == {"OPPORTUNITY_CREATED"}
    counts = {n: await demo.statements_of(OF_DEALS, VENDOR, ids=deals[:n], last=2) for n in (2, 20)}
    assert counts[2] == counts[20]


async def test_parts_of_a_deal_have_ids_of_their_own_and_transitions_are_narrowed(demo: Demo) -> None:
    query = """{ opportunities(first: 20, filter: {status: [OPEN]}) { nodes { id stage { key }
      criteria(scope: ALL) { id met } activities { id } qualification { id }
      allowedTransitions { id allowed stage { key } }
      possible: allowedTransitions(allowed: true) { id } blocked: allowedTransitions(allowed: false) { id }
      some: allowedTransitions(stageKeys: ["proposal", "none"]) { id stage { key } }
      possibleSome: allowedTransitions(allowed: true, stageKeys: ["proposal"]) { id }
      none: allowedTransitions(stageKeys: []) { id }
    } } }"""
    nodes = (await demo.run(query, SELLER))["opportunities"]["nodes"]
    assert nodes == (await demo.run(query, SELLER))["opportunities"]["nodes"], "they stay"
    parts = ("criteria", "activities", "qualification", "allowedTransitions")
    ids = [part["id"] for deal in nodes for name in parts for part in deal[name]]
    assert len(ids) == len(set(ids)) > 100
    assert (await demo.run("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", SELLER, ids=ids[::9][:100]))["nodes"] == [
        None for _ in ids[::9][:100]
    ]
    for deal in nodes:
        moves = deal["allowedTransitions"]
        assert [one["id"] for one in deal["possible"]] == [one["id"] for one in moves if one["allowed"]]
        assert [one["id"] for one in deal["blocked"]] == [one["id"] for one in moves if not one["allowed"]]
        assert [one["stage"]["key"] for one in deal["some"]] == [
            key for key in ("proposal",) if any(m["stage"]["key"] == key for m in moves)
        ]
        assert deal["none"] == []
        assert {one["id"] for one in deal["possibleSome"]} == {one["id"] for one in deal["possible"]} & {
            one["id"] for one in deal["some"]
        }
