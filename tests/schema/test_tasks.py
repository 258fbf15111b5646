"""Tasks: seen by those whose they are and who gave them, given to those who see the deal, and done with what they stand
for."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.consumers.follow import register
from app.demo.people import demo_id
from app.events import append, facts
from app.models.columns import new_id
from app.tasks.consumer import TASKS
from app.tasks.overdue import tell_overdue
from app.vocabulary import EventType, RegistrationStatus
from tests.app.consumers.following import caught_up
from tests.schema.registrations import saved as saved_registration
from tests.schema.test_comments import quiet_deal
from tests.schema.test_contacts import changed, refusals
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo, deal_of
from tests.tables import tables_with

SAVE = """mutation($input: UpsertTaskInput!) { upsertTask(input: $input) { created task { id title status dueAt overdue
  urgency source version assignee { name } createdBy { name } opportunity { id } activity { id } completedAt }
  userErrors { code message path } } }"""
DONE = """mutation($input: CompleteTaskInput!) { completeTask(input: $input) { task { id status completedAt version
  completedBy { name } action { status } } userErrors { code message path } } }"""
READ = """query($id: ID!, $filter: TaskFilter, $order: TaskOrder) { opportunity(id: $id) {
  tasks(first: 50, filter: $filter, orderBy: $order) { totalCount nodes { title } } } }"""
LIST = """query($filter: TaskFilter, $order: TaskOrder) { tasks(first: 50, filter: $filter, orderBy: $order) {
  totalCount nodes { title } } }"""
LIVE = """subscription($filter: TaskEventFilter, $after: Cursor) { tasksChanged(filter: $filter, after: $after) {
  type cursor fields task { title } } }"""
PEOPLE = (SELLER, MANAGER, COLLEAGUE, RIVAL, VENDOR)


def user(name: str) -> str:
    return f"usr_{demo_id(f'user/{name}')}"


async def saved(demo: Demo, who: str = SELLER, **given: Any) -> dict[str, Any]:
    answer = await changed(demo, SAVE, who, **given)
    assert answer["userErrors"] == []
    found: dict[str, Any] = answer["task"]
    return found


async def titles(demo: Demo, who: str, filter: dict[str, Any] | None = None, order: Any = None) -> list[str]:
    found = (await demo.run(LIST, who, filter=filter, order=order))["tasks"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["title"] for node in found["nodes"]]


async def of_deal(demo: Demo, deal: str, who: str, **arguments: Any) -> list[str] | None:
    found = (await demo.run(READ, who, id=deal, **arguments))["opportunity"]
    return None if found is None else [node["title"] for node in found["tasks"]["nodes"]]


async def test_each_sees_the_tasks_of_their_organisation_and_those_it_gave(demo: Demo) -> None:
    await demo.value("DELETE FROM task")
    deal = await quiet_deal(demo)
    made = {
        "own": await saved(demo, opportunityId=deal, title="own"),
        "given to the vendor": await saved(
            demo, opportunityId=deal, title="given to the vendor", assigneeId=user(VENDOR)
        ),
        "the vendor's": await saved(demo, VENDOR, opportunityId=deal, title="the vendor's"),
        "from the vendor": await saved(
            demo, VENDOR, opportunityId=deal, title="from the vendor", assigneeId=user(MANAGER)
        ),
        "of no deal": await saved(demo, title="of no deal"),
        "the manager's": await saved(demo, MANAGER, title="the manager's"),
    }
    on_it = ["own", "given to the vendor", "from the vendor"]
    seen = {
        SELLER: [*on_it, "of no deal"],
        MANAGER: [*on_it, "of no deal", "the manager's"],
        COLLEAGUE: [],
        RIVAL: [],
        VENDOR: list(made),
    }
    for who in PEOPLE:
        order = {"field": "CREATED_AT", "direction": "ASC"}
        assert await titles(demo, who, order=order) == seen[who], who
        expected = None if who in (COLLEAGUE, RIVAL) else [t for t in seen[who] if t in (*on_it, "the vendor's")]
        assert await of_deal(demo, deal, who, order=order) == expected, who
        by_id = await demo.run(
            "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Task { title } } }",
            who,
            ids=[one["id"] for one in made.values()],
        )
        assert by_id["nodes"] == [{"title": title} if title in seen[who] else None for title in made], who
    assert await titles(demo, SELLER, {"scope": "MINE"}) == ["own", "of no deal"]
    assert await titles(demo, MANAGER, {"scope": "MY_TEAM"}, order) == [
        "own",
        "from the vendor",
        "of no deal",
        "the manager's",
    ]
    assert await titles(demo, VENDOR, {"scope": "MY_TEAM"}, order) == ["given to the vendor", "the vendor's"]


async def test_a_task_is_given_only_to_somebody_who_sees_the_deal(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    for name, code in ((COLLEAGUE, "INVALID"), (RIVAL, "NOT_FOUND")):
        answer = await changed(demo, SAVE, opportunityId=deal, title="x", assigneeId=user(name))
        assert refusals(answer) == [(code, ["assigneeId"])]
    task = await saved(demo, opportunityId=deal, title="x")
    assert refusals(await changed(demo, SAVE, taskId=task["id"], assigneeId=user(COLLEAGUE))) == [
        ("INVALID", ["assigneeId"])
    ]
    assert refusals(await changed(demo, SAVE, title="x", assigneeId=user(VENDOR))) == [("INVALID", ["assigneeId"])]
    assert await of_deal(demo, deal, SELLER) == ["x"]
    unassigned = await saved(demo, taskId=task["id"], assigneeId=None)
    assert (unassigned["assignee"], unassigned["version"]) == (None, 2)


async def test_a_form_names_all_its_faults_and_changes_nothing(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    answer = await changed(
        demo, SAVE, opportunityId=deal, title=" ", description="a\0", dueAt="1200-01-01T00:00:00Z", status="DONE"
    )
    assert [path for _, path in refusals(answer)] == [["title"], ["description"], ["dueAt"], ["status"]]
    nowhere = await changed(demo, SAVE, opportunityId=f"opp_{new_id()}", title="x")
    assert refusals(nowhere) == [("NOT_FOUND", ["opportunityId"])]
    task = await saved(demo, opportunityId=deal, title="x")
    again = await changed(demo, SAVE, taskId=task["id"], opportunityId=deal, title="y")
    assert refusals(again) == [("INVALID", ["opportunityId"])]
    stale = await changed(demo, SAVE, taskId=task["id"], title="y", expectedVersion=7)
    assert refusals(stale) == [("CONFLICT", ["expectedVersion"])]
    assert stale["task"]["title"] == "x"
    assert await of_deal(demo, deal, SELLER) == ["x"]


async def test_what_a_task_says_stands_in_its_table_alone(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    await saved(demo, opportunityId=deal, title="Tantalum title", description="Hafnium details")
    for words in ("Tantalum title", "Hafnium details"):
        assert await tables_with(demo.database, words) == ["task"]


async def test_an_activity_and_its_task_are_done_together(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    query = "query($id: ID!) { opportunity(id: $id) { activities { activity { id } status note } } }"

    async def activities() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await demo.run(query, SELLER, id=deal))["opportunity"]["activities"]
        return found

    activity = next(one["activity"]["id"] for one in await activities() if one["status"] == "PENDING")
    task = await saved(demo, opportunityId=deal, activityId=activity, title="first")
    done = await changed(demo, DONE, taskId=task["id"], note="They were in", expectedVersion=1)
    assert (done["task"]["status"], done["task"]["version"]) == ("DONE", 2)
    [record] = [one for one in await activities() if one["activity"]["id"] == activity]
    assert (record["status"], record["note"]) == ("COMPLETED", "They were in")
    complete = """mutation($input: CompleteActivityInput!) { completeActivity(input: $input) {
      opportunity { id } userErrors { code } } }"""
    await changed(demo, complete, opportunityId=deal, activityId=activity, status="PENDING")
    other = await saved(demo, VENDOR, opportunityId=deal, activityId=activity, title="second")
    await changed(demo, complete, opportunityId=deal, activityId=activity)
    order = {"field": "CREATED_AT", "direction": "ASC"}
    assert await titles(demo, VENDOR, {"open": False, "opportunityId": deal}, order) == ["first", "second"]
    assert (await changed(demo, DONE, VENDOR, taskId=other["id"]))["task"]["version"] == 2


async def test_accepted_advice_is_a_task_until_either_is_done(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    query = """query($id: ID!) { opportunity(id: $id) { recommendations(first: 20) {
      actions { id kind title urgency dueAt criterion { id } activity { id } } } } }"""
    respond = """mutation($input: RespondToActionInput!) { respondToAction(input: $input) {
      action { status } userErrors { code message } } }"""
    actions = (await demo.run(query, SELLER, id=deal))["opportunity"]["recommendations"]["actions"]
    plain = [one for one in actions if one["kind"] in ("SHARE_CONTENT", "STUDY_CONTENT", "RE_ENGAGE", "INTRODUCE")]
    answered, completed = plain[0], plain[1] if len(plain) > 1 else None
    await changed(demo, respond, actionId=answered["id"], response="ACCEPT")
    fields = "title urgency dueAt source status assignee { name } action { id }"
    find = f"query($id: ID!) {{ tasks(filter: {{opportunityId: $id}}) {{ nodes {{ id {fields} }} }} }}"
    [task] = (await demo.run(find, SELLER, id=deal))["tasks"]["nodes"]
    id = task.pop("id")
    assert task == {
        "title": answered["title"],
        "urgency": answered["urgency"],
        "dueAt": answered["dueAt"],
        "source": "GUIDANCE",
        "status": "OPEN",
        "assignee": {"name": SELLER},
        "action": {"id": answered["id"]},
    }
    done = await changed(demo, DONE, taskId=id)
    assert done["userErrors"] == []
    assert (done["task"]["status"], done["task"]["action"]["status"]) == ("DONE", "COMPLETED")
    if completed is not None:
        for response, status in (("ACCEPT", "OPEN"), ("DISMISS", "CANCELLED")):
            await changed(demo, respond, actionId=completed["id"], response=response, reason="No")
            nodes = (await demo.run(find, SELLER, id=deal))["tasks"]["nodes"]
            assert [one["status"] for one in nodes if one["action"]["id"] == completed["id"]] == [status]


async def test_only_whose_it_is_who_made_it_and_managers_change_a_task(demo: Demo) -> None:
    deal = await deal_of(
        demo, COLLEAGUE, "NOT EXISTS (SELECT FROM team_member s WHERE s.opportunity_id = opportunity.id)"
    )
    await demo.value(
        "INSERT INTO team_member (id, opportunity_id, user_id, access) VALUES ($1, $2::text::uuid, $3, 'EDIT')",
        new_id(),
        deal[4:],
        demo_id(f"user/{SELLER}"),
    )
    task = await saved(demo, COLLEAGUE, opportunityId=deal, title="x")
    assert refusals(await changed(demo, SAVE, taskId=task["id"], title="y")) == [("FORBIDDEN", ["taskId"])]
    assert refusals(await changed(demo, DONE, taskId=task["id"])) == [("FORBIDDEN", ["taskId"])]
    await saved(demo, MANAGER, taskId=task["id"], assigneeId=None)
    taken = await saved(demo, taskId=task["id"], assigneeId=user(SELLER))
    assert taken["assignee"] == {"name": SELLER}
    assert refusals(await changed(demo, SAVE, RIVAL, taskId=task["id"], title="y")) == [("NOT_FOUND", ["taskId"])]


async def test_each_hears_live_of_the_tasks_that_they_ask_for_and_see(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    before = (await demo.run("{ events(last: 1) { nodes { cursor } } }", SELLER))["events"]["nodes"][0]["cursor"]
    mine, team, of_it = {"scope": "MINE"}, {"scope": "MY_TEAM"}, {"opportunityId": deal}
    async with AsyncExitStack() as stack:

        async def heard(who: str, filter: dict[str, Any] | None) -> Any:
            return await stack.enter_async_context(demo.follow(LIVE, who, filter=filter))

        seller, manager, vendor = await heard(SELLER, mine), await heard(MANAGER, team), await heard(VENDOR, of_it)
        task = await saved(demo, opportunityId=deal, title="x")
        await saved(demo, taskId=task["id"], assigneeId=user(VENDOR))
        last = await saved(demo, title="last")
        await changed(demo, DONE, taskId=last["id"])

        async def told(feed: Any) -> tuple[str, str | None]:
            said = (await anext(feed))["data"]["tasksChanged"]
            return said["type"], said["task"]["title"] if said["task"] else None

        created, updated = ("TASK_CREATED", "x"), ("TASK_UPDATED", "x")
        assert [await told(seller) for _ in range(4)] == [
            created,
            updated,
            ("TASK_CREATED", "last"),
            ("TASK_COMPLETED", "last"),
        ]
        assert [await told(manager) for _ in range(2)] == [created, ("TASK_CREATED", "last")]
        assert [await told(vendor) for _ in range(2)] == [created, updated]
    async with demo.follow(LIVE, SELLER, after=before) as again:
        assert (await anext(again))["data"]["tasksChanged"]["task"] == {"title": "x"}


async def test_that_a_task_is_overdue_is_told_once_for_each_due_date(demo: Demo) -> None:
    await demo.value("DELETE FROM task")
    deal, now = await quiet_deal(demo), datetime.now(UTC)
    past, later = (now - timedelta(hours=2)).isoformat(), (now + timedelta(days=2)).isoformat()
    task = await saved(demo, opportunityId=deal, title="late", dueAt=past)
    await saved(demo, opportunityId=deal, title="soon", dueAt=later)
    assert task["overdue"] is True
    assert await titles(demo, SELLER, {"overdue": True, "opportunityId": deal}) == ["late"]
    assert await titles(demo, SELLER, {"overdue": False, "opportunityId": deal}) == ["soon"]
    assert [await tell_overdue(demo.database, now) for _ in range(2)] == [1, 0]
    await saved(demo, taskId=task["id"], dueAt=(now - timedelta(hours=1)).isoformat())
    assert [await tell_overdue(demo.database, now) for _ in range(2)] == [1, 0]
    await changed(demo, DONE, taskId=task["id"])
    assert await tell_overdue(demo.database, now + timedelta(days=3)) == 1


async def test_overdue_ones_are_found_by_an_index(demo: Demo) -> None:
    await demo.value(
        "INSERT INTO task (id, organization_id, from_organization_id, title, due_at, overdue_at)"
        " SELECT gen_random_uuid(), $1, $1, 'x', now() - make_interval(mins => n), now()"
        " FROM generate_series(1, 3000) n",
        demo_id("org/alpine-it"),
    )
    await demo.value("ANALYZE task")
    plan = await demo.database.fetch(
        "EXPLAIN SELECT id FROM task WHERE due_at < now() AND status IN ('OPEN', 'IN_PROGRESS') AND overdue_at IS NULL"
        " ORDER BY due_at, id LIMIT 500"
    )
    assert "task_becoming_overdue" in str(plan)


async def test_the_tasks_of_somebody_who_sees_the_deal_no_more_go_to_its_owner(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    await register(demo.database, TASKS)
    await saved(demo, opportunityId=deal, title="seller's")
    update = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
      opportunity { id } userErrors { code } } }"""
    await changed(demo, update, MANAGER, opportunityId=deal, ownerId=user(COLLEAGUE))
    await caught_up(demo.database, TASKS)
    find = "query($id: ID!) { tasks(filter: {opportunityId: $id}) { nodes { status assignee { name } } } }"
    assert (await demo.run(find, MANAGER, id=deal))["tasks"]["nodes"] == [
        {"status": "OPEN", "assignee": {"name": COLLEAGUE}}
    ]
    await changed(demo, update, VENDOR, opportunityId=deal, partnerId=f"ptr_{demo_id('org/brightwater')}")
    await caught_up(demo.database, TASKS)
    assert (await demo.run(find, VENDOR, id=deal))["tasks"]["nodes"] == [
        {"status": "CANCELLED", "assignee": {"name": COLLEAGUE}}
    ]
    assert (await demo.run(find, RIVAL, id=deal))["tasks"]["nodes"] == []


