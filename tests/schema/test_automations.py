"""Automations: triggered by what happens and by the time, once for each, as far as their rights and limits go."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest

from app import nouns
from app.automation import store
from app.automation.beginning import Moment, begin, run_soon
from app.automation.consumer import AUTOMATIONS
from app.automation.definition import Definition, Step, Trigger
from app.automation.limits import MOST_DEPTH
from app.automation.past import past
from app.automation.running import ATTEMPTS, run_due
from app.automation.saving import REMOVED, AutomationSaved, upsert_automation
from app.automation.timing import look
from app.automation.trying import in_turns
from app.automation.upkeep import forget_old
from app.consumers.follow import register
from app.demo.people import demo_id
from app.events import log
from app.identity.viewer import ClientIdentity
from app.outcomes import Refused
from app.settings import settings, use_settings
from app.tasks.overdue import tell_overdue
from app.vocabulary import ApiScope, AutomationStepKind, EventType
from tests.app.consumers.following import caught_up
from tests.schema.test_comments import quiet_deal, said
from tests.schema.test_contacts import changed, refusals
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo, person
from tests.waiting import PATIENCE

ADMIN = "Ingrid Solberg"
SAVE = """mutation($input: UpsertAutomationInput!) { upsertAutomation(input: $input) { created automation {
  id key enabled version role } userErrors { code message path } } }"""
ENABLE = """mutation($input: SetAutomationEnabledInput!) { setAutomationEnabled(input: $input) {
  automation { enabled version } userErrors { code path } } }"""
REMOVE = """mutation($input: RemoveAutomationInput!) { removeAutomation(input: $input) {
  automation { enabled removedAt } userErrors { code path } } }"""
TRY = """mutation($input: TryAutomationInput!) { tryAutomation(input: $input) { runCount lookedSince
  runs { at eventType opportunity { id } steps { kind dueAt summary error } } userErrors { code message path } } }"""
RUNS = """query($id: ID!) { automation(id: $id) { runs(first: 50) { totalCount nodes { version depth status error
  event { type } opportunity { id } steps { kind status outcome error step { afterMinutes settings } } } } } }"""
UPDATE = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { id } userErrors { code message } } }"""
COMMENT = {"kind": "COMMENT", "settings": {"body": "{{ deal.name }} says {{ event.type }}"}}
TASK = {"kind": "CREATE_TASK", "settings": {"title": "Call {{ account.name }}", "dueInDays": 2}}
UPDATED = {"events": ["OPPORTUNITY_UPDATED"]}
TASKS_OF = "query($id: ID!) { tasks(filter: {opportunityId: $id}) { nodes { title source assignee { name } dueAt } } }"


@pytest.fixture
async def demo(demo: Demo) -> Demo:
    """Its consumer begins now."""
    await register(demo.database, AUTOMATIONS)
    return demo


async def saved(demo: Demo, key: str, trigger: Any, *steps: Any, who: str = VENDOR, **given: Any) -> dict[str, Any]:
    definition = {"key": key, "name": f"Automation {key}", "trigger": trigger, "steps": list(steps), **given}
    answer = await changed(demo, SAVE, who, automation=definition, enabled=True)
    assert answer["userErrors"] == []
    found: dict[str, Any] = answer["automation"]
    return found


async def settled(demo: Demo, at: datetime | None = None) -> None:
    """All that follows from what has happened, as of then."""
    while True:
        await caught_up(demo.database, AUTOMATIONS)
        if not await run_due(demo.database, at):
            return


async def runs(demo: Demo, automation: dict[str, Any]) -> list[dict[str, Any]]:
    """Oldest first."""
    found = (await demo.run(RUNS, VENDOR, id=automation["id"]))["automation"]["runs"]["nodes"]
    return list(reversed(found))


async def touched(demo: Demo, deal: str, words: str = "Ring them", who: str = SELLER) -> None:
    answer = await changed(demo, UPDATE, who, opportunityId=deal, nextStep=words)
    assert answer["userErrors"] == []


async def comments(demo: Demo, deal: str) -> list[tuple[str, str | None]]:
    query = "query($id: ID!) { opportunity(id: $id) { comments(first: 50) { nodes { body author { name } } } } }"
    nodes = (await demo.run(query, SELLER, id=deal))["opportunity"]["comments"]["nodes"]
    return [(node["body"], node["author"] and node["author"]["name"]) for node in nodes]


