"""Catalogues, and saying a phrase by one of them."""

import io
import re
from collections.abc import Callable
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from catalogues.phrases import Counted, Either, Phrase, Said, Text, Value, texts_in

FOLDER = Path(__file__).parent
SOURCE = "en"
LANGUAGES = (SOURCE, *sorted(path.stem for path in FOLDER.glob("*.po")))
"""Those that there is a catalogue of; that of English is the sources."""
PLACE = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=1_000)
def catalogue_of(language: str) -> str | None:
    """The catalogue for a language tag, whatever its region; None where there is none."""
    spoken = language.lower().split("-")[0]
    return spoken if spoken in LANGUAGES else None


def render(said: Said, reader: str) -> str:
    """For somebody who reads `reader`, a BCP 47 tag; English where there is no catalogue of it."""
    choices = said.phrases if isinstance(said, Either) else (said,)
    for choice in choices:
        language = _language_of(choice, reader)
        if language is not None:
            return _say(choice, language)
    return _say(choices[-1], catalogue_of(reader) or SOURCE)


def _language_of(said: Phrase | Counted, reader: str) -> str | None:
    """None where its texts are of several languages, or of one without a catalogue."""
    languages = {catalogue_of(text.language) for text in texts_in(said)}
    if not languages:
        return catalogue_of(reader) or SOURCE
    return languages.pop() if len(languages) == 1 else None


def _say(said: Phrase | Counted, language: str) -> str:
    catalogue = _load(language)
    if isinstance(said, Counted):
        message = catalogue.ngettext(said.singular, said.plural, said.n)
        values: dict[str, Value] = {"n": said.n, **dict(said.values)}
    else:
        message, values = catalogue.gettext(said.message), dict(said.values)
    return PLACE.sub(_filling(values, language), message)


def _filling(values: dict[str, Value], language: str) -> Callable[[re.Match[str]], str]:
    def fill(place: re.Match[str]) -> str:
        value = values[place[1]]
        if isinstance(value, Phrase | Counted):
            return _say(value, language)
        return value.text if isinstance(value, Text) else str(value)

    return fill


@lru_cache(maxsize=len(LANGUAGES))
def _load(language: str) -> NullTranslations:
    if language == SOURCE:
        return NullTranslations()
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
