"""The vendor's own guidance: rules for a stage, checked when saved, at work at once, through every version; and its
reading of how advice fares."""

from typing import Any

import pytest

from app.recommendations import shown
from app.recommendations.statistics import learn, measure_history
from tests.conftest import AT
from tests.schema.test_recommendations import advice, of_kind, respond
from tests.schema.world import MANAGER, SELLER, VENDOR, Demo, deal_of
from tests.tables import contents_of_all_tables

UPSERT = """mutation($input: UpsertGuidanceRuleInput!) { upsertGuidanceRule(input: $input) {
  rule { id key playbookKey stageKey condition title weight updatedBy { name } } userErrors { code path message } } }"""
REMOVE = """mutation($input: RemoveGuidanceRuleInput!) { removeGuidanceRule(input: $input) {
  rule { id } userErrors { code path } } }"""
LIST = """query($playbook: String) { guidanceRules(playbookKey: $playbook) { totalCount nodes { key stageKey } } }"""
RULE = {
    "playbookKey": "it-software",
    "stageKey": "discovery",
    "key": "big-deals-need-a-sponsor",
    "condition": 'deal.amount > 1000.0 && deal.source != "NONE"',
    "title": "Find a sponsor for {{ deal.name }}",
    "rationale": "It is worth {{ deal.amount|whole }} {{ deal.currency }}.",
    "weight": 3.0,
    "urgency": "HIGH",
}
IN_DISCOVERY = "stage_id IN (SELECT id FROM stage WHERE key = 'discovery') AND amount > 1000"


async def custom(demo: Demo, id: str) -> list[dict[str, Any]]:
    return [action for action in (await advice(demo, id, first=20))["actions"] if action["kind"] == "CUSTOM"]


async def test_a_rule_is_at_work_as_soon_as_it_is_saved_and_gone_when_removed(demo: Demo) -> None:
    id = await deal_of(demo, SELLER, IN_DISCOVERY)
    other = await deal_of(demo, SELLER, "stage_id NOT IN (SELECT id FROM stage WHERE key = 'discovery')")
    assert await custom(demo, id) == []
    saved = (await demo.run(UPSERT, VENDOR, input=RULE))["upsertGuidanceRule"]
    assert saved["userErrors"] == []
    assert saved["rule"]["updatedBy"] == {"name": VENDOR}
    (action,) = await custom(demo, id)
    assert action["title"].startswith("Find a sponsor for ")
    assert {evidence["fact"] for evidence in action["evidence"]} == {"amount", "source"}
    assert await custom(demo, other) == []
    changed = (await demo.run(UPSERT, VENDOR, input={**RULE, "title": "Name the sponsor"}))["upsertGuidanceRule"]
    assert changed["rule"]["id"] == saved["rule"]["id"]
    (again,) = await custom(demo, id)
    assert (again["id"], again["title"]) == (action["id"], "Name the sponsor")
    assert (await demo.run(REMOVE, VENDOR, input={"ruleId": saved["rule"]["id"]}))["removeGuidanceRule"] == {
        "rule": None,
        "userErrors": [],
    }
    assert await custom(demo, id) == []
    node = "query($id: ID!) { node(id: $id) { ... on NextBestAction { status } } }"
    assert await demo.run(node, SELLER, id=action["id"]) == {"node": {"status": "EXPIRED"}}
    assert await demo.run(LIST, VENDOR) == {"guidanceRules": {"totalCount": 0, "nodes": []}}


async def test_a_rule_outlives_the_version_of_its_playbook(demo: Demo) -> None:
    await demo.run(UPSERT, VENDOR, input=RULE)
    id = await deal_of(demo, SELLER, IN_DISCOVERY)
    before = await custom(demo, id)
    published = await demo.value("SELECT id FROM playbook WHERE key = 'it-software' AND status = 'PUBLISHED'")
    create = "mutation($input: CreatePlaybookInput!) { createPlaybook(input: $input) { playbook { id } } }"
    copied = {"copyOf": f"pbk_{published}", "key": "it-software"}
    draft = (await demo.run(create, VENDOR, input=copied))["createPlaybook"]["playbook"]["id"]
    publish = "mutation($input: PublishPlaybookInput!) { publishPlaybook(input: $input) { userErrors { message } } }"
    assert (await demo.run(publish, VENDOR, input={"playbookId": draft}))["publishPlaybook"]["userErrors"] == []
    after = await custom(demo, id)
    assert [action["id"] for action in after] == [action["id"] for action in before]


