"""Quotes: verbatim spans of what somebody wrote about the deal, as evidence."""

from collections.abc import Iterable, Mapping

from guidance.actions import Evidence
from guidance.cleaning import clean
from guidance.facts import Facts, Quote, Written
from guidance.phrasebook import DealFacts, fallback, filled, phrasebook
from guidance.rules.reading import clipped

LONGEST_QUOTE = 160
SHORTEST_QUOTE = 3
LONGEST_LABEL = 120


def quoted(span: str, text: Written) -> Quote | None:
    """The span as a quote of `text`; None unless it stands there whole words and all, as it is shown to a model."""
    span, said = " ".join(span.split()), clean(text.text)
    if not SHORTEST_QUOTE <= len(span) <= LONGEST_QUOTE:
        return None
    starts = (n for n in range(len(said) - len(span) + 1) if said.startswith(span, n))
    if not any(_is_whole(said, start, start + len(span)) for start in starts):
        return None
    return Quote(text.id, span, text.author, text.day)


def still_says(quote: Quote, texts: Mapping[str, Written]) -> bool:
    text = texts.get(quote.text_id)
    return text is not None and quoted(quote.span, text) is not None


def evidence_of(quotes: Iterable[Quote], facts: Facts) -> tuple[Evidence, ...]:
    """Those that still stand in their texts, each named after its text, with author and day where they are known."""
    texts = {text.id: text for text in facts.written()}
    there = (quote for quote in quotes if still_says(quote, texts))
    return tuple(_evidence(quote, texts[quote.text_id], facts) for quote in there)


def _evidence(quote: Quote, text: Written, facts: Facts) -> Evidence:
    book = phrasebook(facts.advice_language) or fallback()
    name = _name(book.facts or fallback().facts, text, facts.advice_language)
    by = ", ".join(part for part in (quote.author, quote.day and quote.day.isoformat()) if part)
    return Evidence(name, by, quote.text_id.partition("/")[0], quote.span)


def _name(said: DealFacts | None, text: Written, language: str) -> str:
    if said is None:
        return text.id
    sort = text.id.partition("/")[0]
    if sort == "answer":
        label = clipped(text.label, LONGEST_LABEL)
        return filled(said.answer, question=label) if text.language == language else label
    return {"notes": said.notes, "next_step": said.next_step}.get(sort, said.response)


def _is_whole(text: str, start: int, end: int) -> bool:
    """No word is cut at either end."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (after.isalnum() and text[end - 1].isalnum())
