"""Lexicons: how a language is written in sales, as far as a model may write it freely, a YAML file per language.

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


def _numbered(pattern: str) -> re.Pattern[str]:
    """With a number of its own for each group of the same name, which begins where a word does."""
    count = iter(range(1_000))
    return re.compile(
        re.sub(r"\(\?P<(\w+?)_*>", lambda found: rf"\b(?P<{found[1]}__{next(count)}_>", pattern.replace("ß", "ss"))
    )


Words = Annotated[frozenset[str], BeforeValidator(lambda text: frozenset(PIECE.findall(str(text).casefold())))]
Pattern = Annotated[re.Pattern[str], BeforeValidator(lambda text: _numbered(str(text)))]
PERFECT = re.compile(r"^(ab|an|auf|aus|bei|durch|ein|frei|mit|nach|vor|zu|zurück|um)?ge(\w{3,})t$")
"""German participles, as “zugestimmt” of “zustimmen”."""
LEAST_PART = 4
LEAST_NOUN = 5
ZU = re.compile(r"^(ab|an|auf|aus|bei|durch|ein|fest|frei|mit|nach|teil|vor|weiter|zu|zurück|zusammen)zu(\w{3,}n)$")
"""German infinitives, as “freizugeben” of “freigeben”."""
ENCLITIC = re.compile(r"^(\w+[aei]r)(?:me|se|nos|le|les|lo|la|los|las)+$")
"""Spanish infinitives with their objects, as “aprobarlo” of “aprobar”."""
PREFIXES = frozenset({"frei", "fest", "bereit", "voran", "vorbei"})
"""Of German verbs, which stand apart from them."""
LINKS = ("", "s", "es", "n", "en")
"""Between the parts of a German compound."""


class Figures(BaseModel):
    """How a clause tells one of a deal's figures: it has one of `cue`, or one of `before` stands right before it or of
    `after` behind its unit, and no words but `words`. `only`: beside one of these, days are nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cue: Words
    words: Words
    before: Words = frozenset()
    after: Words = frozenset()
    only: Words = frozenset()


class Telling(BaseModel):
    """Figures by what they are of. `deal`: what a clause may be about. `counts`: the units of days, points and amounts.
    `unequal`: what makes another figure of one. `weeks`: days in weeks (`count`), as `more`, `nearly` or `about`.
    `part_of_month`: a date by its `month` and `early`, `middle`, `late` or none. `spans`: makes “12 of 30 days” those
    of the stage, the second with one of `out_of` before it. `people` are in no stage. Of silence, there is one of
    `denying` (or those of `denying_too`, which may stand beside one), one of `quiet`, or the pattern `last`, of the
    last contact. `vague`: how long, without a figure. `plain`: words that
    any figure may have beside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deal: Words
    counts: dict[str, Words]
    age: Figures
    target: Figures
    silence: Figures
    closing: Figures
    left: Figures
    amount: Figures
    open: Figures
    unequal: Pattern
    weeks: Pattern
    part_of_month: Pattern
    spans: Words
    out_of: Words
    people: Words
    denying: Words
    denying_too: Words
    vague: Words
    plain: Words
    quiet: Words
    last: Pattern


class Reasons(BaseModel):
    """How a reason is told. Patterns of whole clauses: `open`, what says of a criterion (`x`, `y`; `lack`, with a word
    of `lacking`) that it is not met, with `{blocked}`, that the deal stays where it is, and `{goes}`, that it may
    move on; `unused`, that nobody has used a content, `none_used`, that none of `count` is used, `made_for`, which
    stage a content is made for; of an activity (`what`), `to_do`, that it is not done, and `required`, that the
    stage asks for it, with `{advance}`, so that the deal may move on. `pointing`: what “this visit” begins with.
    `both`: what stands between two statements. `beyond`: what follows once nothing is open. `glue`: words that these
    may have beside the criterion's. `heads`: how advice begins, `imperatives`: with which verb, `obliging`: what
    makes any clause advice, `tail`: how it may go on behind a comma, with a `verb` of these. `connectors`: what a
    clause may begin with beside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connectors: Pattern
    blocked: str
    goes: str
    beyond: Pattern
    lacking: Words
    glue: Words
    open: tuple[str, ...]
    unused: tuple[str, ...]
    none_used: Pattern
    made_for: Pattern
    to_do: tuple[str, ...]
    required: tuple[str, ...]
    advance: str
    pointing: Words
    both: Pattern
    heads: tuple[str, ...]
    obliging: Words
    imperatives: Words
    tail: Pattern | None = None


class Held(BaseModel):
    """Words of a clause that tells that the deal stays where it is: one of `held`, or one of `moves` that is denied,
    and none but those and `beside`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    held: Words
    moves: Words
    beside: Words


class Openness(BaseModel):
    """How any clause tells that something is open: with one match of `not_done`, `lacking` or `needing`, whose groups
    are what it is of, and no words but that one's, those of `Reasons.glue`, of `beside` and of `passive`, which
    makes verbs passive. `spoilt`: what turns it round, such as “no longer”. `performed`: how activities are done.
    `it`: what stands for the activity. `yours`: of whoever reads a message. `without_it`, and `without` the group's:
    what may stand beside that the deal stays where it is; and so may `until` and what is not so yet, or `while` and
    what isn't so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    not_done: Pattern
    lacking: Pattern
    needing: Pattern
    spoilt: Pattern
    without_it: Pattern
    without: Pattern
    until: Pattern
    while_: Pattern = Field(alias="while")
    beside: Words
    passive: Words
    performed: Words
    it: Words
    yours: Words


