"""The check of a model's own sentences: only words that it was given or that say nothing, and no claim but a given
fact.

It is an allow-list from end to end: characters, words, numbers, and how a sentence may begin. What it doesn't know, it
refuses.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from itertools import pairwise

from guidance.cleaning import visible
from guidance.grounding.stated import says_what_is_open
from guidance.lexicon import PIECE, Lexicon

SENTENCE = re.compile(r"[^.!?…\n]+(?:[.!?…]+(?=\s|$)|(?<=\d)\.(?=\d)[^.!?…\n]*)*|\S")
CHARACTERS = re.compile(r"[\w \n.,;:!?¿¡'’“”„«»\"()\[\]%&/–—€-]*")
PLACEHOLDER = re.compile(r"\[[^\[\]\n]{1,40}\]")
NUMBER = re.compile(r"\d[\d.,:\-\u202f]*\d|\d")
COUNTED = re.compile(r"(\d[\d.,:\-\u202f]*\d|\d)[\s\u202f]*([^\W\d_]+|%)?")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
MIXED = re.compile(r"[^\W\d_]\d|\d[^\W\d_]")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
LETTER = re.compile(r"(?<!\w)(?<!['’])[^\W\d_](?!['’\w])")
JOINED = re.compile(r"\w[.@/]\w")
LATIN = 0x24F
LONE = frozenset("aiàyoeéuôn")
"""Letters that are words."""
EUPHONIC = "-t-"
"""Between a French verb and its pronoun."""
LEAST_WORDS = 2
VERB_LAST = frozenset({"de"})
KEPT = 0.5
"""Share of its own title's words that another title has."""


class Field(Enum):
    TITLE = "title"
    RATIONALE = "rationale"
    DRAFT = "draft"


@dataclass(frozen=True)
class Ground:
    """What one candidate's wording may draw on. `words`: texts whose words may be used. `facts`: sentences that may be
    told, each as a whole; `figures`: those that may be told in other words as well. `title`, `titles`: the rules' own,
    and those of the other candidates. `placeholders`: what a sender fills in. `open_criteria`: those that are not met
    and cited; `open_activity`: the candidate's own, where no other is open; `is_activity`:
    it has one."""

    lexicon: Lexicon
    words: Sequence[str]
    facts: Sequence[str]
    figures: Sequence[str]
    title: str
    titles: Sequence[str]
    placeholders: frozenset[str] = field(default_factory=frozenset)
    open_criteria: Sequence[str] = ()
    open_activity: str | None = None
    is_activity: bool = False

    @property
    def requests(self) -> frozenset[str]:
        """Only what is done together may be proposed: whoever proposes what the customer does, might do it."""
        return self.lexicon.requests | (self.lexicon.proposals if self.is_activity else frozenset())

    @cached_property
    def known(self) -> frozenset[str]:
        given = self.lexicon.stems("\n".join((*self.words, *self.facts, *self.figures, self.title)))
        return self.lexicon.free | frozenset(given)


def sentences_of(text: str) -> list[str]:
    """In order; a line end ends one, too."""
    return [found[0].strip() for found in SENTENCE.finditer(text) if found[0].strip()]


def may_be_said(sentence: str, where: Field, ground: Ground) -> bool:
    """Whether one sentence passes."""
    said = _folded(sentence)
    if said in {_folded(fact) for fact in ground.facts} and where is not Field.TITLE:
        return True
    if said in ground.lexicon.whole:
        return where is Field.DRAFT
    if not _is_plain(sentence, ground):
        return False
    if where is Field.RATIONALE and _is_open(said, ground):
        return True
    asks = where is Field.DRAFT and sentence.rstrip().endswith("?")
    if _takes_for_done(said, where, ground):
        return False
    bare = _without_request(said, ground.lexicon) if where is Field.TITLE else said
    bare = _without_ahead(bare, ground.lexicon) if asks else bare
    return _has_known_words(bare, ground, asks=asks) and _has_form(sentence, said, where, ground)


def _is_open(said: str, ground: Ground) -> bool:
    activity = _folded(ground.open_activity) if ground.open_activity else None
    return says_what_is_open(said, [_folded(one) for one in ground.open_criteria], activity, ground.lexicon)


