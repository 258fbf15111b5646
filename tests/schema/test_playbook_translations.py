"""A playbook in the language of who reads it."""

from typing import Any

import pytest

from tests.schema.world import SELLER, VENDOR, Demo, deal_of

UPDATE = """mutation($input: UpdatePlaybookInput!) { updatePlaybook(input: $input) {
  playbook { id } userErrors { code path message } } }"""
TEXTS = """query($id: ID!) { node(id: $id) { ... on Playbook { name description stages { key name definition
  exitCriteria { key description customerWording } activities { key name description }
  } qualificationQuestions { key label prompt } } } }"""
SAID = """{ node(id: "%s") { ... on Playbook { translations { language name description }
  stages { key translations { language name definition } exitCriteria {
    translations { language description } } } } } }"""
CLOSED = "The customer has told us in writing how they decided, and why."
STAGE = {"key": "qualify", "name": "Qualification", "winProbability": 0.2, "forecastCategory": "PIPELINE"}
WON = {"key": "won", "name": "Won", "kind": "WON", "winProbability": 1, "forecastCategory": "CLOSED"}
WON["definition"] = CLOSED
LOST = {"key": "lost", "name": "Lost", "kind": "LOST", "winProbability": 0, "forecastCategory": "OMITTED"}
LOST["definition"] = CLOSED
QUALIFY: dict[str, Any] = {
    **STAGE,
    "definition": "The customer has said what hurts.",
    "translations": [
        {"language": "de-DE", "name": "Qualifizierung", "definition": "Der Kunde hat gesagt, wo es hakt."},
        {"language": "fr", "name": "Qualification du besoin"},
    ],
    "exitCriteria": [
        {
            "key": "budget",
            "description": "The budget is confirmed.",
            "translations": [{"language": "de-DE", "description": "Das Budget ist bestätigt."}],
        },
        {"key": "champion", "description": "There is a champion."},
    ],
    "activities": [
        {
            "key": "call",
            "name": "Call the customer",
            "translations": [{"language": "de-DE", "name": "Den Kunden anrufen", "description": "Am besten morgens."}],
        }
    ],
}


async def speak(demo: Demo, who: str, language: str) -> None:
    answer = await demo.run(
        "mutation($l: String!) { updateViewer(input: {language: $l}) { userErrors { code } } }", who, l=language
    )
    assert answer == {"updateViewer": {"userErrors": []}}


async def draft(demo: Demo, **changes: Any) -> str:
    made = await demo.run(
        'mutation { createPlaybook(input: {key: "spoken", name: "Spoken"}) { playbook { id } userErrors { code } } }',
        VENDOR,
    )
    id: str = made["createPlaybook"]["playbook"]["id"]
    assert await update(demo, id, stages=[QUALIFY, WON, LOST], **changes) == []
    return id


async def update(demo: Demo, id: str, **changes: Any) -> list[tuple[str, str]]:
    answer = (await demo.run(UPDATE, VENDOR, input={"playbookId": id, **changes}))["updatePlaybook"]
    return [(error["code"], ".".join(error["path"])) for error in answer["userErrors"]]


async def publish(demo: Demo, id: str) -> None:
    answer = await demo.run(
        "mutation($id: ID!) { publishPlaybook(input: {playbookId: $id}) { userErrors { code message } } }",
        VENDOR,
        id=id,
    )
    assert answer["publishPlaybook"]["userErrors"] == []


async def texts(demo: Demo, who: str, id: str) -> Any:
    return (await demo.run(TEXTS, who, id=id))["node"]


@pytest.mark.parametrize("language", ["de", "de-AT", "de-DE", "DE-ch"])
async def test_stages_criteria_and_activities_come_in_the_readers_language(demo: Demo, language: str) -> None:
    id = await draft(demo, translations=[{"language": "de", "name": "Gesprochen"}])
    await publish(demo, id)
    await speak(demo, SELLER, language)
    assert await texts(demo, SELLER, id) == {
        "name": "Gesprochen",
        "description": "",
        "stages": [
            {
                "key": "qualify",
                "name": "Qualifizierung",
                "definition": "Der Kunde hat gesagt, wo es hakt.",
                "exitCriteria": [
                    {"key": "budget", "description": "Das Budget ist bestätigt.", "customerWording": None},
                    {"key": "champion", "description": "There is a champion.", "customerWording": None},
                ],
                "activities": [{"key": "call", "name": "Den Kunden anrufen", "description": "Am besten morgens."}],
            },
            {"key": "won", "name": "Won", "definition": CLOSED, "exitCriteria": [], "activities": []},
            {"key": "lost", "name": "Lost", "definition": CLOSED, "exitCriteria": [], "activities": []},
        ],
        "qualificationQuestions": [],
    }


async def test_what_a_language_lacks_is_said_as_it_is_written(demo: Demo) -> None:
    id = await draft(demo)
    await publish(demo, id)
    for language, name, definition in (
        ("fr", "Qualification du besoin", QUALIFY["definition"]),
        ("ja", "Qualification", QUALIFY["definition"]),
    ):
        await speak(demo, SELLER, language)
        (first, *_) = (await texts(demo, SELLER, id))["stages"]
        assert (first["name"], first["definition"]) == (name, definition)


