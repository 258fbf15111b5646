"""Playbooks through the API: drafted, reviewed, published, and what happens to the deals on them."""

from uuid import UUID

from app.demo.people import demo_id
from app.identity.users import viewer_of
from app.playbooks.publish import Published, publish
from tests.schema.world import MANAGER, VENDOR, Demo
from tests.tables import contents_of_all_tables

CREATE = """mutation($input: CreatePlaybookInput!) { createPlaybook(input: $input) {
  playbook { id key version status stages { key } } userErrors { code path } } }"""
UPDATE = """mutation($input: UpdatePlaybookInput!) { updatePlaybook(input: $input) {
  playbook { name stages { key exitCriteria { key check } } } userErrors { code path } } }"""
PUBLISH = """mutation($input: PublishPlaybookInput!) { publishPlaybook(input: $input) {
  playbook { version status } movedCount unplaced { stageKey opportunity { id } }
  userErrors { code path message } } }"""


async def test_a_copy_becomes_the_next_version_and_open_deals_move_over(demo: Demo) -> None:
    current = (await demo.run('{ playbook(key: "it-software") { id } }', VENDOR))["playbook"]["id"]
    draft = (await demo.run(CREATE, VENDOR, input={"copyOf": current}))["createPlaybook"]["playbook"]
    assert (draft["key"], draft["version"], draft["status"]) == ("it-software", 2, "DRAFT")
    assert await demo.run("query($id: ID!) { node(id: $id) { id } }", MANAGER, id=draft["id"]) == {"node": None}
    open_deals = await demo.value(
        "SELECT count(*) FROM opportunity o JOIN playbook p ON p.id = o.playbook_id"
        " WHERE p.key = 'it-software' AND o.status = 'OPEN'"
    )
    answer = (await demo.run(PUBLISH, VENDOR, input={"playbookId": draft["id"]}))["publishPlaybook"]
    assert answer == {
        "playbook": {"version": 2, "status": "PUBLISHED"},
        "movedCount": open_deals,
        "unplaced": [],
        "userErrors": [],
    }
    assert (await demo.run('{ playbook(key: "it-software") { version } }', MANAGER))["playbook"] == {"version": 2}
    one = """{ opportunities(filter: {playbookKey: "it-software", status: [OPEN]}, first: 100) {
      nodes { playbook { version } } } }"""
    nodes = (await demo.run(one, VENDOR))["opportunities"]["nodes"]
    assert {node["playbook"]["version"] for node in nodes} == {2}


async def test_an_expression_that_is_no_condition_is_refused_with_its_path(demo: Demo) -> None:
    draft = (await demo.run(CREATE, VENDOR, input={"templateKey": "saas"}))["createPlaybook"]["playbook"]
    closed = [
        {"key": "won", "name": "Won", "kind": "WON", "winProbability": 1.0, "forecastCategory": "CLOSED"},
        {"key": "lost", "name": "Lost", "kind": "LOST", "winProbability": 0.0, "forecastCategory": "OMITTED"},
    ]
    criterion = {"key": "c", "description": "It holds", "expression": "deal.amount >"}
    stage = {"key": "s", "name": "Trial agreed", "winProbability": 0.5, "forecastCategory": "PIPELINE"}
    given = {"playbookId": draft["id"], "stages": [{**stage, "exitCriteria": [criterion]}, *closed]}
    answer = (await demo.run(UPDATE, VENDOR, input=given))["updatePlaybook"]
    path = ["stages", "0", "exitCriteria", "0", "expression"]
    assert answer == {"playbook": None, "userErrors": [{"code": "INVALID", "path": path}]}
    good = {**criterion, "expression": "deal.amount > 0.0"}
    given = {"playbookId": draft["id"], "stages": [{**stage, "exitCriteria": [good]}, *closed]}
    answer = (await demo.run(UPDATE, VENDOR, input=given))["updatePlaybook"]
    assert answer["userErrors"] == []
    assert answer["playbook"]["stages"][0] == {"key": "s", "exitCriteria": [{"key": "c", "check": "EXPRESSION"}]}


ISSUES = """query($id: ID!) { node(id: $id) { ... on Playbook {
  issues { code severity message suggestion stage { key } } } } }"""
RULE = """mutation($input: UpsertGuidanceRuleInput!) { upsertGuidanceRule(input: $input) { userErrors { code } } }"""


