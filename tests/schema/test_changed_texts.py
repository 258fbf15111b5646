"""Texts of a playbook that change, and what becomes of their translations where nothing is said of those."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest

from tests.schema.test_playbook_translations import LOST, WON, publish, speak, texts, update
from tests.schema.world import SELLER, VENDOR, Demo

CREATE = """mutation($input: CreatePlaybookInput!) { createPlaybook(input: $input) {
  playbook { id } userErrors { code message path } } }"""
ASKED = "key description required reader customerWording"
TOLD = "translations { language description customerWording }"
READ = f"""query($id: ID!) {{ node(id: $id) {{ ... on Playbook {{
  name description translations {{ language name description }}
  qualificationQuestions {{ key label prompt translations {{ language label prompt }} }}
  stages {{ key name definition kind winProbability forecastCategory translations {{ language name definition }}
    entryCriteria {{ {ASKED} {TOLD} }} exitCriteria {{ {ASKED} {TOLD} }}
    activities {{ key name description reader customerWording
      translations {{ language name description customerWording }} }} }} }} }} }}"""
ISSUES = """query($id: ID!) { node(id: $id) { ... on Playbook {
  issues { code severity message stage { key } } } } }"""
PARTS = {
    (): ("name", "description"),
    ("questions", 0): ("label", "prompt"),
    ("stages", 0): ("name", "definition"),
    ("stages", 0, "entryCriteria", 0): ("description", "customerWording"),
    ("stages", 0, "exitCriteria", 0): ("description", "customerWording"),
    ("stages", 0, "activities", 0): ("name", "description", "customerWording"),
}
TEXTS = [(path, name) for path, names in PARTS.items() for name in names]


def spoken(key: str, *names: str) -> dict[str, Any]:
    """A part with these texts, each in German and French as well."""
    told = [{"language": each, **{name: f"{name} {key} {each}" for name in names}} for each in ("de", "fr")]
    return {"key": key, **{name: f"{name} of {key}" for name in names}, "translations": told}


CRITERION, ACTIVITY = ("description", "customerWording"), ("name", "description", "customerWording")
STAGE = {
    **spoken("assess", "name", "definition"),
    "winProbability": 0.2,
    "forecastCategory": "PIPELINE",
    "entryCriteria": [spoken("need", *CRITERION)],
    "exitCriteria": [spoken("budget", *CRITERION), spoken("champion", *CRITERION)],
    "activities": [spoken("call", *ACTIVITY), spoken("visit", *ACTIVITY)],
}
PLAYBOOK = {
    "stages": [STAGE, {**WON, **spoken("won", "name", "definition")}, {**LOST, **spoken("lost", "name", "definition")}],
    "questions": [spoken("pain", "label", "prompt"), spoken("money", "label", "prompt")],
    **{name: value for name, value in spoken("whole", "name", "description").items() if name != "key"},
}


async def create(demo: Demo, **input: Any) -> str:
    made = (await demo.run(CREATE, VENDOR, input=input))["createPlaybook"]
    assert made["userErrors"] == []
    return str(made["playbook"]["id"])


async def own(demo: Demo) -> str:
    id = await create(demo, key="own", name="Own")
    assert await update(demo, id, **PLAYBOOK) == []
    return id


async def copied(demo: Demo) -> str:
    return await create(demo, copyOf=await own(demo), key="copied")


async def read(demo: Demo, id: str) -> dict[str, Any]:
    found = (await demo.run(READ, VENDOR, id=id))["node"]
    return {"questions": found.pop("qualificationQuestions"), **found}


def untold(part: Any) -> Any:
    """Without translations, as a client writes that doesn't know of them."""
    if isinstance(part, Mapping):
        return {name: untold(value) for name, value in part.items() if name != "translations"}
    return [untold(one) for one in part] if isinstance(part, list) else part


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def parts(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, Mapping):
        if "translations" in document:
            yield dict(document)
        for name, value in document.items():
            yield from parts(value) if name != "translations" else ()
    elif isinstance(document, list):
        for one in document:
            yield from parts(one)


def bare(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in ("entryCriteria", "exitCriteria", "activities")}


async def warned(demo: Demo, id: str) -> list[tuple[str | None, str]]:
    found = (await demo.run(ISSUES, VENDOR, id=id))["node"]["issues"]
    return [
        (issue["stage"] and issue["stage"]["key"], issue["message"])
        for issue in found
        if (issue["code"], issue["severity"]) == ("MISSING_TRANSLATION", "WARNING")
    ]


@pytest.mark.parametrize("make", [own, copied])
async def test_the_translation_of_a_text_that_changes_is_gone_and_no_other_is(demo: Demo, make: Any) -> None:
    id = await make(demo)
    for path, name in TEXTS:
        before = await read(demo, id)
        assert await update(demo, id, **untold(before)) == []
        assert await read(demo, id) == before
        assert await warned(demo, id) == []

        changed = untold(before)
        at(changed, path)[name] = "It says another thing now."
        assert await update(demo, id, **changed) == []
        wanted = deepcopy(before)
        at(wanted, path)[name] = "It says another thing now."
        for one in at(wanted, path)["translations"]:
            one[name] = None
        assert await read(demo, id) == wanted
        [(where, message)] = await warned(demo, id)
        assert where == ("assess" if "stages" in path else None)
        assert "(de, fr)" in message

        given = untold(before)
        at(given, path)[name] = "It says a third thing."
        at(given, path)["translations"] = at(before, path)["translations"]
        assert await update(demo, id, **given) == []
        assert at(await read(demo, id), path)["translations"] == at(before, path)["translations"]