class Titles(BaseModel):
    """Verbs that a title may begin with (in German: or end): those of `asks` for anything, of `arranges` for a meeting,
    of `gives` for an activity or a content, of `does` for an activity alone, of `studies` for a content that the
    seller reads. `proposes`: patterns that propose to somebody what the title is about; `resumes`: of whole titles
    that take up the contact again, with `whom`. `presuming`: what takes for so what it asks for. `signs`: verbs that
    no title does beside another; `aftermath`: what there is only once a thing is done; `jointly`: who does with others
    what they are to do. `meetings`: what any action may need; `any`: words that no action has for its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asks: Words
    arranges: Words
    gives: Words
    does: Words
    studies: Words
    proposes: Pattern
    resumes: tuple[str, ...]
    presuming: Pattern
    signs: Words
    aftermath: Words
    jointly: Words
    meetings: Words
    any: Words


class Lexicon(BaseModel):
    """Words. `function`: those without a content of their own. `general`: what is said in any message, in forms
    that stems tell apart; `done`: participles, which take for done all the same. `expanded`: shortened ones, with
    what they stand for. `negations` turn things round, `reserved` are too dear to be free: both stand in given
    sentences alone. `phrases`: groups of words that are fine as they stand. `hindrances`: free in a question beside
    one of `anything`. `kin`: ends of stems, each with the one that it counts as.

    Claims. `asserting`: auxiliaries that tell what is or was so, except in `allowed_have`; `is`: those of the
    present, which stand where a clause begins or after one of `subordinators`. `asked_first`: how a question with
    one reads, `whether`: before what is asked within a sentence. `taken_for_done`: patterns whose groups take for
    granted that something is, as a participle does, but for `qualified`.

    Messages, as patterns of clauses, in which `parts` stand by their names in braces. `salutation`, `valediction`
    and `courtesies` say nothing else; `heads`: how a statement begins that wishes, asks or proposes (with
    `occasion`, one of `occasions`); `attached`: that comes with a content; `conditional`: on which another depends;
    `asked`: how a question goes on. Their groups: of `known` and what follows a head, all words have to be known;
    `verb`, and the last word of a clause with `final`, is one of `together`, or of `makes` with one of `makes_of`
    and none of `deciding`; `enough` has none of those either; `self` has names of the sender's, `content` the
    content's words, or one of `contents`; any other is the name of one of `sets`. `lead`: what a clause may begin
    with. `prepositions`: with which one begins that says when, where or how; an aside of a few words does without,
    where it has none of `subjects`: without those, there are no asides. `joints`: what joins two statements.
    `times`: patterns of dates and hours that may be proposed, `time_words`: what a clause may name alone. `turned`:
    what is said nowhere; `for_others`: for whom nobody decides (`whom`: unless it is a thing). `delaying`: what no
    advice says, `deadline`, `claimed`: what no message does but as a question, which asks for no decision with one
    of `soon` or a deadline. `asked_future`: a future that is asked for, with what stands without it. `gathering`:
    how a question begins that only gathers points, so that it may say `ahead`, “before”; any question may say
    `lately`. `denials`: what may deny what any deal has, of the sender or in a question. `temporal`: what turns
    nothing round before a meeting or a time.

    What is open. `not_yet`: patterns that say so, each with what stands there without. `doubting`: how a statement
    begins that says so of what follows, as a pattern with `settled`; `doubted`: of whole ones that say so behind
    it; that begins with one of `depending`, and so does what follows a comma or one of `joining`; `declaring`:
    those that take for so what is known. `open_activity`: patterns with `what`."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    language: str
    stemmer: str
    expanded: dict[str, str]
    function: Words
    general: Words
    done: Words
    negations: Words
    reserved: Words
    asserting: Words
    allowed_have: Pattern
    asked_first: Pattern
    whether: Pattern
    taken_for_done: Pattern
    phrases: Pattern
    qualified: Pattern
    is_: Words = Field(alias="is")
    times: tuple[Pattern, ...]
    time_words: Words
    sets: dict[str, Words]
    salutation: Pattern
    valediction: str
    courtesies: tuple[str, ...]
    contents: Words
    parts: dict[str, str]
    attached: str
    heads: tuple[str, ...]
    asked: Pattern
    conditional: Pattern
    together: Words
    makes: Words
    makes_of: Words
    occasions: Words
    able: Words
    unanswered: Words
    deciding: Words
    turned: Pattern
    for_others: Pattern
    delaying: Words
    deadline: Pattern
    claimed: Pattern
    soon: Words
    asked_future: Pattern | None = None
    subordinators: Words
    lead: Words
    rationale: Reasons
    openness: Openness
    held: Held
    titles: Titles
    figures: Telling
    hindrances: Words
    anything: Words
    prepositions: Words
    joints: Pattern
    subjects: Words
    gathering: Pattern
    ahead: tuple[str, ...]
    lately: Words
    denials: Words
    temporal: Words
    not_yet: dict[str, str]
    doubting: Pattern
    doubted: Pattern
    depending: Words
    declaring: Words
    joining: Words
    open_activity: tuple[str, ...]
    kin: dict[str, str] = Field(default_factory=dict)

    @cached_property
    def free(self) -> frozenset[str]:
        """Stems that may be used freely."""
        return frozenset(self.stems(" ".join(self.general | self.done)))

    @cached_property
    def polite(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(self._filled, (*self.courtesies, self.valediction, self.attached)))

    @cached_property
    def begun(self) -> tuple[re.Pattern[str], ...]:
        return tuple(self._filled(f"(?:{one})\\b") for one in self.heads)

    @cached_property
    def opening(self) -> re.Pattern[str]:
        return self._filled("{opening}|{adverb}")

    @cached_property
    def open_points(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(self._filled, self.rationale.open))

    def _filled(self, pattern: str) -> re.Pattern[str]:
        said = self.rationale
        for name, part in {**self.parts, "blocked": said.blocked, "goes": said.goes, "advance": said.advance}.items():
            pattern = pattern.replace(f"{{{name}}}", f"(?:{part})")
        return _numbered(pattern)

    @cached_property
    def to_do(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(self._filled, self.rationale.to_do))

    @cached_property
    def required(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(self._filled, self.rationale.required))

    @cached_property
    def resumes(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(_numbered, self.titles.resumes))

    @cached_property
    def blocked(self) -> re.Pattern[str]:
        return _numbered(self.rationale.blocked)

    @cached_property
    def unused(self) -> tuple[re.Pattern[str], ...]:
        return tuple(_numbered(one) for one in self.rationale.unused)

    @cached_property
    def advice(self) -> tuple[re.Pattern[str], ...]:
        return tuple(self._filled(f"(?:{one})\\b") for one in self.rationale.heads)

    def stems(self, text: str) -> list[str]:
        """Of the words of `text` that have a content of their own, in order."""
        words = (piece.casefold() for piece in PIECE.findall(text))
        return [self.stem(word) for word in words if word not in self.function]

    def stemmed(self, words: frozenset[str]) -> frozenset[str]:
        """Of each, function words as well."""
        return _stemmed(self.language, words)

    def stem(self, word: str) -> str:
        """“Freigabe” is of a kind with “freigeben”; a stem that is nothing but the end stays."""
        if self.language == "de":
            word = ZU.sub(r"\1\2", PERFECT.sub(r"\1\2en", word))
        if self.language == "es":
            word = ENCLITIC.sub(r"\1", word)
        stem = _stem(self.stemmer, word)
        if self.language == "de" and len(stem) > LEAST_NOUN:
            stem = stem.removesuffix("ung")
        if self.language == "es":  # “apruebe” of “aprobar”
            stem = stem.replace("ue", "o").replace("ie", "e")
        for end, instead in self.kin.items():
            if stem.endswith(end) and len(stem) >= len(end):
                return stem.removesuffix(end) + instead
        return stem

    def knows(self, word: str, stems: frozenset[str], given: frozenset[str] = frozenset()) -> bool:
        """Whether it is one of `stems`, or in German a form that stems don't tell, or composed of two of them."""
        stem = self.stem(word)
        if stem in stems:
            return True
        if self.language != "de":
            return False
        separated = word in PREFIXES and any(one.startswith(word) for one in given)
        return separated or stem.removesuffix("t") in stems or self._is_composed(word, stems)

    def _is_composed(self, word: str, stems: frozenset[str]) -> bool:
        for n in range(LEAST_PART, len(word) - LEAST_PART + 1):
            last = self.stem(word[n:])
            if last not in stems:
                continue
            for link in LINKS:
                part = word[:n].removesuffix(link)
                first = self.stem(part)
                if word[:n].endswith(link) and first in stems:
                    return True
        return False


def groups(found: re.Match[str]) -> list[tuple[str, str]]:
    """Names and texts of the groups that took part."""
    return [(name.partition("__")[0], text) for name, text in found.groupdict().items() if text is not None]


@lru_cache(maxsize=32)
def lexicon(language: str) -> Lexicon | None:
    """Of the language without its region; None where there is none."""
    path = FOLDER / f"{language.split('-')[0]}.yaml"
    if not path.is_file():
        return None
    return Lexicon.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=256)
def _stemmed(language: str, words: frozenset[str]) -> frozenset[str]:
    found = lexicon(language)
    return frozenset(map(found.stem, words)) if found else frozenset()


@lru_cache(maxsize=20_000)
def _stem(stemmer: str, word: str) -> str:
    stem: str = _stemmer(stemmer).stemWord(word)
    return stem


@lru_cache(maxsize=8)
def _stemmer(name: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(name)