TASKS_OF = "{ tasks(first: 50) { nodes { title status assignee { name } } } }"


async def whose(demo: Demo, *titles: str) -> dict[str, tuple[str, str]]:
    nodes = (await demo.run(TASKS_OF, VENDOR))["tasks"]["nodes"]
    return {one["title"]: (one["status"], one["assignee"]["name"]) for one in nodes if one["title"] in titles}


async def owned_by(demo: Demo, *owners: str | None) -> list[str]:
    """Open deals of the manager's partner, without a team."""
    rows = await demo.database.fetch(
        "SELECT o.id FROM opportunity o JOIN user_account u ON u.organization_id = o.partner_id AND u.id = $1"
        " WHERE o.status = 'OPEN' AND NOT EXISTS (SELECT FROM team_member s WHERE s.opportunity_id = o.id)"
        " ORDER BY o.id LIMIT $2",
        *(demo_id(f"user/{MANAGER}"), len(owners)),
    )
    for row, owner in zip(rows, owners, strict=True):
        id = owner and demo_id(f"user/{owner}")
        await demo.value("UPDATE opportunity SET owner_id = $2 WHERE id = $1 RETURNING id", row["id"], id)
    return [f"opp_{row['id']}" for row in rows]


async def test_the_tasks_of_who_becomes_a_seller_stay_with_those_who_see_what_they_are_of(demo: Demo) -> None:
    deal, nobodys, own = await owned_by(demo, SELLER, None, MANAGER)
    registration = (await saved_registration(demo, SELLER))["id"]
    given = {"assigneeId": user(MANAGER)}
    for title, id in (("colleague's", deal), ("nobody's", nobodys), ("own", own)):
        await saved(demo, MANAGER, opportunityId=id, title=title, **given)
    await saved(demo, MANAGER, registrationId=registration, title="registered", **given)
    await saved(demo, MANAGER, title="alone", **given)
    narrow = """mutation($input: UpsertUserInput!) { upsertUser(input: $input) { user { role }
      userErrors { code message } } }"""
    answer = await changed(demo, narrow, VENDOR, userId=user(MANAGER), role="PARTNER_SELLER")
    assert answer["userErrors"] == []
    assert await whose(demo, "colleague's", "nobody's", "own", "registered", "alone") == {
        "colleague's": ("OPEN", SELLER),
        "nobody's": ("CANCELLED", MANAGER),
        "own": ("OPEN", MANAGER),
        "registered": ("OPEN", SELLER),
        "alone": ("OPEN", MANAGER),
    }


