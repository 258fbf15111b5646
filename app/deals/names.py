"""Names and ids as people type and programs export them: which of them are the same."""

import re
import unicodedata

_BLANKS = re.compile(r"\s+")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_JOINERS = "\u200c\u200d"


def tidy(text: str) -> str:
    """As it is stored: composed letters, no blanks or invisible characters around it, single blanks within. Invisible
    characters within are left out, too, but for the two that join letters in some scripts."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf" or c in _JOINERS)
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", seen)).strip(f" {_JOINERS}")


def name_key(name: str) -> str:
    """The same for names that differ in case, blanks, invisible characters or in how Unicode spells a letter (NFKC):
    “Müller  GmbH” and “MÜLLER GMBH”; “Straße” and “STRASSE”."""
    key = unicodedata.normalize("NFKC", tidy(name)).casefold()
    return tidy(unicodedata.normalize("NFKC", "".join(c for c in key if c not in _JOINERS)))


def word_key(name: str) -> str:
    """As `name_key`, with punctuation no more than a blank between words: “Pre-Sales” and “pre sales”."""
    key = name_key(name)
    return _BETWEEN_WORDS.sub(" ", key).strip() or key
