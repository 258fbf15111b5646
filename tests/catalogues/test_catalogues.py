"""What the product says in other languages: complete, with the same places, and never two languages in a sentence."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from catalogues import LANGUAGES, Text, counted, either, phrase, render
from catalogues.reading import FOLDER, PLACE, catalogue_of

ROOT = FOLDER.parent
MARKS = {"phrase": None, "counted": (1, 2), "plural": (1, 2)}
TRANSLATED = [language for language in LANGUAGES if language != "en"]
Message = str | tuple[str, ...]


def said_in_the_sources() -> Iterator[Message]:
    for folder in ("app", "guidance", "schema"):
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, method_map=[("**.py", "python")], keywords=MARKS):
            yield message


def catalogue(language: str) -> Catalog:
    with Path(FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(message: Message | list[str] | None) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message or ())


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_says_everything_that_the_sources_say_and_nothing_else(language: str) -> None:
    said = {forms(message)[0] for message in said_in_the_sources()}
    translated = {forms(message.id)[0] for message in catalogue(language) if message.id}
    assert translated == said


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_places_of_its_original_and_all_its_forms(language: str) -> None:
    assert TRANSLATED == ["de", "es", "fr"]
    for message in catalogue(language):
        if not message.id:
            continue
        wanted = set(PLACE.findall(forms(message.id)[-1]))
        assert len(forms(message.string)) == len(forms(message.id)), message.id
        assert not message.fuzzy, message.id
        for form in forms(message.string):
            assert form.strip(), message.id
            assert set(PLACE.findall(form)) == wanted, message.id
            assert not re.search(r"\s$|^\s|  ", form), message.id


def test_a_sentence_is_in_the_language_of_what_it_speaks_of() -> None:
    german, english = Text("Prüfung", "de-AT"), Text("Review", "en")
    named = phrase("The deal is already in “{stage}”.", stage=german)
    assert {render(named, reader) for reader in ("en", "de", "fr", "ja")} == {"Der Deal ist bereits in „Prüfung“."}
    assert (
        render(phrase("The deal is already in “{stage}”.", stage=english), "de") == "The deal is already in “Review”."
    )


def test_a_sentence_without_such_texts_is_in_the_readers_language_else_in_english() -> None:
    bare = phrase("The deal is already in this stage.")
    assert [render(bare, reader) for reader in ("de-CH", "pt-BR")] == [
        "Der Deal ist bereits in dieser Phase.",
        "The deal is already in this stage.",
    ]


def test_texts_of_two_languages_or_of_one_without_a_catalogue_give_way() -> None:
    def before(stage: Text, criterion: Text) -> str:
        return render(
            either(
                phrase("Before leaving “{stage}”: {criterion}", stage=stage, criterion=criterion),
                phrase("Before leaving the stage: {criterion}", criterion=criterion),
                phrase("A criterion for leaving the stage is not met yet."),
            ),
            "de",
        )

    german, english, polish = Text("Alles gut.", "de"), Text("All is well.", "en"), Text("Dobrze.", "pl")
    assert before(german, german) == "Vor dem Verlassen von „Alles gut.“: Alles gut."
    assert before(german, english) == "Before leaving the stage: All is well."
    assert before(german, polish) == "Ein Kriterium für das Verlassen der Phase ist noch nicht erfüllt."


def test_numbers_take_their_form_and_inner_phrases_the_language_around_them() -> None:
    for number, words in ((1, "{} jour"), (2, "{} jours"), (0, "{} jour")):
        spent = counted("{n} day", "{n} days", number)
        said = phrase("{days} in “{stage}”", days=spent, stage=Text("Devis", "fr"))
        assert render(said, "en") == f"{words.format(number)} à l’étape « Devis »"


def test_what_is_filled_in_is_never_looked_at_for_places() -> None:
    said = phrase("Still to do in “{stage}”: {activity}", stage=Text("{activity}", "en"), activity=Text("{n}", "en"))
    assert render(said, "en") == "Still to do in “{activity}”: {n}"


def test_a_tag_stands_for_its_language() -> None:
    assert [catalogue_of(tag) for tag in ("de", "DE-at", "en-GB", "pt", "zh-Hant")] == ["de", "de", "en", None, None]
