"""The rules of thumb for what a customer may read: what is said among vendor and partner stays there.

They hold for every text that a playbook, a content or a deal brings into a message to a customer; the rest of such a
message is the phrasebook's.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache

LONGEST_PROJECT = 80
SPACE = re.compile(r"\s+")
QUOTES = str.maketrans({"’": "'", "‘": "'", "‐": "-", "‑": "-"})
QUOTED = "[“„«\"'‚]\\s*{}\\s*[”“»\"'‘]"
FIGURE = re.compile(
    r"[€$£¥]|\d\s*(?:%|percent\b|prozent\b)|%\s*\d|\b(?:eur|usd|gbp|chf|jpy|euros?|dollars?|pounds?)\b"
    r"|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./](?:\d{2}|\d{4})\b|\bq[1-4]\b",
    re.IGNORECASE,
)
OPENS = re.compile(r"(?:^|[.!?:;…]\s|[\n•–—]\s*)[\"“„«'(\[]*$")
PROJECT = re.compile(r"[^\W\d_](?:[^\W\d_]|[ &'’,()+-])*")


def internal_words(text: str, internal: Collection[str]) -> Iterator[str]:
    """Those of the list that `text` has, as whole words."""
    said = _plain(text)
    yield from (found[0] for found in _pattern(tuple(internal)).finditer(said))


def figures_in(text: str) -> Iterator[str]:
    """Amounts, shares and dates: a wording that is the same for every deal can know none."""
    yield from (found[0] for found in FIGURE.finditer(_plain(text)))


def names_in(text: str, names: Collection[str], *, capital_nouns: bool) -> Iterator[str]:
    """Stages named in `text`. A name of several words counts as it is written; one of three or more, and a quoted one,
    however it is written. A single word counts with its capital inside a sentence, unless all nouns have one there."""
    for name in names:
        if any(_is_named(text, form, capital_nouns=capital_nouns) for form in _forms(name)):
            yield name


def keys_in(text: str, keys: Collection[str]) -> Iterator[str]:
    """Keys of several words, such as `technical-win`, which nobody writes by chance."""
    said = _plain(text)
    yield from (key for key in keys if "-" in key and re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", said))


def project_of(deal: str, account: str) -> str | None:
    """A deal's name as a customer may read it in a subject, without the customer's own name in front or behind; None
    where it has anything but plain words: figures, codes and remarks in it are the seller's own."""
    text = without_account(deal, account)
    is_plain = len(text) <= LONGEST_PROJECT and PROJECT.fullmatch(text) and text != text.upper()
    return text if is_plain else None


def without_account(deal: str, account: str) -> str:
    """A deal's name without its account's in front or behind: “Northwind: backup” is “backup”."""
    text, name = SPACE.sub(" ", deal).strip(), re.escape(SPACE.sub(" ", account).strip())
    if not name:
        return text
    around = rf"^{name}\s*[-–—:|/,]+\s*|\s*[-–—:|/,(]+\s*{name}\)?$"
    return re.sub(around, "", text, flags=re.IGNORECASE).strip() or text


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate(QUOTES).casefold()
    return SPACE.sub(" ", folded)


@lru_cache(maxsize=64)
def _pattern(internal: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted((re.escape(_plain(word)) for word in internal), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)")


def _forms(name: str) -> Iterator[str]:
    """As a whole, and without what stands in brackets: “Technical validation (PoC)”."""
    bare = SPACE.sub(" ", re.sub(r"\([^()]*\)", " ", name)).strip()
    yield from dict.fromkeys(form for form in (SPACE.sub(" ", name).strip(), bare) if form)


def _is_named(text: str, name: str, *, capital_nouns: bool) -> bool:
    said, words = SPACE.sub(" ", text), len(name.split())
    exact = rf"(?<!\w){re.escape(name)}(?!\w)"
    if re.search(QUOTED.format(re.escape(name)), said, re.IGNORECASE):
        return True
    if words > 1:
        return re.search(exact, said, re.IGNORECASE if words > 2 else 0) is not None
    if capital_nouns or not name[:1].isupper():
        return False
    return any(not OPENS.search(said[: found.start()]) for found in re.finditer(exact, said))