async def test_a_review_reads_conditions_categories_names_and_rules(demo: Demo) -> None:
    rule = {"playbookKey": "it-software", "stageKey": "discovery", "key": "ask", "condition": "deal.amount > 0.0"}
    words = {"title": "Ask", "rationale": "It helps"}
    assert (await demo.run(RULE, VENDOR, input={**rule, **words}))["upsertGuidanceRule"]["userErrors"] == []
    current = (await demo.run('{ playbook(key: "it-software") { id } }', VENDOR))["playbook"]["id"]
    draft = (await demo.run(CREATE, VENDOR, input={"copyOf": current}))["createPlaybook"]["playbook"]

    def stage(key: str, name: str, category: str, *expressions: str) -> dict[str, object]:
        asked = [{"key": f"c{n}", "description": "So it is", "expression": one} for n, one in enumerate(expressions)]
        named = {"key": key, "name": name, "forecastCategory": category, "winProbability": 0.5}
        return {**named, "exitCriteria": asked}

    closed = [
        {"key": "won", "name": "Won", "kind": "WON", "winProbability": 1.0, "forecastCategory": "CLOSED"},
        {"key": "lost", "name": "Lost", "kind": "LOST", "winProbability": 0.0, "forecastCategory": "OMITTED"},
    ]
    stages = [
        stage("a", "In Bearbeitung", "PIPELINE", "deal.amount > 5.0 && deal.amount < 3.0"),
        stage("b", "Sonstiges", "COMMIT", 'deal.status == "OPEN"', 'deal.stage == "porposal" || deal.amount > 1.0'),
        stage("c", "Prochaines étapes", "BEST_CASE", 'deal.qualification["nobody-asks"] != ""'),
    ]
    given = {"playbookId": draft["id"], "stages": [*stages, *closed], "reviewDueAt": None}
    assert (await demo.run(UPDATE, VENDOR, input=given))["updatePlaybook"]["userErrors"] == []
    found = (await demo.run(ISSUES, VENDOR, id=draft["id"]))["node"]["issues"]
    said = {(issue["code"], issue["severity"], issue["stage"] and issue["stage"]["key"]) for issue in found}
    assert said >= {
        ("MISSING_REVIEW_DATE", "NOTICE", None),
        ("UNKNOWN_STAGE", "WARNING", None),
        ("VAGUE_STAGE_NAME", "WARNING", "a"),
        ("CONDITION_NEVER_MET", "ERROR", "a"),
        ("VAGUE_STAGE_NAME", "WARNING", "b"),
        ("CONDITION_ALWAYS_MET", "WARNING", "b"),
        ("UNKNOWN_STAGE", "WARNING", "b"),
        ("VAGUE_STAGE_NAME", "WARNING", "c"),
        ("FORECAST_OUT_OF_ORDER", "WARNING", "c"),
        ("UNKNOWN_QUESTION", "ERROR", "c"),
    }
    refused = (await demo.run(PUBLISH, VENDOR, input={"playbookId": draft["id"]}))["publishPlaybook"]["userErrors"]
    assert any("is met by no deal" in error["message"] for error in refused)
    assert (await demo.run(ISSUES, MANAGER, id=draft["id"]))["node"] is None


async def test_partners_may_not_touch_playbooks_or_content(demo: Demo) -> None:
    refusal = [{"code": "FORBIDDEN", "path": []}]
    answer = await demo.run(CREATE, MANAGER, input={"templateKey": "saas"})
    assert answer == {"createPlaybook": {"playbook": None, "userErrors": refusal}}
    upsert = """mutation { upsertContent(input: {key: "k", title: "T", kind: DECK}) {
      content { id } userErrors { code path } } }"""
    assert await demo.run(upsert, MANAGER) == {"upsertContent": {"content": None, "userErrors": refusal}}


async def test_content_is_shown_to_its_audience_only(demo: Demo) -> None:
    upsert = """mutation { upsertContent(input: {key: "silver-only", title: "T", kind: DECK, audience: [SILVER],
      stages: [{playbookKey: "it-software", stageKey: "discovery", position: 0}]}) {
      content { id stages { key } } created userErrors { message } } }"""
    answer = (await demo.run(upsert, VENDOR))["upsertContent"]
    assert (answer["created"], answer["userErrors"]) == (True, [])
    assert [stage["key"] for stage in answer["content"]["stages"]] == ["discovery"]
    query = "query($id: ID!) { node(id: $id) { id } }"
    id = answer["content"]["id"]
    assert await demo.run(query, MANAGER, id=id) == {"node": None}
    assert await demo.run(query, "Lucía Romero", id=id) == {"node": {"id": id}}


async def test_every_starter_is_listed(demo: Demo) -> None:
    found = (await demo.run("{ playbookTemplates { key stages { kind } } }", MANAGER))["playbookTemplates"]
    assert len(found) == 8
    assert all(5 <= sum(stage["kind"] == "OPEN" for stage in one["stages"]) <= 7 for one in found)


