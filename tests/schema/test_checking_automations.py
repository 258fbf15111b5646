"""`checkAutomation`: the problems of a definition, as saving it would name them."""

from typing import Any

from app.vocabulary import Role
from tests.schema.mutation_matrix import PEOPLE
from tests.schema.test_automations import SAVE
from tests.schema.test_contacts import changed
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo

CHECK = "query($automation: AutomationInput!) { checkAutomation(automation: $automation) { code path message } }"
TASK = {"kind": "CREATE_TASK", "settings": {"title": "Call {{ account.name }}"}}
FINE: dict[str, Any] = {"key": "checked", "name": "Checked", "trigger": {"daysSilent": 3}, "steps": [TASK]}


async def checked(demo: Demo, who: str = VENDOR, **given: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await demo.run(CHECK, who, automation=FINE | given))["checkAutomation"]
    return found


async def test_what_could_be_saved_has_no_problems_and_is_not_saved(demo: Demo) -> None:
    assert await checked(demo, condition="deal.amount > 5.0") == []
    assert await demo.value("SELECT count(*) FROM automation") == 0


async def test_problems_are_those_of_saving(demo: Demo) -> None:
    given: dict[str, Any] = {
        "key": "No Key",
        "trigger": {"daysSilent": 3, "schedule": "0 8 * * MON"},
        "condition": "deal.amout > 5.0",
        "steps": [{"kind": "NOTIFY", "settings": {"to": [], "title": "{{ deal. }}"}}, {**TASK, "onlyIfStill": "1 +"}],
    }
    found = await checked(demo, **given)
    refused = await changed(demo, SAVE, VENDOR, automation=FINE | given)
    paths = {".".join(error["path"]) for error in found}
    assert paths == {".".join(error["path"]) for error in refused["userErrors"]}
    assert {"automation.key", "automation.condition", "automation.steps.1.onlyIfStill"} <= paths
    assert {"automation.steps.0.settings.to", "automation.steps.0.settings.title"} <= paths


async def test_a_step_that_needs_more_rights_is_a_problem(demo: Demo) -> None:
    send = {"kind": "SEND_WEBHOOK", "settings": {"endpoint": "whe_0198c0de-0000-7000-8000-000000000000"}}
    (error,) = await checked(demo, steps=[send])
    assert (error["code"], error["path"]) == ("FORBIDDEN", ["automation", "steps", "0", "kind"])
    assert await checked(demo, PEOPLE[Role.VENDOR_ADMIN], steps=[send]) == []


async def test_settings_that_are_no_object_are_a_problem(demo: Demo) -> None:
    (error,) = await checked(demo, steps=[{"kind": "COMMENT", "settings": "text"}])
    assert error["path"] == ["automation", "steps", "0", "settings"]


async def test_partners_check_nothing(demo: Demo) -> None:
    for who in (MANAGER, SELLER):
        assert await demo.errors(CHECK, who, automation=FINE) == [("FORBIDDEN", None)]
