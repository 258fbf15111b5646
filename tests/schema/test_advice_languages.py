"""Advice in the language of who reads it."""

from typing import Any

import pytest

from tests.schema.world import SELLER, VENDOR, Demo, deal_of

SPEAK = "mutation($l: String!) { updateViewer(input: {language: $l}) { userErrors { code } } }"
ADVICE = """query($id: ID!) { opportunity(id: $id) {
  recommendations(first: 20, refresh: true) { actions {
    id title rationale draft evidence { fact value source } } } } }"""
FRAMES = {
    "en": ("Days in stage", "deal"),
    "de": ("Tage in der Phase", "Deal"),
    "fr": ("Jours à cette étape", "affaire"),
    "es": ("Días en la etapa", "oportunidad"),
}


async def speak(demo: Demo, who: str, language: str) -> None:
    assert await demo.run(SPEAK, who, l=language) == {"updateViewer": {"userErrors": []}}


async def advice(demo: Demo, who: str, deal: str) -> Any:
    return (await demo.run(ADVICE, who, id=deal))["opportunity"]["recommendations"]["actions"]


@pytest.mark.parametrize("language", FRAMES)
async def test_evidence_comes_in_the_readers_language(demo: Demo, language: str) -> None:
    deal = await deal_of(demo, SELLER)
    await speak(demo, VENDOR, language)
    told = [one for action in await advice(demo, VENDOR, deal) for one in action["evidence"]]
    aged = [(one["fact"], one["source"]) for one in told if one["fact"] in {fact for fact, _ in FRAMES.values()}]
    assert aged
    assert set(aged) == {FRAMES[language]}


async def test_each_of_several_readers_hears_the_same_actions_in_their_own_language(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    heard = {}
    for who, language in ((SELLER, "de"), (VENDOR, "fr")):
        await speak(demo, who, language)
        heard[language] = await advice(demo, who, deal)
    assert [one["id"] for one in heard["de"]] == [one["id"] for one in heard["fr"]] != []
    for german, french in zip(heard["de"], heard["fr"], strict=True):
        assert german["rationale"] != french["rationale"]


async def test_a_region_hears_its_language_and_others_hear_english(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    facts = {}
    for language in ("de-AT", "en-GB", "ja"):
        await speak(demo, VENDOR, language)
        facts[language] = {one["fact"] for action in await advice(demo, VENDOR, deal) for one in action["evidence"]}
    assert "Tage in der Phase" in facts["de-AT"]
    assert "Days in stage" in facts["en-GB"] & facts["ja"]


async def test_reading_in_another_language_takes_no_further_statement(demo: Demo) -> None:
    deal = await deal_of(demo, SELLER)
    query = "query($id: ID!) { opportunity(id: $id) { recommendations { actions { title rationale draft } } } }"
    counts = []
    for language in ("en", "fr"):
        await speak(demo, VENDOR, language)
        await demo.run(query, VENDOR, id=deal)
        counts.append(await demo.statements_of(query, VENDOR, id=deal))
    assert counts[0] == counts[1]