async def test_words_for_customers_are_kept_and_reviewed(demo: Demo) -> None:
    draft = (await demo.run(CREATE, VENDOR, input={"templateKey": "saas"}))["createPlaybook"]["playbook"]
    asking = {"key": "c", "description": "It holds.", "customerWording": "Could you confirm it?"}
    inward = {"key": "d", "description": "It is so.", "reader": "VENDOR"}
    told = {"key": "a", "name": "Call", "customerWording": "Shall we call the customer?"}
    stage = {"key": "s", "name": "Trial agreed", "winProbability": 0.5, "forecastCategory": "PIPELINE"}
    closed = [
        {"key": "won", "name": "Won", "kind": "WON", "winProbability": 1.0, "forecastCategory": "CLOSED"},
        {"key": "lost", "name": "Lost", "kind": "LOST", "winProbability": 0.0, "forecastCategory": "OMITTED"},
    ]
    stages = [{**stage, "exitCriteria": [asking, inward], "activities": [told]}, *closed]
    update = """mutation($input: UpdatePlaybookInput!) { updatePlaybook(input: $input) { userErrors { path }
      playbook { language issues { code } stages { exitCriteria { reader customerWording }
                                                  activities { reader customerWording } } } } }"""
    given = {"playbookId": draft["id"], "stages": stages, "language": "en-gb"}
    saved = (await demo.run(update, VENDOR, input=given))["updatePlaybook"]
    assert saved["userErrors"] == []
    assert saved["playbook"]["language"] == "en-GB"
    assert saved["playbook"]["stages"][0] == {
        "exitCriteria": [
            {"reader": "CUSTOMER", "customerWording": "Could you confirm it?"},
            {"reader": "VENDOR", "customerWording": None},
        ],
        "activities": [{"reader": "CUSTOMER", "customerWording": "Shall we call the customer?"}],
    }
    assert {"code": "INTERNAL_CUSTOMER_WORDING"} in saved["playbook"]["issues"]
    refused = await demo.run(update, VENDOR, input={"playbookId": draft["id"], "language": "Klingon!"})
    assert refused["updatePlaybook"]["userErrors"] == [{"path": ["language"]}]


async def test_a_dry_run_leaves_nothing_behind_whatever_it_is_sent_with(demo: Demo) -> None:
    current = (await demo.run('{ playbook(key: "it-software") { id } }', VENDOR))["playbook"]["id"]
    draft = (await demo.run(CREATE, VENDOR, input={"copyOf": current}))["createPlaybook"]["playbook"]
    mapped = {"from": "discovery", "to": "proposal"}
    given = {"playbookId": draft["id"], "stageMapping": [mapped], "clientMutationId": "mine"}
    document = """mutation($input: PublishPlaybookInput!) { publishPlaybook(input: $input) {
      playbook { status } dryRun movedCount unplacedCount clientMutationId userErrors { code path }
      placements { fromVersion fromStageKey fromStage { key } toStageKey toStage { key } count basis reason }
      lapsedCriteria { stageKey criterionKey description newDescription reason count criterion { key } } } }"""
    before = await contents_of_all_tables(demo.database)

    foreseen = (await demo.run(document, VENDOR, input={**given, "dryRun": True}))["publishPlaybook"]

    assert await contents_of_all_tables(demo.database) == before
    assert (foreseen["dryRun"], foreseen["playbook"], foreseen["clientMutationId"]) == (
        True,
        {"status": "DRAFT"},
        "mine",
    )
    done = (await demo.run(document, VENDOR, input=given))["publishPlaybook"]
    assert done == {**foreseen, "dryRun": False, "playbook": {"status": "PUBLISHED"}}
    assert sum(one["count"] for one in done["placements"]) == done["movedCount"] > 0
    discovery = next(one for one in done["placements"] if one["fromStageKey"] == "discovery")
    assert (discovery["toStage"], discovery["basis"], discovery["reason"]) == ({"key": "proposal"}, "MAPPING", None)
    after = await contents_of_all_tables(demo.database)
    assert (await demo.run(document, VENDOR, input=given))["publishPlaybook"] == done
    assert await contents_of_all_tables(demo.database) == after


async def test_who_reads_is_not_kept_waiting_by_a_publication(demo: Demo) -> None:
    current = (await demo.run('{ playbook(key: "it-software") { id } }', VENDOR))["playbook"]["id"]
    draft = (await demo.run(CREATE, VENDOR, input={"copyOf": current}))["createPlaybook"]["playbook"]
    everything = """{ opportunities(first: 50) { nodes { stage { name } playbook { version } criteria { met } } }
      pipeline { stages { count } } playbooks(first: 5) { nodes { key version } }
      contents(first: 5) { nodes { key } } }"""
    before = {who: await demo.run(everything, who) for who in (VENDOR, MANAGER)}
    vendor = await viewer_of(str(demo_id(f"user/{VENDOR}")))
    assert vendor is not None
    async with demo.database.transaction() as tx:
        assert isinstance(await publish(vendor, UUID(draft["id"].removeprefix("pbk_")), tx=tx), Published)
        for who, answer in before.items():  # while it holds all its locks; waiting for them would never end
            assert await demo.run(everything, who) == answer
