"""Characters of a sentence: those of the languages that have a lexicon, and none that only look like them."""

import re
from collections.abc import Collection

from guidance.cleaning import visible
from guidance.grounding.wording.splitting import NUMBER, PLACEHOLDER

ALLOWED = re.compile(r"[\w \n.,;:!?¿¡'’“”„«»\"()\[\]%&/–—€\u00a0\u202f-]*")
MIXED = re.compile(r"[^\W\d_]\d|\d[^\W\d_]")
ORDINAL = re.compile(r"\b\d{1,2}(?:st|nd|rd|th|er|h)\b|\b\d{1,2}h\d{2}\b|\b\d{1,2}(?:am|pm)\b", re.IGNORECASE)
LETTER = re.compile(r"(?<!\w)(?<!['’])[^\W\d_](?!['’\w])")
JOINED = re.compile(r"\w[.@/]\w")
LATIN = 0x24F
LONE = frozenset("aiàyoeéuônhm")
"""Letters that are words, or stand for hours and for “Monsieur”."""
EUPHONIC = "-t-"
"""Between a French verb and its pronoun."""


def is_plain(sentence: str, placeholders: Collection[str]) -> bool:
    bare = PLACEHOLDER.sub(lambda found: " " if found[0] in placeholders else found[0], sentence)
    bare = ORDINAL.sub(" ", bare)
    lone = all(found[0] in LONE for found in LETTER.finditer(bare.casefold().replace(EUPHONIC, "-")))
    plain = visible(sentence) == sentence and ALLOWED.fullmatch(sentence) is not None
    latin = all(ord(character) <= LATIN for character in sentence if character.isalpha())
    joined = MIXED.search(bare) or JOINED.search(NUMBER.sub(" ", bare))
    return plain and latin and lone and "[" not in bare and not joined
