"""Lexicons: the words of a language that a model may use freely, a YAML file per language.

Everything else that it says has to come from what it was given. The shipped languages are the files of
`guidance/lexicons/`.
"""

import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

import snowballstemmer
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

FOLDER = Path(__file__).with_name("lexicons")
PIECE = re.compile(r"[^\W\d_]+")

Words = Annotated[frozenset[str], BeforeValidator(lambda text: frozenset(str(text).casefold().split()))]


class Lexicon(BaseModel):
    """`function`: words without a content of their own. `courtesy`: what is said in any message, in all its forms.
    `imperatives`: what advice may begin with. `asserting`: auxiliaries that tell what is or was so; `asked_first`, a
    pattern: how a question with one reads. `is`: those of the present, which stand only where a clause begins or after
    one of `subordinators`. `negations` turn things round, `reserved` are too dear to be free: both stand in given
    sentences alone. `frames`: how a statement may begin that wishes, asks or proposes, `advice`:
    how a reason may; `obliging`: what makes one a demand and no claim; `polite`: one that says nothing
    else; `mains`: how either may go on after a comma. `whole`: sentences, `phrases`: groups of words, that are fine as
    they stand. `left`: what may be said along with a figure."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    language: str
    stemmer: str
    function: Words
    courtesy: Words
    imperatives: Words
    asserting: Words
    asked_first: str
    negations: Words
    reserved: Words
    is_: Words = Field(alias="is")
    obliging: Words
    advice: tuple[str, ...]
    subordinators: Words
    mains: tuple[str, ...]
    frames: tuple[str, ...]
    polite: tuple[str, ...]
    whole: frozenset[str]
    phrases: tuple[str, ...]
    left: frozenset[str]

    @cached_property
    def free(self) -> frozenset[str]:
        """Stems that may be used freely."""
        return frozenset(self.stems(" ".join(self.courtesy | self.imperatives | self.asserting)))

    def stems(self, text: str) -> list[str]:
        """Of the words of `text` that have a content of their own, in order."""
        words = (piece.casefold() for piece in PIECE.findall(text))
        return [_stem(self.stemmer, word) for word in words if word not in self.function]


@lru_cache(maxsize=32)
def lexicon(language: str) -> Lexicon | None:
    """Of the language without its region; None where there is none."""
    path = FOLDER / f"{language.split('-')[0]}.yaml"
    if not path.is_file():
        return None
    return Lexicon.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=20_000)
def _stem(stemmer: str, word: str) -> str:
    stem: str = _stemmer(stemmer).stemWord(word)
    return stem


@lru_cache(maxsize=8)
def _stemmer(name: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(name)
