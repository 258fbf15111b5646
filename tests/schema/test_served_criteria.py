"""Activities say which criteria they are done for, and advice puts them before these."""

from datetime import UTC, datetime
from typing import Any

from app.recommendations.facts import gather
from tests.schema.world import VENDOR, Demo

CREATE = """mutation($input: CreatePlaybookInput!) { createPlaybook(input: $input) {
  playbook { id } userErrors { code path message } } }"""
UPDATE = """mutation($input: UpdatePlaybookInput!) { updatePlaybook(input: $input) {
  playbook { id stages { activities { key serves { key description } } } } userErrors { code path message } } }"""


def stages(*serves: str) -> list[dict[str, Any]]:
    criteria = [{"key": key, "description": f"{key} is so."} for key in ("fit", "budget")]
    call = {"key": "call", "name": "Call them", "serves": list(serves)}
    first: dict[str, Any] = {"key": "qualify", "name": "Qualify", "winProbability": 0.2, "forecastCategory": "PIPELINE"}
    ends = [
        {"key": key, "name": key.title(), "kind": key.upper(), "winProbability": chance, "forecastCategory": category}
        for key, chance, category in (("won", 1, "CLOSED"), ("lost", 0, "OMITTED"))
    ]
    return [{**first, "exitCriteria": criteria, "activities": [call]}, *ends]


async def written(demo: Demo, given: list[dict[str, Any]]) -> dict[str, Any]:
    made = (await demo.run(CREATE, VENDOR, input={"key": "served", "name": "Served"}))["createPlaybook"]
    input = {"playbookId": made["playbook"]["id"], "stages": given}
    return dict((await demo.run(UPDATE, VENDOR, input=input))["updatePlaybook"])


async def test_an_activity_serves_criteria_of_its_stage(demo: Demo) -> None:
    made = await written(demo, stages("budget", "fit"))
    assert made["userErrors"] == []
    (call,) = made["playbook"]["stages"][0]["activities"]
    assert [one["key"] for one in call["serves"]] == ["fit", "budget"]


async def test_the_rules_know_what_an_activity_serves(demo: Demo) -> None:
    id = await demo.value(
        "WITH picked AS (SELECT o.id, o.playbook_id, o.stage_id FROM opportunity o WHERE o.status = 'OPEN'"
        " AND EXISTS (SELECT FROM activity a WHERE a.stage_id = o.stage_id) LIMIT 1),"
        " served AS (UPDATE activity a SET serves = '{one,two}' FROM picked p WHERE a.stage_id = p.stage_id),"
        " touched AS (UPDATE playbook b SET updated_at = clock_timestamp() FROM picked p WHERE b.id = p.playbook_id)"
        " SELECT id FROM picked"
    )
    facts = (await gather(demo.database, [id], datetime.now(UTC)))[id].facts
    assert {one.serves for one in facts.activities} == {("one", "two")}


async def test_a_criterion_that_the_stage_hasnt_is_refused_at_its_place(demo: Demo) -> None:
    made = await written(demo, stages("fit", "nowhere"))
    assert [(one["path"], one["message"]) for one in made["userErrors"]] == [
        (["stages", "0", "activities", "0", "serves", "1"], "this stage has no exit criterion “nowhere”")
    ]
