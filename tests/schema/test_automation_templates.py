"""The automations that are shipped: each can be switched on as it is, and what it would have done can be said."""

from typing import Any

import pytest

from app.automation.templates import templates
from app.automation.trying import NO_LONGER
from tests.schema.test_automations import SAVE, TRY
from tests.schema.test_contacts import changed
from tests.schema.world import VENDOR, Demo

DAYS = 550
TEMPLATES = """{ automationTemplates { key name description condition trigger { events daysInStage daysBeforeClose
  daysSilent schedule timeZone } steps { kind settings afterMinutes onlyIfStill } } }"""


def as_input(template: dict[str, Any]) -> dict[str, Any]:
    trigger = {name: value for name, value in template["trigger"].items() if value is not None}
    return template | {"trigger": trigger}


async def test_each_can_be_saved_as_it_is(demo: Demo) -> None:
    shipped = (await demo.run(TEMPLATES, VENDOR))["automationTemplates"]
    assert len(shipped) == len(templates()) >= 10
    for template in shipped:
        answer = await changed(demo, SAVE, VENDOR, automation=as_input(template))
        assert answer["userErrors"] == []
        assert answer["automation"]["enabled"] is False


@pytest.mark.parametrize("key", [template.key for template in templates()])
async def test_what_each_would_have_done_can_all_be_said(demo: Demo, key: str) -> None:
    shipped = (await demo.run(TEMPLATES, VENDOR))["automationTemplates"]
    template = next(one for one in shipped if one["key"] == key)
    answer = await changed(demo, TRY, VENDOR, automation=as_input(template), days=DAYS)
    assert answer["userErrors"] == []
    print(key, answer["runCount"], answer["lookedSince"])  # noqa: T201 # to be read where it fails
    for run in answer["runs"][:12]:
        print(run["at"], [step["error"] or step["summary"] for step in run["steps"]])  # noqa: T201
    errors = {step["error"] for run in answer["runs"] for step in run["steps"]}
    assert errors <= {None, NO_LONGER}