BAD = [
    ({"condition": "deal.amount >"}, "condition"),
    ({"condition": "deal.nothing == 1"}, "condition"),
    ({"condition": "deal.unmetCriteria.all(x, x != 'a')"}, "condition"),
    ({"condition": "deal.amount + 'x' == 2"}, "condition"),
    ({"title": "{% for x in deal.unmetCriteria %}{{ x }}{% endfor %}"}, "title"),
    ({"rationale": "{{ deal.secret }}"}, "rationale"),
    ({"rationale": " "}, "rationale"),
    ({"weight": 9.0}, "weight"),
    ({"effortMinutes": 0}, "effortMinutes"),
    ({"key": "Not A Key"}, "key"),
    ({"key": "nul\0"}, "key"),
    ({"playbookKey": "none"}, "playbookKey"),
    ({"stageKey": "closed-won"}, "stageKey"),
    ({"contentKeys": ["none"]}, "contentKeys"),
]


@pytest.mark.parametrize(("change", "path"), BAD, ids=lambda value: str(value)[:40])
async def test_a_rule_that_can_not_work_is_refused_with_a_path(demo: Demo, change: dict[str, Any], path: str) -> None:
    before = await contents_of_all_tables(demo.database)
    answer = (await demo.run(UPSERT, VENDOR, input={**RULE, **change}))["upsertGuidanceRule"]
    assert answer["rule"] is None
    assert [error["path"] for error in answer["userErrors"]] == [[path]]
    assert all(len(error["message"]) > 10 for error in answer["userErrors"])
    assert await contents_of_all_tables(demo.database) == before


async def test_rules_prompts_and_the_report_are_the_vendors_own(demo: Demo) -> None:
    saved = (await demo.run(UPSERT, VENDOR, input=RULE))["upsertGuidanceRule"]
    assert await demo.run(LIST, MANAGER) == {"guidanceRules": {"totalCount": 0, "nodes": []}}
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert await demo.run(node, MANAGER, id=saved["rule"]["id"]) == {"node": None}
    for query in ("{ guidanceModel { configured } }", "{ guidanceReport { total { shown } } }"):
        assert await demo.errors(query, MANAGER) == [("FORBIDDEN", None)]
    model = """{ guidanceModel { configured promptVersions promptVersion wording
      playbookPrompts { playbookKey promptVersion wording } } }"""
    choose = """mutation($input: ChoosePromptInput!) { choosePrompt(input: $input) {
      playbookKey userErrors { code path } } }"""
    bad = (await demo.run(choose, VENDOR, input={"playbookKey": "it-software", "promptVersion": "v999"}))[
        "choosePrompt"
    ]
    assert bad == {"playbookKey": None, "userErrors": [{"code": "INVALID", "path": ["promptVersion"]}]}
    await demo.run(choose, VENDOR, input={"playbookKey": "it-software", "promptVersion": "v3", "wording": "CHECKED"})
    found = (await demo.run(model, VENDOR))["guidanceModel"]
    assert (found["configured"], found["promptVersion"]) == (False, "v3")
    assert found["playbookPrompts"] == [{"playbookKey": "it-software", "promptVersion": "v3", "wording": "CHECKED"}]
    assert found["wording"] == "COMPOSED"


FIGURES = "shown accepted completed dismissed ignored medianSecondsToAct"
REPORT = f"""query($filter: GuidanceReportFilter) {{ guidanceReport(filter: $filter) {{ total {{ {FIGURES} }}
  byKind {{ kind figures {{ {FIGURES} }} }} byStage {{ playbookKey stageKey figures {{ shown }} }}
  byPlaybook {{ name figures {{ shown }} }} byPromptVersion {{ name }} byModel {{ name }}
  dismissalReasons {{ text count }} usage {{ calls cost }} usageByModel {{ model }} modelOutcomes {{ text }} }} }}"""


async def report(demo: Demo, **wanted: Any) -> dict[str, Any]:
    return dict((await demo.run(REPORT, VENDOR, filter=wanted))["guidanceReport"])


