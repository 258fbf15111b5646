"""Tasks that are due, among the next best actions of their deal: for those who see them, and done with the advice."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.consumers.follow import register
from app.demo.people import demo_id
from app.models.columns import new_id
from app.recommendations.advice_consumer import ADVICE
from tests.app.consumers.following import caught_up
from tests.app.privacy.test_privacy import erased
from tests.schema.test_comments import quiet_deal
from tests.schema.test_contacts import changed, refusals
from tests.schema.test_cosell import LEADER, Joint, joint
from tests.schema.test_tasks import DONE, user
from tests.schema.test_tasks import SAVE as SAVE_TASK
from tests.schema.world import COLLEAGUE, MANAGER, SELLER, VENDOR, Demo, deal_of

__all__ = ["joint"]

READ = """query($id: ID!) { opportunity(id: $id) { recommendations(first: 20) { actions {
  id kind title urgency evidence { fact value } task { id assignee { name } } } } } }"""
NODE = "query($id: ID!) { node(id: $id) { ... on NextBestAction { id status task { status } } } }"
RESPOND = """mutation($input: RespondToActionInput!) { respondToAction(input: $input) {
  action { status task { status } } userErrors { code message path } } }"""
TASK = "query($id: ID!) { node(id: $id) { ... on Task { status completedBy { name } } } }"


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


async def given(demo: Demo, deal: str, who: str = SELLER, **values: Any) -> str:
    task = {"opportunityId": deal, "title": "Call the plant", "dueAt": ago(3)} | values
    answer = await changed(demo, SAVE_TASK, who, **task)
    assert answer["userErrors"] == []
    return str(answer["task"]["id"])


async def due(demo: Demo, deal: str, who: str = SELLER) -> list[dict[str, Any]]:
    actions = (await demo.run(READ, who, id=deal))["opportunity"]["recommendations"]["actions"]
    return [one for one in actions if one["kind"] == "DO_TASK"]


async def status(demo: Demo, action: str, who: str = SELLER) -> str:
    return str((await demo.run(NODE, who, id=action))["node"]["status"])


async def test_what_is_due_is_advised_with_its_task(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    task = await given(demo, deal, assigneeId=user(MANAGER))
    await given(demo, deal, title="Next week", dueAt=ago(-7))
    await given(demo, deal, title="One day", dueAt=None)
    await given(demo, deal, VENDOR, title="The vendor's own")
    [one] = await due(demo, deal)
    assert (one["title"], one["urgency"]) == ("„Call the plant“ ist überfällig", "HIGH")
    assert [each["value"] for each in one["evidence"]] == ["vor 3 Tagen", "jemand aus dem Team"]
    assert one["task"] == {"id": task, "assignee": {"name": MANAGER}}
    assert [each["id"] for each in await due(demo, deal, VENDOR)] == [one["id"]]


async def test_advice_and_task_are_done_together(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    first, second = await given(demo, deal), await given(demo, deal, title="Write to the plant")
    actions = {one["task"]["id"]: one["id"] for one in await due(demo, deal)}
    answer = await changed(demo, RESPOND, actionId=actions[first], response="COMPLETE")
    assert answer["action"] == {"status": "COMPLETED", "task": {"status": "DONE"}}
    assert (await demo.run(TASK, SELLER, id=first))["node"] == {"status": "DONE", "completedBy": {"name": SELLER}}
    done = await changed(demo, DONE, taskId=second)
    assert (done["task"]["status"], done["userErrors"]) == ("DONE", [])
    assert await status(demo, actions[second]) == "COMPLETED"
    assert await due(demo, deal) == []


async def test_accepting_makes_no_second_task_and_dismissing_leaves_the_task(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    task = await given(demo, deal)
    [one] = await due(demo, deal)
    for response in ("ACCEPT", "DISMISS"):
        await changed(demo, RESPOND, actionId=one["id"], response=response, reason="Another day")
        assert await demo.value("SELECT count(*) FROM task WHERE opportunity_id = $1::text::uuid", deal[4:]) == 1
    assert (await demo.run(TASK, SELLER, id=task))["node"]["status"] == "OPEN"
    assert await due(demo, deal) == []


async def test_it_follows_its_task(demo: Demo) -> None:
    await register(demo.database, ADVICE)
    deal = await quiet_deal(demo)
    assert await due(demo, deal) == []
    task = await given(demo, deal)
    await caught_up(demo.database, ADVICE)
    [one] = await due(demo, deal)
    await changed(demo, SAVE_TASK, taskId=task, dueAt=ago(-30))
    await caught_up(demo.database, ADVICE)
    assert await due(demo, deal) == []
    assert await status(demo, one["id"]) == "EXPIRED"


async def test_somebody_elses_task_is_not_ticked_off(demo: Demo) -> None:
    deal = await deal_of(
        demo, COLLEAGUE, "NOT EXISTS (SELECT FROM team_member s WHERE s.opportunity_id = opportunity.id)"
    )
    await demo.value(
        "INSERT INTO team_member (id, opportunity_id, user_id, access) VALUES ($1, $2::text::uuid, $3, 'EDIT')",
        new_id(),
        deal[4:],
        demo_id(f"user/{SELLER}"),
    )
    task = await given(demo, deal, COLLEAGUE)
    [one] = await due(demo, deal)
    assert refusals(await changed(demo, RESPOND, actionId=one["id"], response="COMPLETE")) == [
        ("FORBIDDEN", ["actionId"])
    ]
    assert (await demo.run(TASK, SELLER, id=task))["node"]["status"] == "OPEN"
    assert await status(demo, one["id"]) == "PROPOSED"


async def test_who_sells_along_sees_nothing_of_it(joint: Joint) -> None:
    demo = joint.demo
    await joint.join(access="EDIT")
    await given(demo, joint.id, LEADER)
    [one] = await due(demo, joint.id, LEADER)
    assert await due(demo, joint.id, MANAGER) == []
    assert (await demo.run(NODE, MANAGER, id=one["id"]))["node"] is None


async def test_nothing_of_it_is_left_of_who_is_erased(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    await given(demo, deal, title="Ask about the Tantalum")
    [one] = await due(demo, deal)
    assert "Tantalum" in one["title"]
    await erased(demo, "user_account", demo_id(f"user/{SELLER}"))
    assert await demo.value("SELECT count(*) FROM next_best_action n WHERE n::text LIKE '%Tantalum%'") == 0