async def test_the_tasks_of_a_registration_go_with_whoever_sees_it(demo: Demo) -> None:
    """Be it that its deal goes, or that the registration gets another owner."""
    await register(demo.database, TASKS)
    alone = (await saved_registration(demo, COLLEAGUE))["id"]
    row = await demo.database.fetchrow(
        "UPDATE deal_registration SET owner_id = NULL WHERE id = (SELECT r.id FROM deal_registration r"
        " JOIN opportunity o ON o.id = r.opportunity_id JOIN user_account u ON u.organization_id = o.partner_id"
        " WHERE u.id = $1 AND r.partner_id = o.partner_id AND o.status = 'OPEN'"
        " AND NOT EXISTS (SELECT FROM team_member s WHERE s.opportunity_id = o.id) ORDER BY r.id LIMIT 1)"
        " RETURNING id, opportunity_id",
        demo_id(f"user/{SELLER}"),
    )
    assert row is not None
    of_deal, deal = f"reg_{row['id']}", f"opp_{row['opportunity_id']}"
    owned = "UPDATE opportunity SET owner_id = $2 WHERE id = $1 RETURNING id"
    await demo.value(owned, row["opportunity_id"], demo_id(f"user/{SELLER}"))
    await saved(demo, COLLEAGUE, registrationId=alone, title="of it", assigneeId=user(COLLEAGUE))
    await saved(demo, SELLER, registrationId=of_deal, title="of its deal", assigneeId=user(SELLER))
    update = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
      opportunity { id } userErrors { code } } }"""
    await changed(demo, update, MANAGER, opportunityId=deal, ownerId=user(COLLEAGUE))
    given = """UPDATE deal_registration SET owner_id = $2 WHERE id = $1::text::uuid RETURNING partner_id"""
    partner = await demo.value(given, alone[4:], demo_id(f"user/{SELLER}"))
    async with demo.database.transaction() as tx:
        status = RegistrationStatus.DRAFT
        said = {"status": status, "partner_id": partner, "actor_id": None, "fields": ["owner"]}
        await append(tx, facts.registration_step(EventType.REGISTRATION_SAVED, UUID(alone[4:]), **said))
    await caught_up(demo.database, TASKS)
    assert await whose(demo, "of its deal", "of it") == {"of its deal": ("OPEN", COLLEAGUE), "of it": ("OPEN", SELLER)}


@pytest.mark.parametrize("heir", [MANAGER, None])
async def test_the_tasks_of_who_leaves_go_to_the_heir_or_to_nobody(demo: Demo, heir: str | None) -> None:
    deal = await quiet_deal(demo)
    await saved(demo, opportunityId=deal, title="seller's")
    await demo.value("UPDATE opportunity SET owner_id = NULL WHERE owner_id = $1", demo_id(f"user/{SELLER}"))
    leave = """mutation($input: DeactivateUserInput!) { deactivateUser(input: $input) {
      user { active } userErrors { code message } } }"""
    answer = await changed(demo, leave, VENDOR, userId=user(SELLER), **({"reassignTo": user(heir)} if heir else {}))
    assert answer["userErrors"] == []
    find = "query($id: ID!) { tasks(filter: {opportunityId: $id}) { nodes { status assignee { name } } } }"
    expected = {"name": heir} if heir else None
    assert (await demo.run(find, VENDOR, id=deal))["tasks"]["nodes"] == [{"status": "OPEN", "assignee": expected}]
