"""Lexicons: the words of a language that a model may use freely, a YAML file per language.

Everything else that it says has to come from what it was given. The shipped languages are the files of
`guidance/lexicons/`.
"""

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from itertools import product
from pathlib import Path
from typing import Annotated

import snowballstemmer
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

FOLDER = Path(__file__).with_name("lexicons")
PIECE = re.compile(r"[^\W\d_]+")

Words = Annotated[frozenset[str], BeforeValidator(lambda text: frozenset(str(text).casefold().split()))]
CHOICE = re.compile(r"\{([^{}]*)\}")


def _spelled_out(sentences: Iterable[str]) -> frozenset[str]:
    """Each with every choice made: “thanks{| in advance}” is two."""
    found = set()
    for sentence in sentences:
        parts = [part.split("|") if n % 2 else [part] for n, part in enumerate(CHOICE.split(sentence))]
        found |= {"".join(chosen) for chosen in product(*parts)}
    return frozenset(found)


Sentences = Annotated[frozenset[str], BeforeValidator(_spelled_out)]


class Lexicon(BaseModel):
    """`function`: words without a content of their own. `courtesy`: what is said in any message, in all its forms.
    `imperatives`: what advice may begin with. `asserting`: auxiliaries that tell what is or was so; `asked_first`, a
    pattern: how a question with one reads. `is`: those of the present, which stand only where a clause begins or after
    one of `subordinators`. `negations` turn things round, `reserved` are too dear to be free: both stand in given
    sentences alone. `frames`: how a statement may begin that wishes, asks or proposes, `advice`: how a reason may;
    `obliging`: what makes one a demand and no claim; `polite`: one that says nothing else; `mains`: how either may go
    on after a comma. `whole`: sentences (“{a|b}” is either), `phrases`: groups of words, that are fine as they stand.
    `deal`: what may be said along with a figure, `here`: for the stage; `left`: along with one of a fact that has a
    date or one of `remaining`; `of`: what stands between a figure and that which it is out of. `taken_for_done`: a
    pattern whose `done` takes for granted that something is, as a participle.

    `asking`: words free in a question alone; `hindrances`: those too, beside one of `anything`; `gathering`: how one
    begins that only gathers points, so that it may say `ahead`, “before”. `requests`: what a title may begin with that
    asks, and then have no more of its own than what it is about, `proposals`: that proposes an activity; in German it
    ends with it, too. `not_yet`: patterns that say so, each with what stands there without. `doubting`: how a
    statement begins that says so of what follows, as a pattern with `settled`; that begins with one of `depending`,
    and so does what follows a comma or one of `joining`; `declaring`: those that take for so what is known.
    `open_activity`: patterns with `what`. `kin`: ends of stems, each with the one that it counts as."""

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
    whole: Sentences
    phrases: tuple[str, ...]
    left: Words
    deal: Words
    here: tuple[str, ...]
    remaining: Words
    of: Words
    taken_for_done: str
    asking: Words
    hindrances: Words
    anything: Words
    gathering: str
    ahead: tuple[str, ...]
    requests: Words
    proposals: Words
    not_yet: dict[str, str]
    doubting: str
    depending: Words
    declaring: Words
    joining: Words
    open_activity: tuple[str, ...]
    kin: dict[str, str] = Field(default_factory=dict)

    @cached_property
    def free(self) -> frozenset[str]:
        """Stems that may be used freely."""
        return frozenset(self.stems(" ".join(self.courtesy | self.imperatives | self.asserting)))

    def stems(self, text: str) -> list[str]:
        """Of the words of `text` that have a content of their own, in order."""
        words = (piece.casefold() for piece in PIECE.findall(text))
        return [self._kin(_stem(self.stemmer, word)) for word in words if word not in self.function]

    def _kin(self, stem: str) -> str:
        """“Freigabe” is of a kind with “freigeben”; a stem that is nothing but the end stays."""
        for end, instead in self.kin.items():
            if stem.endswith(end) and len(stem) > len(end) + 1:
                return stem.removesuffix(end) + instead
        return stem


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
