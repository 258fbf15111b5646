"""Names, quoted titles and stages: who and what an answer speaks of must be known to it."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from guidance.grounding.figures import without_dates
from guidance.grounding.sources import Sources, folded, spaced, words
from guidance.grounding.vocabulary import LEGAL_FORMS, NOT_A_NAME, SPEAKABLE

TOKEN = re.compile(r"[^\W\d_][\w’'&-]*", re.UNICODE)
OPENS_SENTENCE = re.compile(r"(?:^|[.!?:;…\n•]|\s[-–—]|^[-–—])[\s\"“„«‘'(\[]*$")
PLACEHOLDER = re.compile(r"\[[^\[\]\n]{1,60}\]")
ABBREVIATED = re.compile(r"(?<=\b\w)\.(?=\w\b)|(?<=\b\w)\.$")
QUOTED = re.compile(r"[“„«\"]([^“”„«»\"\n]{1,200})[”“»\"]")
NAMED_STAGE = re.compile(r"\b(?:the|into|to|a|an)\s+((?:[\w&’'-]+\s+){1,4}?)(?:stage|phase)\b", re.IGNORECASE)


def strangers_in(text: str, strangers: Collection[str], sources: Sources) -> Iterator[str]:
    """Names of others, in full or without their legal form, that the model wasn't told."""
    index, said = _index(tuple(strangers)), spaced(text).split()
    for place, word in enumerate(said):
        for form, name in index.get(word, ()):
            if tuple(said[place : place + len(form)]) == form and f" {' '.join(form)} " not in sources.spaced:
                yield name


def unknown_names(text: str, sources: Sources) -> Iterator[str]:
    """Words with a capital that neither begin a sentence nor stand in what the model was told; and those with capitals
    inside, wherever they stand."""
    plain = without_dates(PLACEHOLDER.sub(lambda found: " " * len(found[0]), text))
    for found in TOKEN.finditer(plain):
        token = found[0].strip("'’&-")
        parts = words(token) or [token.casefold()]
        inner = any(letter.isupper() for letter in token[1:])
        capital = token[:1].isupper() and not OPENS_SENTENCE.search(plain[: found.start()])
        if (inner or capital) and not all(_is_speakable(part, sources) for part in parts):
            yield token


def unknown_quotes(text: str, sources: Sources) -> Iterator[str]:
    """What stands in quotes is cited, so it has to be there to be cited."""
    for found in QUOTED.finditer(text):
        cited = folded(found[1]).strip(" .,;:!?")
        if cited and cited not in sources.folded:
            yield found[1]


def unknown_stages(text: str, sources: Sources) -> Iterator[str]:
    for found in NAMED_STAGE.finditer(text):
        spoken = [word for word in words(found[1]) if word not in NOT_A_NAME]
        if spoken and " ".join(spoken) not in sources.folded:
            yield found[0]


def _is_speakable(word: str, sources: Sources) -> bool:
    known = sources.vocabulary
    return word in known or word in SPEAKABLE or word.removesuffix("s") in known or f"{word}s" in known


@lru_cache(maxsize=4)
def _index(strangers: tuple[str, ...]) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Forms of names by their first word: there may be thousands."""
    index: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name in strangers:
        for form in dict.fromkeys(_forms(name)):
            parts = tuple(form.split())
            index.setdefault(parts[0], []).append((parts, name))
    return index


def _forms(name: str) -> Iterator[str]:
    """Long enough to mean somebody: “Alpine IT Partners” and “alpine it”, but not “it”."""
    parts = spaced(ABBREVIATED.sub("", name)).split()
    short = list(parts)
    while len(short) > 1 and short[-1] in LEGAL_FORMS:
        short.pop()
    for form in (spaced(name), " ".join(parts), " ".join(short)):
        if len(form) >= 3 and form not in LEGAL_FORMS:
            yield form