async def test_a_blank_around_a_text_changes_nothing(demo: Demo) -> None:
    id = await own(demo)
    before = await read(demo, id)
    changed = untold(before)
    for path, name in TEXTS:
        at(changed, path)[name] = f" {at(changed, path)[name]}\n"
    assert await update(demo, id, **changed) == []
    assert await read(demo, id) == before


async def test_an_empty_list_leaves_no_translation(demo: Demo) -> None:
    id = await own(demo)
    changed = untold(await read(demo, id))
    for path in PARTS:
        at(changed, path)["translations"] = []
    assert await update(demo, id, **changed) == []
    assert [at(await read(demo, id), path)["translations"] for path in PARTS] == [[]] * len(PARTS)


async def test_a_starters_texts_that_change_are_read_as_they_are_written(demo: Demo) -> None:
    id = await create(demo, templateKey="managed-services", key="care")
    assert await warned(demo, id) == []
    before = (await read(demo, id))["stages"]
    [n] = [n for n, one in enumerate(before) if one["name"] == "Environment assessment"]
    changed = untold(before)
    changed[n] |= {"name": "Site survey", "definition": "We have been on site and measured."}
    changed[n]["exitCriteria"][0]["description"] = "Registered and no competitor partner holds a registration."
    assert await update(demo, id, stages=changed) == []
    said = (await read(demo, id))["stages"]
    assert said[n]["translations"] == []
    assert all(one["description"] is None for one in said[n]["exitCriteria"][0]["translations"])
    assert [one for place, one in enumerate(said) if place != n] == [
        one for place, one in enumerate(before) if place != n
    ]
    assert [where for where, _ in await warned(demo, id)] == [before[n]["key"]]
    await publish(demo, id)
    await speak(demo, SELLER, "de")
    shown = (await texts(demo, SELLER, id))["stages"]
    assert (shown[n]["name"], shown[n]["exitCriteria"][0]["description"]) == (
        "Site survey",
        "Registered and no competitor partner holds a registration.",
    )
    assert all(one["name"] != before[place]["name"] for place, one in enumerate(shown))


async def test_a_copy_under_another_name_is_not_called_as_the_first_was(demo: Demo) -> None:
    copy = await read(demo, await create(demo, copyOf=await own(demo), key="other", name="Another"))
    assert [(one["language"], one["name"], one["description"]) for one in copy["translations"]] == [
        ("de", None, "description whole de"),
        ("fr", None, "description whole fr"),
    ]


@pytest.mark.parametrize("language", ["en", "de"])
async def test_a_stage_under_another_key_keeps_the_translations_of_what_it_says(demo: Demo, language: str) -> None:
    id = await own(demo)
    await speak(demo, VENDOR, language)
    before = await read(demo, id)
    changed = untold(before["stages"])
    changed[0]["key"] = "survey"
    assert await update(demo, id, stages=changed) == []
    await speak(demo, VENDOR, "en")
    wanted = deepcopy(PLAYBOOK["stages"])
    wanted[0]["key"] = "survey"
    found = list(parts((await read(demo, id))["stages"]))
    assert found == [{**one, **said} for one, said in zip(found, map(bare, parts(wanted)), strict=True)]


async def test_what_is_reworded_in_a_stage_under_another_key_loses_its_translation(demo: Demo) -> None:
    id = await own(demo)
    changed = untold((await read(demo, id))["stages"])
    changed[0] |= {"key": "survey", "name": "Site survey"}
    changed[0]["exitCriteria"][0]["description"] = "The budget is signed."
    assert await update(demo, id, stages=changed) == []
    stage = (await read(demo, id))["stages"][0]
    assert [(one["name"], one["definition"]) for one in stage["translations"]] == [
        (None, "definition assess de"),
        (None, "definition assess fr"),
    ]
    assert [[one["description"] for one in asked["translations"]] for asked in stage["exitCriteria"]] == [
        [None, None],
        ["description champion de", "description champion fr"],
    ]
    assert stage["exitCriteria"][0]["translations"][0]["customerWording"] == "customerWording budget de"


async def test_a_criterion_that_moves_to_another_stage_keeps_its_translations(demo: Demo) -> None:
    id = await own(demo)
    changed = untold((await read(demo, id))["stages"])
    moved = changed[0]["exitCriteria"].pop(0)
    changed.insert(1, {**changed[0], "key": "next", "name": "Next", "entryCriteria": [], "exitCriteria": [moved]})
    assert await update(demo, id, stages=changed) == []
    [found] = (await read(demo, id))["stages"][1]["exitCriteria"]
    assert found["translations"] == spoken("budget", *CRITERION)["translations"]


async def test_kinds_of_text_that_a_language_lacks_altogether_are_mentioned_once(demo: Demo) -> None:
    id = await create(demo, templateKey="saas", key="software")
    found = (await demo.run(ISSUES, VENDOR, id=id))["node"]["issues"]
    [issue] = [one for one in found if one["code"] == "MISSING_TRANSLATION"]
    assert (issue["severity"], issue["stage"]) == ("NOTICE", None)
    assert "definitions of stages (de, es, fr)" in issue["message"]
