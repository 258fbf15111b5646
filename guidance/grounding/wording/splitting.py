"""Texts split into sentences, and sentences into clauses."""

import re
from collections.abc import Collection

from guidance.spoken_dates import NAMES

SENTENCE = re.compile(r"[^.!?…\n]+(?:[.!?…]+(?=[\s”»\"]|$)|(?<=\d)\.(?=\d)[^.!?…\n]*)*|\S")
PLACEHOLDER = re.compile(r"\[[^\[\]\n]{1,40}\]")
NUMBER = re.compile(r"\d[\d.,:\-\u202f]*\d|\d")
GAP = "§"
"""Stands for a placeholder."""
TITLES = frozenset((
    "mr", "mrs", "ms", "dr", "prof", "hr", "fr", "st", "m", "mm", "mme", "mmes", "sr", "sra", "sres", "srta", "dra",
    "dipl", "ing", "nr", "no", "str", "ca", "bzw",
))  # fmt: skip
"""A full stop after one of these, or after an ordinal before a month, ends no sentence."""
MONTHS = frozenset().union(*NAMES)
DAY = re.compile(r"(?<!\d)\d{1,2}\.\d{1,2}\.$")
LAST_WORD = re.compile(r"([^\W_]+)\.$")


def sentences_of(text: str) -> list[str]:
    """In order; a line end ends one, too."""
    found: list[str] = []
    for line in text.split("\n"):
        parts: list[str] = []
        for one in (match[0].strip() for match in SENTENCE.finditer(line)):
            if parts and _goes_on(parts[-1], one):
                parts[-1] = f"{parts[-1]} {one}"
            elif one:
                parts.append(one)
        found += parts
    return found


def _goes_on(before: str, after: str) -> bool:
    last, [first, *_] = LAST_WORD.search(before), after.split() or [""]
    if last is None:
        return False
    word = last[1].casefold()
    if DAY.search(before) is not None:
        return first[:1].islower()
    return word in TITLES or (word.isdecimal() and first.strip(".,;:?!").casefold() in MONTHS)


def folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split()).rstrip(" .!…")


def unquoted(said: str) -> str:
    return " ".join(re.sub(r"[“”„«»\"]", " ", said).split())


def clauses_of(said: str) -> list[str]:
    """Of a sentence that is folded, whatever separates them."""
    parts = re.split(r"[,;:–—!]|\s-\s|\((?=\w)|(?<=\w)\)", said.strip(" ¿¡?"))
    return [part.strip(' "“”„«»¿¡?') for part in parts if part.strip(' "“”„«»¿¡?')]


def bare(said: str, placeholders: Collection[str]) -> str:
    """With a sign in the place of what the sender fills in."""
    return PLACEHOLDER.sub(lambda found: GAP if found[0] in placeholders else found[0], said)
