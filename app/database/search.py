"""Free text as people type it, made into what PostgreSQL's text search takes."""

import re

_WORD = re.compile(r"\w+")
MOST_WORDS = 20


def tsquery(text: str) -> str:
    """Every word has to occur, each as the beginning of a word: `acme net` → `'acme':* & 'net':*`. Empty: no words."""
    return " & ".join(f"'{word}':*" for word in _WORD.findall(text)[:MOST_WORDS])