async def test_those_who_edit_read_what_they_wrote_and_nobody_else(demo: Demo) -> None:
    id = await draft(demo, translations=[{"language": "fr", "description": "Parlé"}])
    await publish(demo, id)
    said = (await demo.run(SAID % id, VENDOR))["node"]
    assert said["translations"] == [{"language": "fr", "name": None, "description": "Parlé"}]
    assert said["stages"][0] == {
        "key": "qualify",
        "translations": [
            {"language": "de-DE", "name": "Qualifizierung", "definition": "Der Kunde hat gesagt, wo es hakt."},
            {"language": "fr", "name": "Qualification du besoin", "definition": None},
        ],
        "exitCriteria": [
            {"translations": [{"language": "de-DE", "description": "Das Budget ist bestätigt."}]},
            {"translations": []},
        ],
    }
    hidden = (await demo.run(SAID % id, SELLER))["node"]
    assert hidden["translations"] == hidden["stages"][0]["translations"] == []


@pytest.mark.parametrize(
    ("translations", "path"),
    [
        ([{"language": "xx", "name": "X"}], "stages.0.translations.0.language"),
        ([{"language": "en", "name": "X"}], "stages.0.translations.0.language"),
        ([{"language": "fr", "name": "A"}, {"language": "FR", "name": "B"}], "stages.0.translations.1.language"),
        ([{"language": "fr", "name": "x" * 200}], "stages.0.translations.0.name"),
        ([{"language": "fr", "name": "Won, en français"}], "stages.1.translations.0.name"),
    ],
)
async def test_what_is_no_translation_is_refused(demo: Demo, translations: list[Any], path: str) -> None:
    id = await draft(demo)
    won = {**WON, "translations": [{"language": "fr", "name": "won, EN français"}]}
    answer = await update(demo, id, stages=[{**QUALIFY, "translations": translations}, won, LOST])
    assert ("INVALID", path) in answer


async def test_a_client_that_writes_back_what_it_read_in_its_own_language_changes_nothing(demo: Demo) -> None:
    id = await draft(demo)
    before = await demo.value("SELECT updated_at FROM playbook WHERE id = $1::text::uuid", id[4:])
    await speak(demo, VENDOR, "de-AT")
    fields = "key name definition kind winProbability forecastCategory autoAdvance"
    read = await demo.run(
        f"query($id: ID!) {{ node(id: $id) {{ ... on Playbook {{ name description stages {{ {fields}"
        " exitCriteria { key description required } activities { key name description required } } } } }",
        VENDOR,
        id=id,
    )
    assert read["node"]["stages"][0]["name"] == "Qualifizierung"
    assert await update(demo, id, **read["node"]) == []
    assert await demo.value("SELECT updated_at FROM playbook WHERE id = $1::text::uuid", id[4:]) == before


async def test_a_text_that_is_changed_loses_its_translations_the_others_stay(demo: Demo) -> None:
    id = await draft(demo)
    stage = {name: value for name, value in QUALIFY.items() if name != "translations"}
    criteria = [{"key": "budget", "description": "The budget is signed."}, QUALIFY["exitCriteria"][1]]
    assert await update(demo, id, stages=[{**stage, "name": "Fit", "exitCriteria": criteria}, WON, LOST]) == []
    said = (await demo.run(SAID % id, VENDOR))["node"]["stages"][0]
    assert said["translations"] == [
        {"language": "de-DE", "name": None, "definition": "Der Kunde hat gesagt, wo es hakt."}
    ]
    assert said["exitCriteria"][0] == {"translations": []}


async def test_translations_go_along_with_a_copy(demo: Demo) -> None:
    id = await draft(demo)
    await publish(demo, id)
    copied = await demo.run(
        "mutation($id: ID!) { createPlaybook(input: {copyOf: $id}) { playbook { id } } }", VENDOR, id=id
    )
    copy = copied["createPlaybook"]["playbook"]["id"]
    assert (await demo.run(SAID % copy, VENDOR))["node"] == (await demo.run(SAID % id, VENDOR))["node"]


async def test_a_deal_shows_its_stage_in_the_readers_language_with_as_many_statements(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    await demo.database.fetch(
        """UPDATE stage SET translations = '{"de": {"language": "de", "name": "Eine Stufe", "place": 0}}'"""
        " WHERE id = (SELECT stage_id FROM opportunity WHERE id = $1::text::uuid)",
        deal[4:],
    )
    query = "query($id: ID!) { opportunity(id: $id) { name stage { name } } }"
    assert (await demo.run(query, SELLER, id=deal))["opportunity"]["stage"] == {"name": "Eine Stufe"}
    assert (await demo.run(query, VENDOR, id=deal))["opportunity"]["stage"]["name"] != "Eine Stufe"
    assert await demo.statements_of(query, SELLER, id=deal) == 1
