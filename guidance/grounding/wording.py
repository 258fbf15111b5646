"""What a text may not contain whoever wrote it, and what it may say only if the rules said so."""

import re
import unicodedata
from collections.abc import Iterator

from guidance.actions import ActionKind
from guidance.grounding.sources import Sources, folded, words
from guidance.grounding.vocabulary import COMMON, CONSEQUENCES, HARMLESS

DOTS = str.maketrans(dict.fromkeys("。．｡․‧∙⋅・·", "."))
SUFFIX = r"(?:com|net|org|info|biz|io|ai|co|app|dev|de|ch|at|fr|uk|eu|us|ru|cn|xyz|online|site|shop|link|ly|me|example)"
LINK = re.compile(
    r"\w+\s*:\s*//|\bhxxps?\b|\bhttps?\b|\bwww\b|\b(?:javascript|vbscript|mailto|tel|ftp|file)\s*:"
    r"|[\w-]\.[^\W\d_][\w-]+|\b\d{1,3}(?:\.\d{1,3}){3}\b|\w\s+\.\s*[^\W\d_]{2,}"
    r"|\w\s*[\[({]\s*(?:\.|dot|punkt)\s*[\])}]\s*\w|\bdot\s+" + SUFFIX + r"\b|\b" + SUFFIX + r"\s*/\s*\w",
    re.IGNORECASE,
)
ADDRESS = re.compile(
    r"[@＠]|[\[({]\s*at\s*[\])}]|(?:\+|\b00)\d[\d\s()/.-]{6,}|\b\d(?:[\s()/.-]{0,2}\d){8,}\b", re.IGNORECASE
)
MARKUP = re.compile(r"<\s*[a-z/!?]|&(?:[a-z]+|#\w+);|\]\s*\(|```|`|\*\*|\{\{|\{%|\\|\$\{|^\s*#{1,6}\s", re.I | re.M)

MOVE = re.compile(
    r"\b(?:mark|set|flag|move|advance|promote|push|take|bring|put|close|progress|reopen|convert|change)\w*\b[^.!?\n]{0,40}"
    r"\b(?:deal|opportunity|it|record|status|stage)\b[^.!?\n]{0,30}\b(?:to|into|as|won|lost|closed)\b",
    re.IGNORECASE,
)
MOVES = frozenset({ActionKind.ADVANCE_STAGE, ActionKind.CLOSE_LOST})

RUN = 5
"""So many words in a row are a copy."""
STEM = 5
LEAST_IN_COMMON = 2


def bad_characters(text: str, *, lines: bool, given: str) -> str | None:
    """Why a text's characters can't be shown: control and invisible ones, and letters of a script that nobody used."""
    for character in text:
        category = unicodedata.category(character)
        if category in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp") and not (lines and character == "\n"):
            return "it has control or invisible characters"
        if category[0] == "L" and not unicodedata.name(character, "").startswith("LATIN") and character not in given:
            return "it has letters of another script"
    return None


def is_linking(text: str) -> bool:
    return LINK.search(unicodedata.normalize("NFKC", text).translate(DOTS)) is not None


def is_addressed(text: str) -> bool:
    return ADDRESS.search(unicodedata.normalize("NFKC", text)) is not None


def is_marked_up(text: str) -> bool:
    return MARKUP.search(unicodedata.normalize("NFKC", text)) is not None


def consequences_in(text: str, trusted: str, names: str) -> Iterator[str]:
    """Words that may do harm and that neither the rules nor the playbook used for this action."""
    used = words(f"{trusted}\n{names}")
    allowed = {stem for stem in CONSEQUENCES if any(word.startswith(stem) for word in used)}
    for word in words(text):
        if (
            word.startswith(CONSEQUENCES)
            and not any(word.startswith(stem) for stem in allowed)
            and word not in HARMLESS
        ):
            yield word


def moves_in(text: str, kind: ActionKind, trusted: str) -> Iterator[str]:
    """Moves of the deal that this action doesn't make."""
    if kind not in MOVES:
        yield from (found[0] for found in MOVE.finditer(text) if folded(found[0]) not in folded(trusted))


def echoes_in(text: str, trusted: str, sources: Sources) -> Iterator[str]:
    """Runs of words copied from what partners and customers wrote; names and the rules' own words apart."""
    own = _runs(f"{trusted}\n{sources.names}")
    copied = frozenset().union(*(_runs(written) for written in sources.written)) - own
    yield from (" ".join(run) for run in _runs(text) if run in copied)


def strays(text: str, trusted: str) -> bool:
    """Whether a wording has next to nothing in common with the action that it words."""
    return len(_stems(text) & _stems(trusted)) < min(LEAST_IN_COMMON, len(_stems(trusted)))


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    spoken = words(text)
    return frozenset(tuple(spoken[start : start + RUN]) for start in range(len(spoken) - RUN + 1))


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:STEM] for word in words(text) if len(word) >= 4 and word not in COMMON)
