"""Translations of a row's texts, as they are stored and looked up."""

from app.models.translations import spoken, stored

GERMAN = {"de": {"title": "Rufen Sie an"}}
"""As advice has it: by the tag alone."""


def test_a_text_is_in_the_language_of_its_translation() -> None:
    kept = stored([{"language": "de-CH", "title": "Telefonieren Sie"}])
    assert spoken(kept, ["de"], "title") == ("Telefonieren Sie", "de-CH")


def test_a_text_of_advice_is_in_the_language_that_it_stands_under() -> None:
    assert spoken(GERMAN, ["de-at", "de"], "title") == ("Rufen Sie an", "de")
    assert spoken(GERMAN, ["fr"], "title") is None
    assert spoken(GERMAN, ["de"], "rationale") is None
