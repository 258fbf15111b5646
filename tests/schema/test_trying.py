"""Trials of automations: what would really have happened, by deals as they stood and within the limits."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.automation.beginning import TOO_DEEP
from app.automation.consumer import AUTOMATIONS
from app.automation.running import AFTER_FAILURE
from app.consumers.follow import register
from app.settings import settings, use_settings
from tests.schema.test_automations import COMMENT, SAVE, TASK, TRY, UPDATED, runs, settled, touched
from tests.schema.test_comments import quiet_deal
from tests.schema.test_contacts import changed
from tests.schema.world import SELLER, VENDOR, Demo

TRIED = TRY.replace("runs { at", "runs { status error depth at")
UPDATE = """mutation($input: UpdateOpportunityInput!) { updateOpportunity(input: $input) {
  opportunity { id } userErrors { code message } } }"""
NOTE = {"kind": "NOTIFY", "settings": {"to": ["VENDOR_ADMINS"], "title": "{{ deal.amount }} {{ deal.closeDate }}"}}


async def tried(demo: Demo, trigger: Any, *steps: Any, days: int = 2, **given: Any) -> dict[str, Any]:
    definition = {"key": "tried", "name": "Tried", "trigger": trigger, "steps": list(steps), **given}
    answer = await changed(demo, TRIED, VENDOR, automation=definition, days=days)
    assert answer["userErrors"] == []
    return answer


async def updated(demo: Demo, deal: str, **given: Any) -> None:
    answer = await changed(demo, UPDATE, SELLER, opportunityId=deal, **given)
    assert answer["userErrors"] == []


async def old_deal(demo: Demo) -> str:
    deal = await quiet_deal(demo)
    early = "UPDATE opportunity SET created_at = now() - interval '100 days' WHERE id = $1::text::uuid RETURNING id"
    await demo.value(early, deal[4:])
    return deal


async def moved_back(demo: Demo, deal: str, days: float) -> None:
    """What has happened in the deal within the last hour, as if that much earlier."""
    for table in ("event", "field_change"):
        await demo.database.fetch(
            f"UPDATE {table} SET at = at - make_interval(secs => $2)"
            " WHERE opportunity_id = $1::text::uuid AND at > now() - interval '1 hour'",
            *(deal[4:], days * 86_400),
        )


def of(answer: dict[str, Any], deal: str) -> list[dict[str, Any]]:
    return [run for run in answer["runs"] if run["opportunity"] == {"id": deal}]


async def test_conditions_and_texts_speak_of_the_deal_as_it_stood(demo: Demo) -> None:
    deal = await old_deal(demo)
    for days, amount, close in ((30, "5000", "2027-01-10"), (20, "7000", "2027-01-11"), (10, "9000", "2027-01-12")):
        await updated(demo, deal, amount={"amount": amount, "currency": "EUR"}, expectedCloseDate=close)
        await moved_back(demo, deal, days)
    answer = await tried(demo, UPDATED, NOTE, days=40, condition="deal.amount < 8000.0")
    told = [run["steps"][0]["summary"] for run in of(answer, deal)]
    assert told == ["Notify VENDOR_ADMINS: 5000.0 2027-01-10", "Notify VENDOR_ADMINS: 7000.0 2027-01-11"]


async def test_a_date_that_was_put_off_came_once_and_one_that_it_got_too_late_at_once(demo: Demo) -> None:
    """Dates of today's deal alone would have told of the last one."""
    deal, now = await old_deal(demo), datetime.now(UTC)

    def day(days: int) -> str:
        return (now - timedelta(days=days)).date().isoformat()

    for ago, close in ((40, 30), (20, 25), (10, -90)):
        await updated(demo, deal, expectedCloseDate=day(close))
        await moved_back(demo, deal, ago)
    begun = [run["at"][:10] for run in of(await tried(demo, {"daysBeforeClose": 0}, TASK, days=60), deal)]
    assert begun == [day(30), day(20)]


async def test_days_to_a_date_are_those_of_its_zone(demo: Demo) -> None:
    deal, zone = await old_deal(demo), "Pacific/Kiritimati"
    today = datetime.now(ZoneInfo(zone)).date()
    await updated(demo, deal, expectedCloseDate=today.isoformat())
    await moved_back(demo, deal, 10)
    trigger = {"daysBeforeClose": 1, "timeZone": zone}
    answer = await tried(demo, trigger, TASK, days=3, condition="deal.daysToClose == 1")
    assert len(of(answer, deal)) == 1


async def test_a_limit_of_a_deal_and_day_holds_and_is_told_once(demo: Demo) -> None:
    deal, before = await quiet_deal(demo), settings()
    use_settings(before.model_copy(update={"automation_runs_per_deal": 2}))
    try:
        for n in range(4):
            await touched(demo, deal, f"Step {n}")
        answer = await tried(demo, UPDATED, TASK)
    finally:
        use_settings(before)
    found = of(answer, deal)
    assert [run["status"] for run in found] == ["DONE", "DONE", "SKIPPED"]
    assert found[2]["steps"] == []
    assert "2 times in this deal today" in found[2]["error"]
    assert answer["runCount"] == 2


