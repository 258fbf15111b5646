"""Free text as people type it, made into what PostgreSQL takes."""

import re

_WORD = re.compile(r"\w+")
_UNFIT = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
MOST_WORDS = 20


def searchable(text: str) -> str:
    """Without what no text in PostgreSQL has, nor blanks around it. Empty: nothing to look for."""
    return _UNFIT.sub(" ", text).strip()


def tsquery(text: str) -> str:
    """Every word has to occur, each as the beginning of a word: `acme net` → `'acme':* & 'net':*`. Empty: no words."""
    return " & ".join(f"'{word}':*" for word in _WORD.findall(text)[:MOST_WORDS])
