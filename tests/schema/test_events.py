"""Every change of a deal, a criterion, an activity, a playbook or content stands in the log that clients read."""

from typing import Any

from schema.engine.cursors import seal
from schema.event.cursors import LOG, event_number, log_cursor
from tests.schema.world import ADVANCE, MANAGER, SELLER, VENDOR, Demo, deal_of

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