async def test_an_event_triggers_each_step_once_as_a_user_of_the_system(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    notice = {"kind": "NOTIFY", "settings": {"to": ["OWNER"], "title": "Look at {{ deal.name }}"}}
    automation = await saved(demo, "follow-up", UPDATED, COMMENT, TASK, notice)
    assert (automation["role"], automation["version"]) == ("CHANNEL_MANAGER", 1)
    await touched(demo, deal)
    for _ in range(3):
        await settled(demo)
    name = await demo.value("SELECT name FROM opportunity WHERE id = $1::text::uuid", deal[4:])
    assert await comments(demo, deal) == [(f"{name} says OPPORTUNITY_UPDATED", "Automation: Automation follow-up")]
    [task] = (await demo.run(TASKS_OF, SELLER, id=deal))["tasks"]["nodes"]
    assert (task["source"], task["assignee"]) == ("AUTOMATION", {"name": SELLER})
    [run] = await runs(demo, automation)
    assert (run["status"], run["depth"], run["event"], run["opportunity"]) == (
        "DONE",
        0,
        {"type": "OPPORTUNITY_UPDATED"},
        {"id": deal},
    )
    assert [(step["kind"], step["status"], step["outcome"][:4]) for step in run["steps"]] == [
        ("COMMENT", "DONE", "com_"),
        ("CREATE_TASK", "DONE", "tsk_"),
        ("NOTIFY", "DONE", "usr_"),
    ]
    inbox = await demo.run("{ notifications(first: 20) { nodes { kind title } } }", SELLER)
    told = [one["title"] for one in inbox["notifications"]["nodes"] if one["kind"] == "AUTOMATION"]
    assert told == [f"Look at {name}"]
    audited = await demo.database.fetch("SELECT action, mutation FROM audit_entry WHERE mutation LIKE 'automation %'")
    assert {tuple(row) for row in audited} == {
        ("COMMENT_ADDED", "automation follow-up, version 1"),
        ("TASK_CREATED", "automation follow-up, version 1"),
    }


async def test_a_condition_and_a_playbook_choose_the_deals(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    key = await demo.value(
        "SELECT p.key FROM opportunity o JOIN playbook p ON p.id = o.playbook_id WHERE o.id = $1::text::uuid", deal[4:]
    )
    elsewhere = "manufacturing" if key != "manufacturing" else "it-software"
    never = await saved(demo, "never", UPDATED, COMMENT, condition='deal.nextStep == "Something else"')
    other = await saved(demo, "elsewhere", UPDATED, COMMENT, playbookKey=elsewhere)
    met = await saved(
        demo, "met", UPDATED, TASK, condition='"nextStep" in event.fields && event.byPartner', playbookKey=key
    )
    await touched(demo, deal)
    await settled(demo)
    assert [len(await runs(demo, one)) for one in (never, other, met)] == [0, 0, 1]


async def test_a_delayed_step_keeps_its_version_and_is_asked_again(demo: Demo) -> None:
    deal, now = await quiet_deal(demo), datetime.now(UTC)
    later = {**COMMENT, "afterMinutes": 60, "onlyIfStill": 'deal.nextStep == "Ring them"'}
    automation = await saved(demo, "delayed", UPDATED, later, {**TASK, "afterMinutes": 120})
    await touched(demo, deal)
    await settled(demo)
    assert await comments(demo, deal) == []
    changed_steps = {"kind": "COMMENT", "settings": {"body": "Of version 2"}}
    await saved(demo, "delayed", UPDATED, changed_steps, condition="false")
    await touched(demo, deal, "Another step")
    await settled(demo, now + timedelta(minutes=61))
    [run] = await runs(demo, automation)
    assert run["status"] == "RUNNING"
    assert [step["status"] for step in run["steps"]] == ["SKIPPED", "WAITING"]
    await settled(demo, now + timedelta(minutes=121))
    [run] = await runs(demo, automation)
    assert (run["version"], run["status"]) == (1, "DONE")
    assert await comments(demo, deal) == []
    assert [task["title"] for task in (await demo.run(TASKS_OF, SELLER, id=deal))["tasks"]["nodes"]] != []


async def test_one_that_is_removed_ends_what_is_under_way_visibly_and_frees_its_key(demo: Demo) -> None:
    deal, later = await quiet_deal(demo), {**TASK, "afterMinutes": 60}
    removed = await saved(demo, "removed", UPDATED, COMMENT, later, later)
    waiting = await saved(demo, "waiting", UPDATED, later)
    other = await saved(demo, "other", UPDATED, later)
    await touched(demo, deal)
    await settled(demo)
    for automation in (removed, waiting):
        answer = await changed(demo, REMOVE, VENDOR, automationId=automation["id"], expectedVersion=1)
        assert answer["userErrors"] == []
        assert (answer["automation"]["enabled"], answer["automation"]["removedAt"] is not None) == (False, True)
    await touched(demo, deal, "Ring them again")
    await settled(demo, datetime.now(UTC) + timedelta(hours=2))
    (run,), (left,) = await runs(demo, removed), await runs(demo, waiting)
    assert (run["status"], run["error"]) == ("DONE", REMOVED)
    assert [(step["status"], step["error"]) for step in run["steps"]] == [("DONE", None), *[("SKIPPED", REMOVED)] * 2]
    assert (left["status"], left["error"]) == ("SKIPPED", REMOVED)
    assert [one["status"] for one in await runs(demo, other)] == ["DONE", "DONE"]
    listed = (await demo.run("{ automations(first: 10) { nodes { key } } }", VENDOR))["automations"]["nodes"]
    assert [one["key"] for one in listed] == ["other"]
    refused = await changed(demo, ENABLE, VENDOR, automationId=removed["id"], enabled=True)
    assert refused["userErrors"] == [{"code": "NOT_FOUND", "path": ["automationId"]}]
    again = await saved(demo, "removed", UPDATED, COMMENT)
    assert again["id"] != removed["id"]
    assert again["version"] == 1


async def test_a_step_that_fails_ends_its_run_and_changes_nothing(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    move = {"kind": "ADVANCE_STAGE", "settings": {"to": "closed-won"}}
    automation = await saved(demo, "mover", UPDATED, move, COMMENT)
    stage = await demo.value("SELECT stage_id FROM opportunity WHERE id = $1::text::uuid", deal[4:])
    await touched(demo, deal)
    await settled(demo)
    [run] = await runs(demo, automation)
    assert run["status"] == "FAILED"
    assert [step["status"] for step in run["steps"]] == ["FAILED", "SKIPPED"]
    assert run["steps"][0]["error"].startswith("BLOCKED: ")
    assert await demo.value("SELECT stage_id FROM opportunity WHERE id = $1::text::uuid", deal[4:]) == stage
    assert await comments(demo, deal) == []


async def test_changes_of_the_deal_take_the_way_of_a_persons(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    query = "query($id: ID!) { opportunity(id: $id) { criteria(scope: ALL) { criterion { key check confirmedBy } } } }"
    criteria = (await demo.run(query, SELLER, id=deal))["opportunity"]["criteria"]
    key = next(
        one["criterion"]["key"]
        for one in criteria
        if one["criterion"]["check"] == "MANUAL" and one["criterion"]["confirmedBy"] == "ANYONE_ON_DEAL"
    )
    automation = await saved(
        demo,
        "all-of-it",
        {"events": ["ACTIVITY_COMPLETED"]},
        {"kind": "SET_FIELD", "settings": {"field": "nextStep", "value": "Ask {{ account.name }}"}},
        {"kind": "MARK_CRITERION", "settings": {"criterionKey": key, "evidence": "Seen by {{ owner.name }}"}},
        {"kind": "ADD_TEAM_MEMBER", "settings": {"person": "CHANNEL_MANAGER", "role": "CHANNEL_MANAGER"}},
        {"kind": "CREATE_TASK", "settings": {"forEach": "ACTIVITY"}},
    )
    activities = "query($id: ID!) { opportunity(id: $id) { activities { activity { id } status } } }"
    open_ones = [
        one["activity"]["id"]
        for one in (await demo.run(activities, SELLER, id=deal))["opportunity"]["activities"]
        if one["status"] == "PENDING"
    ]
    complete = """mutation($input: CompleteActivityInput!) { completeActivity(input: $input) {
      opportunity { id } userErrors { code } } }"""
    await changed(demo, complete, opportunityId=deal, activityId=open_ones[0])
    await settled(demo)
    [run] = await runs(demo, automation)
    assert [(step["status"], step["error"]) for step in run["steps"]] == [("DONE", None)] * 4
    read = "query($id: ID!) { opportunity(id: $id) { nextStep team { user { name } role } } }"
    found = (await demo.run(read, SELLER, id=deal))["opportunity"]
    assert found["nextStep"].startswith("Ask ")
    assert [member["role"] for member in found["team"] if member["role"] == "CHANNEL_MANAGER"]
    tasks = (await demo.run(TASKS_OF, SELLER, id=deal))["tasks"]["nodes"]
    assert len(tasks) == len(open_ones) - 1


async def test_two_automations_that_trigger_each_other_end_in_a_run_that_says_so(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    ping = {"kind": "SET_FIELD", "settings": {"field": "nextStep", "value": "ping {{ deal.nextStep }}"}}
    first = await saved(demo, "ping", UPDATED, ping, condition='deal.nextStep.startsWith("pong")')
    pong = {"kind": "SET_FIELD", "settings": {"field": "nextStep", "value": "pong {{ deal.nextStep }}"}}
    second = await saved(demo, "pong", UPDATED, pong, condition='deal.nextStep.startsWith("ping")')
    await touched(demo, deal, "ping")
    await settled(demo)
    found = sorted((*await runs(demo, first), *await runs(demo, second)), key=lambda run: run["depth"])
    assert [run["depth"] for run in found] == list(range(MOST_DEPTH + 1))
    assert [run["status"] for run in found] == ["DONE"] * MOST_DEPTH + ["SKIPPED"]
    assert "ends here" in found[-1]["error"]
    assert await demo.value("SELECT next_step FROM opportunity WHERE id = $1::text::uuid", deal[4:]) == (
        "pong ping pong ping pong ping"
    )


async def test_what_nobody_did_continues_the_chain_of_what_an_automation_did_before(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    automation = await saved(demo, "advised", {"events": ["RECOMMENDATIONS_UPDATED"]}, COMMENT)
    for _ in range(MOST_DEPTH + 3):
        async with demo.database.transaction() as tx:
            about = log.about(nouns.OPPORTUNITY, UUID(deal[4:]))
            await log.append(tx, log.NewEvent(EventType.RECOMMENDATIONS_UPDATED, about, None, UUID(deal[4:])))
        await settled(demo)
    found = await runs(demo, automation)
    assert [run["depth"] for run in found] == [*range(MOST_DEPTH), *[MOST_DEPTH] * 3]
    assert [run["status"] for run in found] == ["DONE"] * MOST_DEPTH + ["SKIPPED"] * 3


async def test_a_bomb_is_bounded_by_deal_and_day_and_says_so_once(demo: Demo) -> None:
    deal, most = await quiet_deal(demo), settings().automation_runs_per_deal
    every = {"events": ["OPPORTUNITY_UPDATED", "COMMENT_ADDED", "TASK_CREATED"]}
    bomb = await saved(demo, "bomb", every, COMMENT, {**TASK, "settings": {"title": "More"}}, COMMENT)
    for n in range(3):
        await touched(demo, deal, f"Step {n}")
    await settled(demo)
    found = await demo.database.fetch(
        "SELECT status, count(*) AS n, max(error) AS error FROM automation_run WHERE automation_id = $1::text::uuid"
        " GROUP BY status",
        bomb["id"][4:],
    )
    assert {row["status"]: row["n"] for row in found} == {"DONE": most, "SKIPPED": 1}
    assert f"{most} times in this deal today" in next(row["error"] for row in found if row["error"])


async def test_a_deal_that_stays_is_silent_or_closes_triggers_once_at_its_moment(demo: Demo) -> None:
    deal, now = await quiet_deal(demo), datetime.now(UTC)
    long_ago = "now() - interval '400 days'"
    others = (
        f"UPDATE opportunity SET entered_stage_at = {long_ago}, updated_at = {long_ago},"
        " expected_close_date = '2020-01-01'"
    )
    await demo.value(f"{others} WHERE id <> $1::text::uuid", deal[4:])
    await demo.value(
        "UPDATE opportunity SET entered_stage_at = now() - interval '6 days', expected_close_date = $2"
        " WHERE id = $1::text::uuid",
        deal[4:],
        (now + timedelta(days=4)).date(),
    )
    await demo.value("DELETE FROM deal_pulse")
    await touched(demo, deal)
    await settled(demo)
    triggers: dict[str, dict[str, Any]] = {
        "stays": {"daysInStage": 7},
        "silent": {"daysSilent": 2},
        "closes": {"daysBeforeClose": 1},
        "closed": {"daysBeforeClose": -1},
    }
    made = {
        key: await saved(demo, key, trigger, COMMENT | {"settings": {"body": key}}) for key, trigger in triggers.items()
    }
    for days in (0, 0.5, 1.1, 1.2, 2.1, 2.2, 3.1, 4.1, 5.1, 6.1):
        at = now + timedelta(days=days, minutes=1)
        await look(demo.database, at)
        await run_due(demo.database, at)
    assert sorted(body for body, _ in await comments(demo, deal)) == sorted(triggers)
    assert {key: len(await runs(demo, one)) for key, one in made.items()} == dict.fromkeys(triggers, 1)


async def test_a_moment_that_a_change_draws_into_the_past_triggers_once(demo: Demo) -> None:
    deal, now = await quiet_deal(demo), datetime.now(UTC)
    await demo.value("UPDATE opportunity SET expected_close_date = '2098-01-01' WHERE id = $1::text::uuid", deal[4:])
    soon = await saved(demo, "soon", {"daysBeforeClose": 30}, COMMENT | {"settings": {"body": "Soon"}})
    await look(demo.database, now + timedelta(minutes=1))
    for _ in range(2):
        await changed(demo, UPDATE, opportunityId=deal, expectedCloseDate=(now + timedelta(days=10)).date().isoformat())
        await touched(demo, deal, f"Then {_}")
        await settled(demo)
    assert len(await runs(demo, soon)) == 1


async def test_a_schedule_looks_at_each_open_deal_once_at_each_occurrence(demo: Demo) -> None:
    deal, now = await quiet_deal(demo), datetime.now(UTC)
    name = await demo.value("SELECT name FROM opportunity WHERE id = $1::text::uuid", deal[4:])
    await demo.value("UPDATE opportunity SET name = 'The one' WHERE id = $1::text::uuid", deal[4:])
    assert name
    hourly = await saved(
        demo,
        "hourly",
        {"schedule": "0 * * * *", "timeZone": "Europe/Berlin"},
        COMMENT | {"settings": {"body": "Hi"}},
        condition='deal.name == "The one"',
    )
    for hours in (1, 1, 2, 2):
        await look(demo.database, now + timedelta(hours=hours, minutes=1))
    assert len(await runs(demo, hourly)) == 2


async def test_what_happened_while_it_was_off_is_none_of_its_business(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    automation = await saved(demo, "switched", UPDATED, COMMENT)
    off = await changed(demo, ENABLE, VENDOR, automationId=automation["id"], enabled=False)
    assert off["automation"] == {"enabled": False, "version": 1}
    await touched(demo, deal)
    await changed(demo, ENABLE, VENDOR, automationId=automation["id"], enabled=True)
    await settled(demo)
    assert await runs(demo, automation) == []


async def test_a_step_that_cannot_be_done_is_given_up_after_some_attempts(demo: Demo) -> None:
    deal, now = await quiet_deal(demo), datetime.now(UTC)
    automation = await saved(demo, "broken", UPDATED, TASK)
    await touched(demo, deal)
    await caught_up(demo.database, AUTOMATIONS)
    await demo.value(
        'UPDATE automation_step_run SET step = jsonb_set(step, \'{settings}\', \'{"title": "Secret", "more": 1}\')'
    )
    for attempt in range(ATTEMPTS + 2):
        await run_due(demo.database, now + timedelta(days=attempt))
    [run] = await runs(demo, automation)
    assert run["status"] == "FAILED"
    assert run["error"].startswith("ValidationError: ")
    assert "Secret" not in run["error"]


IN_SETTINGS = ["automation", "steps", "0", "settings"]


def step(kind: str, **settings: Any) -> dict[str, Any]:
    return {"steps": [{"kind": kind, "settings": settings}]}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"key": "Not A Key"}, ["automation", "key"]),
        ({"name": " "}, ["automation", "name"]),
        ({"trigger": {}}, ["automation", "trigger"]),
        ({"trigger": {"daysSilent": 3, "daysInStage": 2}}, ["automation", "trigger", "daysSilent"]),
        ({"trigger": {"daysInStage": 0}}, ["automation", "trigger", "daysInStage"]),
        ({"trigger": {"schedule": "* * * * *"}}, ["automation", "trigger", "schedule"]),
        ({"trigger": {"schedule": "0 0 31 2 *"}}, ["automation", "trigger", "schedule"]),
        ({"trigger": {"schedule": "0 8 * * MON", "timeZone": "Mars/Olympus"}}, ["automation", "trigger", "timeZone"]),
        ({"condition": "deal.colour == 1"}, ["automation", "condition"]),
        ({"condition": "deal.amount"}, ["automation", "condition"]),
        ({"condition": 'deal.name.matches("(a{1,100}){1,100}b")'}, ["automation", "condition"]),
        ({"playbookKey": "nowhere"}, ["automation", "playbookKey"]),
        ({"steps": []}, ["automation", "steps"]),
        (
            {"steps": [{"kind": "COMMENT", "settings": {"body": "{{ deal.__class__ }}"}}]},
            [*IN_SETTINGS, "body"],
        ),
        (
            {"steps": [{"kind": "COMMENT", "settings": {"body": "{% for x in deal %}{% endfor %}"}}]},
            [*IN_SETTINGS, "body"],
        ),
        (
            {"steps": [{"kind": "COMMENT", "settings": {"body": "x", "more": 1}}]},
            [*IN_SETTINGS, "more"],
        ),
        ({"steps": [{"kind": "COMMENT", "settings": "x"}]}, IN_SETTINGS),
        (step("CREATE_TASK"), IN_SETTINGS),
        ({"steps": [{**COMMENT, "afterMinutes": -1}]}, ["automation", "steps", "0", "afterMinutes"]),
        (
            {"steps": [COMMENT, {**COMMENT, "afterMinutes": 60}, {**COMMENT, "afterMinutes": 59}]},
            ["automation", "steps", "2", "afterMinutes"],
        ),
        ({"steps": [{**COMMENT, "onlyIfStill": "deal."}]}, ["automation", "steps", "0", "onlyIfStill"]),
        (
            {"steps": [{"kind": "NOTIFY", "settings": {"to": ["EVERYBODY"], "title": "x"}}]},
            [*IN_SETTINGS, "to", "0"],
        ),
        (
            {"steps": [{"kind": "ADVANCE_STAGE", "settings": {"to": "won", "override": True}}]},
            [*IN_SETTINGS, "override"],
        ),
    ],
)
async def test_what_is_wrong_with_a_definition_is_told_at_its_place(
    demo: Demo, change: dict[str, Any], path: list[str]
) -> None:
    sound = {"key": "sound", "name": "Sound", "trigger": UPDATED, "steps": [COMMENT]}
    answer = await changed(demo, SAVE, VENDOR, automation=sound | change)
    assert [place for _, place in refusals(answer)] == [path]
    assert answer["automation"] is None
    tried = await changed(demo, TRY, VENDOR, automation=sound | change, days=7)
    if path[1] != "playbookKey":
        assert [place for _, place in refusals(tried)] == [path]


async def test_trying_tells_what_it_would_have_done_and_changes_nothing(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    await touched(demo, deal)
    before = await demo.value("SELECT count(*) FROM event")
    definition = {"key": "try", "name": "Try", "trigger": UPDATED, "steps": [TASK, {**COMMENT, "afterMinutes": 60}]}
    definition["condition"] = f'deal.nextStep == "Ring them" && owner.name == "{SELLER}"'
    answer = await changed(demo, TRY, VENDOR, automation=definition, days=1)
    mine = [run for run in answer["runs"] if run["opportunity"] == {"id": deal}]
    assert [run["eventType"] for run in mine] == ["OPPORTUNITY_UPDATED"]
    first, second = mine[0]["steps"]
    assert first["summary"].startswith(f"Task for OWNER ({SELLER}), due in 2 days: Call ")
    assert second["summary"].endswith("says OPPORTUNITY_UPDATED")
    assert await demo.value("SELECT count(*) FROM event") == before
    assert (await demo.run("{ automations { totalCount } }", VENDOR))["automations"]["totalCount"] == 0


async def test_partners_see_nothing_of_automations(demo: Demo) -> None:
    for who in (SELLER, MANAGER):
        query = "{ automations { totalCount nodes { key } } automationTemplates { key } }"
        found = await demo.run(query, who)
        assert found == {"automations": {"totalCount": 0, "nodes": []}, "automationTemplates": []}
        sound = {"key": "sound", "name": "Sound", "trigger": UPDATED, "steps": [COMMENT]}
        assert refusals(await changed(demo, SAVE, who, automation=sound)) == [("FORBIDDEN", [])]


async def test_the_rights_are_those_of_who_saved_it_last(demo: Demo) -> None:
    first = await saved(demo, "rights", UPDATED, COMMENT)
    second = await saved(demo, "rights", UPDATED, COMMENT, who=ADMIN)
    same = await saved(demo, "rights", UPDATED, COMMENT, who=ADMIN)
    assert [(one["role"], one["version"]) for one in (first, second, same)] == [
        ("CHANNEL_MANAGER", 1),
        ("VENDOR_ADMIN", 2),
        ("VENDOR_ADMIN", 2),
    ]
    stale = await changed(
        demo,
        SAVE,
        VENDOR,
        automation={"key": "rights", "name": "New", "trigger": UPDATED, "steps": [COMMENT]},
        expectedVersion=1,
    )
    assert refusals(stale) == [("CONFLICT", ["expectedVersion"])]
    assert stale["automation"]["version"] == 2


async def test_automations_stand_for_no_user_in_lists(demo: Demo) -> None:
    await saved(demo, "quiet", UPDATED, COMMENT)
    found = (await demo.run("{ users(first: 100) { nodes { name } } }", ADMIN))["users"]["nodes"]
    assert not [one for one in found if one["name"].startswith("Automation")]
    assert demo_id("user/x")


async def test_automations_know_nothing_of_what_partners_say_among_themselves(demo: Demo) -> None:
    deal, now = await quiet_deal(demo), datetime.now(UTC)
    commented = {"events": ["COMMENT_ADDED"]}
    automation = await saved(demo, "eavesdropper", commented, TASK)
    silent = await saved(demo, "silent", {"daysSilent": 2}, TASK)
    long_ago = now - timedelta(days=30)
    await demo.value("UPDATE deal_pulse SET last_at = $1", long_ago)
    await said(demo, deal, "They would pay twice as much", audience="OWN_ORGANIZATION")
    await settled(demo)
    assert await runs(demo, automation) == []
    assert await demo.value("SELECT count(*) FROM deal_pulse WHERE last_at > $1", long_ago) == 0
    for trigger in (commented, {"daysSilent": 1}):
        definition = {"key": "try", "name": "Try", "trigger": trigger, "steps": [TASK]}
        before = await changed(demo, TRY, VENDOR, automation=definition, days=2)
        await said(demo, deal, "Still among us", audience="OWN_ORGANIZATION")
        after = await changed(demo, TRY, VENDOR, automation=definition, days=2)
        assert after["runCount"] == before["runCount"]
        assert not [run for run in after["runs"] if run["opportunity"] == {"id": deal}]
    heard = (await past(demo.database, [UUID(deal[4:])], now)).heard.get(UUID(deal[4:]), ())
    assert not [at for at in heard if at >= now]
    await said(demo, deal, "Hello to all")
    await settled(demo)
    assert [run["event"] for run in await runs(demo, automation)] == [{"type": "COMMENT_ADDED"}]
    assert await runs(demo, silent) == []


async def test_a_run_shows_no_event_that_the_vendor_does_not_see(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    automation = await saved(demo, "old-run", {"events": ["COMMENT_ADDED"]}, TASK)
    await said(demo, deal, "To all")
    await settled(demo)
    await said(demo, deal, "Among us", audience="OWN_ORGANIZATION")
    await demo.value("UPDATE automation_run SET event_seq = (SELECT max(seq) FROM event WHERE type = 'COMMENT_ADDED')")
    assert [run["event"] for run in await runs(demo, automation)] == [None]


ENDPOINT = {"endpoint": f"whe_{UUID(int=7)}"}
HOOK = {"kind": "SEND_WEBHOOK", "settings": ENDPOINT}


async def steps_of(demo: Demo, automation: dict[str, Any]) -> list[tuple[str, str | None]]:
    [run] = await runs(demo, automation)
    return [(step["status"], step["error"]) for step in run["steps"]]


async def test_a_delayed_step_has_the_rights_with_which_its_run_began(demo: Demo) -> None:
    deal, now = await quiet_deal(demo), datetime.now(UTC)
    automation = await saved(demo, "hook", UPDATED, {**HOOK, "afterMinutes": 60}, who=ADMIN)
    await touched(demo, deal)
    await settled(demo)
    await saved(demo, "hook", UPDATED, COMMENT, condition="false", who=VENDOR)
    await settled(demo, now + timedelta(minutes=61))
    assert await steps_of(demo, automation) == [("FAILED", "There is no such endpoint, or it is disabled.")]


async def test_only_who_manages_webhooks_has_automations_send_to_them(demo: Demo) -> None:
    sound = {"key": "hook", "name": "Hook", "trigger": UPDATED, "steps": [COMMENT, HOOK]}
    for document, more in ((SAVE, {"enabled": True}), (TRY, {"days": 1})):
        answer = await changed(demo, document, VENDOR, automation=sound, **more)
        assert refusals(answer) == [("FORBIDDEN", ["automation", "steps", "1", "kind"])]
    assert (await changed(demo, SAVE, ADMIN, automation=sound))["userErrors"] == []


async def test_the_scopes_of_the_client_that_saved_it_limit_it(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    client = ClientIdentity("CRM", frozenset({ApiScope.READ, ApiScope.WRITE}))
    viewer = replace(await person(ADMIN), client=client)
    trigger = Trigger(frozenset({EventType.OPPORTUNITY_UPDATED}))
    comment = Step(AutomationStepKind.COMMENT, {"body": "By a client"})
    told = Step(AutomationStepKind.SEND_WEBHOOK, ENDPOINT)
    refusal = await upsert_automation(viewer, Definition("client", "Client", trigger, "", (told,)))
    assert isinstance(refusal, Refused)
    made = await upsert_automation(viewer, Definition("client", "Client", trigger, "", (comment,)), enabled=True)
    assert isinstance(made, AutomationSaved)
    await touched(demo, deal)
    await caught_up(demo.database, AUTOMATIONS)
    by_person = replace(viewer, client=None)
    await upsert_automation(by_person, Definition("client", "Client", trigger, "", (comment,)), enabled=True)
    await demo.value("UPDATE automation_step_run SET step = $1::text::jsonb", orjson.dumps(told.stored()).decode())
    await run_due(demo.database)
    assert await steps_of(demo, {"id": f"aut_{made.automation_id}"}) == [
        ("FAILED", "Whoever saved the automation may not manage webhook endpoints.")
    ]
    rows = await demo.database.fetch("SELECT version, scopes FROM automation WHERE id = $1", made.automation_id)
    assert [tuple(row) for row in rows] == [(2, None)]


async def overdue_again(demo: Demo, at: datetime) -> None:
    await tell_overdue(demo.database, at)
    await settled(demo, at)


async def test_tasks_that_tasks_lead_to_end_however_late_they_become_overdue(demo: Demo) -> None:
    deal, now = await quiet_deal(demo), datetime.now(UTC)
    await demo.value("UPDATE task SET overdue_at = now()")
    again = {"kind": "CREATE_TASK", "afterMinutes": 60, "settings": {"title": "Again", "dueInDays": 0}}
    automation = await saved(demo, "again", {"events": ["TASK_OVERDUE"]}, again)
    create = "mutation($input: UpsertTaskInput!) { upsertTask(input: $input) { task { id } userErrors { code } } }"
    task = {"opportunityId": deal, "title": "First", "dueAt": (now + timedelta(minutes=1)).isoformat()}
    assert (await changed(demo, create, SELLER, **task))["userErrors"] == []
    for hour in range(1, MOST_DEPTH + 4):
        await overdue_again(demo, now + timedelta(hours=2 * hour - 1, minutes=2))
        await settled(demo, now + timedelta(hours=2 * hour, minutes=3))
    assert [run["depth"] for run in await runs(demo, automation)] == list(range(MOST_DEPTH + 1))
    assert (await runs(demo, automation))[-1]["status"] == "SKIPPED"
    assert await demo.value("SELECT max(depth) FROM task") == MOST_DEPTH


async def test_what_a_person_does_begins_a_chain_anew(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    automation = await saved(demo, "advised", {"events": ["RECOMMENDATIONS_UPDATED"]}, COMMENT)
    for _ in range(MOST_DEPTH + 1):
        await advised(demo, deal)
    await touched(demo, deal)
    await advised(demo, deal)
    assert [run["depth"] for run in await runs(demo, automation)] == [*range(MOST_DEPTH + 1), 0]


async def advised(demo: Demo, deal: str) -> None:
    async with demo.database.transaction() as tx:
        about = log.about(nouns.OPPORTUNITY, UUID(deal[4:]))
        await log.append(tx, log.NewEvent(EventType.RECOMMENDATIONS_UPDATED, about, None, UUID(deal[4:])))
    await settled(demo)


async def test_runs_in_a_registration_are_bounded_by_the_day(demo: Demo) -> None:
    registration = await demo.value("SELECT id FROM deal_registration LIMIT 1")
    await saved(demo, "bounded", UPDATED, COMMENT)
    now, most = datetime.now(UTC), settings().automation_runs_per_deal
    async with demo.database.transaction() as tx:
        [automation] = await store.of_event(tx, EventType.OPPORTUNITY_UPDATED)
        for n in range(most + 2):
            await begin(tx, automation, Moment(f"test/{n}", now, registration_id=registration), now)
    rows = await demo.database.fetch("SELECT status, count(*) AS n FROM automation_run GROUP BY status")
    assert {row["status"]: row["n"] for row in rows} == {"WAITING": most, "SKIPPED": 1}


async def test_a_look_at_the_time_waits_for_no_consumer(demo: Demo) -> None:
    deal, now = await quiet_deal(demo), datetime.now(UTC)
    await demo.value("UPDATE opportunity SET entered_stage_at = now() - interval '7 days' + interval '1 minute'")
    condition = "deal.status == 'OPEN'"
    await saved(demo, "stays", {"daysInStage": 7}, COMMENT, condition=condition)
    async with demo.database.transaction() as tx:
        await run_soon(tx)
        async with asyncio.timeout(PATIENCE):
            assert await look(demo.database, now + timedelta(minutes=2))
    assert await demo.value("SELECT count(*) FROM automation_run WHERE opportunity_id = $1::text::uuid", deal[4:]) == 1


async def test_what_an_hour_has_no_room_for_waits_for_the_next(demo: Demo) -> None:
    triggers = {"stays": {"daysInStage": 7}, "closes": {"daysBeforeClose": 1}, "fires": {"schedule": "0 0 * * *"}}
    made = {key: await saved(demo, key, trigger, COMMENT) for key, trigger in triggers.items()}
    at = (datetime.now(UTC) + timedelta(days=2)).replace(hour=6, minute=0)
    await demo.value(
        "UPDATE opportunity SET entered_stage_at = $1, expected_close_date = $2 WHERE status = 'OPEN'",
        at - timedelta(days=7, minutes=1),
        (at + timedelta(days=1)).date(),
    )
    open_ones = await demo.value("SELECT count(*) FROM opportunity WHERE status = 'OPEN'")
    chosen = settings()
    use_settings(chosen.model_copy(update={"automation_runs_per_hour": -(-open_ones // 3)}))
    try:
        for hour in range(3):
            for minute in (0, 1):
                await look(demo.database, at + timedelta(hours=hour, minutes=minute))
    finally:
        use_settings(chosen)
    for automation in made.values():
        rows = await demo.database.fetch(
            "SELECT status, count(*) AS n, count(DISTINCT opportunity_id) AS deals FROM automation_run"
            " WHERE automation_id = $1::text::uuid AND moment NOT LIKE 'limit/%' GROUP BY status",
            automation["id"][4:],
        )
        assert [tuple(row) for row in rows] == [("WAITING", open_ones, open_ones)]


async def test_an_occurrence_that_takes_longer_than_until_the_next_reaches_every_deal(demo: Demo) -> None:
    fires = await saved(demo, "fires", {"schedule": "0 * * * *"}, COMMENT)
    at = (datetime.now(UTC) + timedelta(days=2)).replace(hour=6, minute=1, second=0, microsecond=0)
    await demo.value("UPDATE automation SET looked_until = $1 RETURNING id", at - timedelta(minutes=2))
    open_ones = await demo.value("SELECT count(*) FROM opportunity WHERE status = 'OPEN'")
    chosen = settings()
    use_settings(chosen.model_copy(update={"automation_runs_per_hour": -(-open_ones // 3)}))
    try:
        for hour in range(6):
            await look(demo.database, at + timedelta(hours=hour))
    finally:
        use_settings(chosen)
    rows = await demo.database.fetch(
        "SELECT split_part(moment, '/', 2) AS fire, count(DISTINCT opportunity_id) AS deals FROM automation_run"
        " WHERE automation_id = $1::text::uuid AND moment LIKE 'cron/%' GROUP BY 1 ORDER BY 1",
        fires["id"][4:],
    )
    reached = [(datetime.fromisoformat(row["fire"]).hour, row["deals"]) for row in rows]
    assert reached[:2] == [(6, open_ones), (8, open_ones)]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Kiritimati", "America/New_York"])
async def test_days_to_a_date_are_those_of_the_automation_s_zone(demo: Demo, zone: str) -> None:
    """When its day begins, so many days before the close, as many are left: in whatever way it is asked."""
    deal = await quiet_deal(demo)
    close = date(2097, 12, 8)
    begins = datetime.combine(close - timedelta(days=7), time(), ZoneInfo(zone)).astimezone(UTC)
    await demo.value("UPDATE opportunity SET expected_close_date = NULL RETURNING id")
    await demo.value("UPDATE opportunity SET expected_close_date = $2 WHERE id = $1::text::uuid", deal[4:], close)
    condition = "deal.daysToClose == 7"
    soon = {"kind": "SET_FIELD", "settings": {"field": "nextStep", "value": "In {{ deal.daysToClose }} days"}}
    dated = {"kind": "SET_FIELD", "settings": {"field": "expectedCloseDate", "inDays": 0}, "onlyIfStill": condition}
    trigger = {"daysBeforeClose": 7, "timeZone": zone}
    made = await saved(demo, "closes", trigger, soon, dated, condition=condition)
    await demo.value("UPDATE automation SET looked_until = $1 RETURNING id", begins - timedelta(minutes=1))
    await look(demo.database, begins - timedelta(seconds=1))
    assert await runs(demo, made) == []
    await look(demo.database, begins)
    await run_due(demo.database, begins)
    assert [run["status"] for run in await runs(demo, made)] == ["DONE"]
    row = await demo.database.fetchrow(
        "SELECT next_step, expected_close_date FROM opportunity WHERE id = $1::text::uuid", deal[4:]
    )
    assert row is not None
    assert tuple(row) == ("In 7 days", close - timedelta(days=7))


async def test_runs_that_ended_long_ago_go(demo: Demo) -> None:
    deal, now = await quiet_deal(demo), datetime.now(UTC)
    ended = await saved(demo, "ended", UPDATED, COMMENT)
    waiting = await saved(demo, "waiting", UPDATED, {**COMMENT, "afterMinutes": 500_000})
    await touched(demo, deal)
    await settled(demo)
    days = settings().automation_run_days
    assert await forget_old(demo.database, now + timedelta(days=days - 1)) == 0
    assert await forget_old(demo.database, now + timedelta(days=days + 1)) == 1
    assert [len(await runs(demo, one)) for one in (ended, waiting)] == [0, 1]


async def test_what_automations_do_breaks_no_silence_that_is_tried(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    answered = {"kind": "SET_FIELD", "settings": {"field": "nextStep", "value": "Wait"}}
    await saved(demo, "busy", UPDATED, answered, condition='deal.nextStep == "Ring them"')
    await touched(demo, deal)
    await settled(demo)
    earlier = (
        "UPDATE event e SET at = e.at - CASE WHEN EXISTS (SELECT FROM automation a WHERE a.id = e.actor_id)"
        " THEN interval '36 hours' ELSE interval '3 days' END WHERE e.opportunity_id = $1::text::uuid"
        " AND e.type = 'OPPORTUNITY_UPDATED' AND e.at > now() - interval '1 hour'"
    )
    await demo.value(earlier, deal[4:])
    definition = {"key": "silent", "name": "Silent", "trigger": {"daysSilent": 2}, "steps": [TASK]}
    answer = await changed(demo, TRY, VENDOR, automation=definition, days=2)
    assert [run["opportunity"] for run in answer["runs"]].count({"id": deal}) == 1


async def test_trying_leaves_others_their_turn() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    assert [moment async for moment in in_turns(range(100), 20)] == list(range(100))
    task.cancel()
    assert turns == 5