async def test_what_others_have_run_on_that_day_counts(demo: Demo) -> None:
    await register(demo.database, AUTOMATIONS)
    deal, before = await quiet_deal(demo), settings()
    use_settings(before.model_copy(update={"automation_runs_per_deal": 2}))
    try:
        definition = {"key": "busy", "name": "Busy", "trigger": UPDATED, "steps": [NOTE]}
        busy = (await changed(demo, SAVE, VENDOR, automation=definition, enabled=True))["automation"]
        await touched(demo, deal)
        await settled(demo)
        assert len(await runs(demo, busy)) == 1
        await touched(demo, deal, "And again")
        assert [run["status"] for run in of(await tried(demo, UPDATED, TASK), deal)] == ["DONE", "SKIPPED"]
    finally:
        use_settings(before)


async def test_what_an_hour_has_no_room_for_begins_in_the_next(demo: Demo) -> None:
    before, schedule = settings(), {"schedule": f"0 {(datetime.now(UTC) - timedelta(hours=20)).hour} * * *"}
    free = await tried(demo, schedule, NOTE, days=1)
    use_settings(before.model_copy(update={"automation_runs_per_hour": 10}))
    try:
        bound = await tried(demo, schedule, NOTE, days=1)
    finally:
        use_settings(before)
    hours = [run["at"][:13] for run in bound["runs"]]
    assert free["runCount"] == bound["runCount"] > 20
    assert max(map(hours.count, hours)) == 10
    assert {run["status"] for run in bound["runs"]} == {"DONE"}


async def test_what_it_does_triggers_it_again_until_it_ends_at_its_depth(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    await touched(demo, deal)
    every = {"events": ["OPPORTUNITY_UPDATED", "COMMENT_ADDED"]}
    found = of(await tried(demo, every, COMMENT), deal)
    assert [(run["depth"], run["status"]) for run in found] == [(n, "DONE") for n in range(5)] + [(5, "SKIPPED")]
    assert found[-1]["error"] == TOO_DEEP
    assert [run["eventType"] for run in found[:2]] == ["OPPORTUNITY_UPDATED", "COMMENT_ADDED"]
    spared = of(await tried(demo, every, COMMENT, condition="!event.byAutomation"), deal)
    assert [run["depth"] for run in spared] == [0]
    field = {"kind": "SET_FIELD", "settings": {"field": "nextStep", "value": "Wait"}}
    assert [run["depth"] for run in of(await tried(demo, UPDATED, field), deal)] == [0, 1], "then nothing changes"


async def test_a_step_that_could_not_be_done_would_have_ended_its_run(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    await touched(demo, deal)
    await demo.database.fetch("UPDATE opportunity SET amount = NULL, currency = NULL WHERE id = $1", UUID(deal[4:]))
    await demo.database.fetch("DELETE FROM field_change WHERE field IN ('amount', 'currency')")
    broken = {"kind": "NOTIFY", "settings": {"to": ["OWNER"], "title": "{{ deal.amount | whole }}"}}
    [run] = of(await tried(demo, UPDATED, broken, TASK), deal)
    assert run["steps"][0]["error"].startswith("The text can't be written")
    assert (run["steps"][1]["summary"], run["steps"][1]["error"]) == (None, AFTER_FAILURE)


async def test_a_task_would_have_been_for_whom_there_was(demo: Demo) -> None:
    deal = await quiet_deal(demo)
    await touched(demo, deal)
    task = {**TASK, "settings": {"title": "Call", "otherwise": "CHANNEL_MANAGER"}}
    [run] = of(await tried(demo, UPDATED, task), deal)
    assert run["steps"][0]["summary"] == f"Task for OWNER ({SELLER}): Call"
    await demo.database.fetch("UPDATE opportunity SET owner_id = NULL WHERE id = $1", UUID(deal[4:]))
    await demo.database.fetch("DELETE FROM field_change WHERE field = 'owner'")
    [run] = of(await tried(demo, UPDATED, task), deal)
    assert run["steps"][0]["summary"] == "Task for CHANNEL_MANAGER: Call"


@pytest.mark.parametrize("days", [30, 550])
async def test_it_says_since_when_it_has_looked(demo: Demo, days: int) -> None:
    """Of a schedule, as far back as there is room for its deals."""
    answer = await tried(demo, {"schedule": "0 7 * * *"}, NOTE, days=days)
    assert answer["lookedSince"] <= answer["runs"][0]["at"]
    asked = datetime.now(UTC) - timedelta(days=days)
    assert datetime.fromisoformat(answer["lookedSince"]) > asked + timedelta(days=1)