def _takes_for_done(said: str, where: Field, ground: Ground) -> bool:
    """“the confirmed budget”; what its own title or message says so may be said so."""
    given = (ground.title, *(ground.words if where is Field.DRAFT else ()))
    own = frozenset(word for text in given for word in PIECE.findall(_folded(text)))
    done = (found["done"] for found in re.finditer(ground.lexicon.taken_for_done, said))
    plain = own | ground.lexicon.function | ground.lexicon.courtesy
    restated = any(_restates(said, fact, ground.lexicon) for fact in ground.figures)
    return not restated and any(word not in plain for word in done)


def _without_request(said: str, lexicon: Lexicon) -> str:
    """Without the verb that asks: to ask for something isn't to order it."""
    first, _, rest = said.partition(" ")
    return rest if first in lexicon.requests | lexicon.proposals else said


def _without_ahead(said: str, lexicon: Lexicon) -> str:
    """What is to be settled before another thing doesn't turn that round."""
    if re.match(lexicon.gathering, said) is not None:
        for word in lexicon.ahead:
            said = re.sub(rf"\b{word}\b", " ", said, count=1)
    return said


def _is_plain(sentence: str, ground: Ground) -> bool:
    bare = PLACEHOLDER.sub(lambda found: " " if found[0] in ground.placeholders else found[0], sentence)
    lone = all(found[0].casefold() in LONE for found in LETTER.finditer(bare.casefold().replace(EUPHONIC, "-")))
    plain = visible(sentence) == sentence and CHARACTERS.fullmatch(sentence) is not None
    latin = all(ord(character) <= LATIN for character in sentence if character.isalpha())
    joined = MIXED.search(bare) or JOINED.search(NUMBER.sub(" ", bare))
    return plain and latin and lone and "[" not in bare and not joined


def _has_known_words(said: str, ground: Ground, *, asks: bool) -> bool:
    lexicon = ground.lexicon
    rest = _without_here(_without_phrases(said, lexicon), lexicon)
    for frame in _begun(said, lexicon):
        rest = rest.replace(frame, " ", 1)
    spoken = WORD.findall(rest)
    barred = lexicon.negations | lexicon.reserved
    turned = not barred.isdisjoint((*spoken, *PIECE.findall(rest)))
    if turned or len(PIECE.findall(said)) < LEAST_WORDS:
        return False
    free = set(lexicon.stems(" ".join((*lexicon.left, *lexicon.deal, *lexicon.requests, *lexicon.proposals))))
    if asks:
        hindered = lexicon.hindrances if not lexicon.anything.isdisjoint(PIECE.findall(said)) else ()
        free |= set(lexicon.stems(" ".join((*lexicon.asking, *hindered))))
    return all(stem in ground.known or stem in free for stem in lexicon.stems(PLACEHOLDER.sub(" ", rest)))


def _has_form(sentence: str, said: str, where: Field, ground: Ground) -> bool:
    if any(_restates(said, fact, ground.lexicon) for fact in ground.figures) and where is not Field.TITLE:
        return True
    if NUMBER.search(PLACEHOLDER.sub(" ", said)):
        return False
    asserts = any(word in ground.lexicon.asserting for word in PIECE.findall(_without_phrases(said, ground.lexicon)))
    if where is Field.TITLE:
        return not asserts and _is_the_same_action(said, ground)
    if not _claims_nothing(said, ground.lexicon):
        return False
    if sentence.rstrip().endswith("?"):
        return where is Field.DRAFT and (not asserts or re.search(ground.lexicon.asked_first, said) is not None)
    if asserts:
        return False
    if where is not Field.DRAFT:
        return _is_advice(said, ground) or _is_demand(said, ground.lexicon)
    return any(_begun(said, ground.lexicon)) or _is_polite(said, ground.lexicon)


def _claims_nothing(said: str, lexicon: Lexicon) -> bool:
    """No clause after a comma but one that asks, depends on another or is itself a wish; nothing “is”, but in such."""
    if re.search(r"[;:–—]", said):
        return False
    first, *others = said.split(",")
    for clause in (first, *others):
        words = PIECE.findall(clause)
        for n, word in enumerate(words):
            if word in lexicon.is_ and n and not lexicon.subordinators.intersection(words[:n]):
                return False
    return all(_continues(clause.strip(), lexicon) for clause in others)