async def test_the_report_tells_what_became_of_what_was_shown(demo: Demo) -> None:
    for table in ("action_content", "next_best_action", "recommendation"):  # the demo's own past
        await demo.database.fetch(f"DELETE FROM {table}")
    id, action = await of_kind(demo, "COMPLETE_CRITERION")
    actions = (await advice(demo, id, first=4))["actions"]
    await advice(demo, id, MANAGER, first=4)
    await shown.flush(demo.database)
    await demo.database.fetch("UPDATE next_best_action SET shown_at = NULL WHERE opportunity_id <> $1", id[4:])
    unseen = await demo.value("SELECT count(*) FROM next_best_action WHERE shown_at IS NOT NULL")
    rest = [one["id"] for one in actions if one["id"] != action["id"]]
    await respond(demo, action["id"], "COMPLETE")
    await respond(demo, rest[0], "DISMISS", reason="Wrong time")
    await respond(demo, rest[1], "ACCEPT")
    found = await report(demo)
    assert found["total"]["shown"] == unseen
    assert [found["total"][name] for name in ("accepted", "completed", "dismissed")] == [1, 1, 1]
    assert found["total"]["medianSecondsToAct"] >= 0
    assert found["dismissalReasons"] == [{"text": "Wrong time", "count": 1}]
    assert sum(one["figures"]["shown"] for one in found["byKind"]) == unseen
    assert sum(one["figures"]["shown"] for one in found["byPlaybook"]) == unseen
    assert (found["byPromptVersion"], found["byModel"], found["usage"]["calls"]) == ([], [], 0)
    kinds = await report(demo, kinds=["COMPLETE_CRITERION"])
    assert kinds["total"]["completed"] == 1
    assert {one["kind"] for one in kinds["byKind"]} == {"COMPLETE_CRITERION"}
    nothing = await report(demo, until="2001-01-01")
    assert (nothing["total"]["shown"], nothing["byKind"]) == (0, [])
    upside_down = await demo.errors(REPORT, VENDOR, filter={"since": "2026-02-02", "until": "2026-02-01"})
    assert upside_down == [("INVALID", ["filter", "since"])]


async def test_the_vendors_look_does_not_count_as_shown_to_the_partner(demo: Demo) -> None:
    id = await deal_of(demo, SELLER)
    await advice(demo, id, VENDOR)
    await shown.flush(demo.database)
    seen = """SELECT count(*) FROM next_best_action
      WHERE opportunity_id = $1 AND status = 'PROPOSED' AND shown_at IS NOT NULL"""
    assert await demo.value(seen, id[4:]) == 0
    await advice(demo, id, SELLER, first=2)
    await shown.flush(demo.database)
    assert await demo.value(seen, id[4:]) == 2


async def test_what_partners_turn_down_sinks_once_it_is_learned(demo: Demo) -> None:
    id, action = await of_kind(demo, "COMPLETE_CRITERION")
    before = [one["kind"] for one in (await advice(demo, id, first=20))["actions"]]
    await demo.database.fetch(
        "INSERT INTO next_best_action (id, opportunity_id, key, kind, position, title, rationale, score, urgency,"
        " effort_minutes, evidence, status, source, stage_key, playbook_key, partner_id, created_at, shown_at,"
        " response, responded_at, ended_at)"
        " SELECT gen_random_uuid(), opportunity_id, 'k' || n, kind, position, title, rationale, score, urgency,"
        " effort_minutes, evidence, 'DISMISSED', source, stage_key, playbook_key, partner_id, created_at, created_at,"
        " 'DISMISS', created_at, created_at FROM next_best_action, generate_series(1, 60) n WHERE id = $1",
        action["id"][4:],
    )
    await learn(demo.database, AT)
    counted = await demo.value(
        "SELECT max(dismissed) FROM action_outcome WHERE partner_id IS NULL AND kind = 'COMPLETE_CRITERION'"
    )
    assert counted >= 60
    from app.recommendations.knowledge import read_again

    await read_again(demo.database)  # a minute later
    after = [one["kind"] for one in (await advice(demo, id, first=20, refresh=True))["actions"]]
    assert after.index("COMPLETE_CRITERION") > before.index("COMPLETE_CRITERION")


async def test_history_is_measured_as_the_rules_read_it(demo: Demo) -> None:
    await measure_history(demo.database)
    await measure_history(demo.database)
    rows = await demo.database.fetch(
        "SELECT playbook_key, stage_key, stays -> 0 AS stays, jsonb_array_length(stays -> 1) AS points"
        " FROM stage_history"
    )
    counts = await demo.database.fetch(
        "SELECT s.key, p.key AS playbook, count(*) AS n FROM stage_transition t JOIN stage s ON s.id = t.from_stage_id"
        " JOIN playbook p ON p.id = s.playbook_id WHERE s.kind = 'OPEN' GROUP BY s.key, p.key"
    )
    measured = {(row["playbook_key"], row["stage_key"]): (int(row["stays"]), row["points"]) for row in rows}
    assert len(rows) == len(measured)
    for row in counts:
        assert measured[row["playbook"], row["key"]] == (row["n"], 21)