def _continues(clause: str, lexicon: Lexicon) -> bool:
    words = PIECE.findall(clause)
    depends = any(word in lexicon.subordinators for word in words[:3])
    return depends or any(_begun(clause, lexicon)) or clause.startswith(lexicon.mains)


def _begun(said: str, lexicon: Lexicon) -> Iterator[str]:
    yield from (frame for frame in lexicon.frames if said == frame or said.startswith((f"{frame} ", f"{frame},")))


def _is_polite(said: str, lexicon: Lexicon) -> bool:
    """Of what happens or is done it says nothing."""
    return said.startswith(lexicon.polite) and lexicon.free.issuperset(lexicon.stems(PLACEHOLDER.sub(" ", said)))


def _is_advice(said: str, ground: Ground) -> bool:
    """It begins with what the action begins with, or with what may be done about any."""
    [first, *_] = PIECE.findall(said)
    [own, *_] = PIECE.findall(_folded(ground.title)) or [""]
    return first in ground.lexicon.imperatives | ground.requests or first == own


def _is_demand(said: str, lexicon: Lexicon) -> bool:
    """What should be, would help or depends."""
    begins = any(said.startswith(f"{beginning} ") for beginning in lexicon.advice)
    return begins or not lexicon.obliging.isdisjoint(PIECE.findall(said))


def _is_the_same_action(said: str, ground: Ground) -> bool:
    """It is nearest to its own title of all, and has enough of it."""
    own, stems = _stems(ground.title, ground), _stems(said, ground)
    shared = len(own & stems)
    others = max((len(_stems(title, ground) & stems) for title in ground.titles), default=0)
    if _requests(said, own, stems, ground):
        return shared > others
    return shared >= KEPT * len(own) and shared > others and _is_advice(said, ground)


def _requests(said: str, own: frozenset[str], stems: frozenset[str], ground: Ground) -> bool:
    """It asks for or proposes what the action is about: nothing of its own title's words that is anything else's."""
    words, lexicon = PIECE.findall(said), ground.lexicon
    asks = words[0] in ground.requests or (lexicon.language in VERB_LAST and words[-1] in ground.requests)
    others = frozenset(stem for title in ground.titles for stem in _stems(title, ground))
    about = stems & own - lexicon.free - others
    return asks and bool(about)


def _restates(said: str, fact: str, lexicon: Lexicon) -> bool:
    """It has nothing but one fact's words, and the fact's figures from the first one on, each with what it counts."""
    given, spoken = _folded(fact), _without_here(said, lexicon)
    if any(day not in given for day in DATE.findall(said)) or _says_gone(spoken, given, lexicon):
        return False
    spoken = re.sub(rf"(\d+) (?:{'|'.join(lexicon.of)}) (\d+) (\w+)", r"\1 \3 \2 \3", DATE.sub(" ", spoken))
    told, counted = COUNTED.findall(spoken), COUNTED.findall(DATE.sub(" ", given))
    stems = set(lexicon.stems(spoken)) - set(lexicon.stems(" ".join(lexicon.left | lexicon.deal)))
    return bool(told) and told == counted[: len(told)] and stems <= set(lexicon.stems(given))


def _says_gone(said: str, given: str, lexicon: Lexicon) -> bool:
    """“18 days left” of a fact that tells how many are gone, or “has left”."""
    words, of = PIECE.findall(said), PIECE.findall(given)
    left = any(word in lexicon.left and word not in of for word in words)
    goes = any(one in lexicon.asserting and other in lexicon.left for one, other in pairwise(words))
    return goes or (left and DATE.search(given) is None and lexicon.remaining.isdisjoint(of))


def _without_here(said: str, lexicon: Lexicon) -> str:
    for phrase in lexicon.here:
        said = said.replace(phrase, " ")
    return said


def _stems(text: str, ground: Ground) -> frozenset[str]:
    return frozenset(ground.lexicon.stems(text))


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split()).rstrip(" .!…")


def _without_phrases(said: str, lexicon: Lexicon) -> str:
    for phrase in lexicon.phrases:
        said = said.replace(phrase, " ")
    return said
