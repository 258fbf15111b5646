"""The content of an answer that passed its checks: a composition for each action, and readings of people's texts."""

from collections.abc import Iterator
from datetime import date, timedelta

from guidance.briefing import Briefing, Offer
from guidance.composition import Composition
from guidance.facts import BuyingRole, Quote, Reader, Reading, ReadingKind
from guidance.grounding.answers import Answer, Chosen, Cited, Read
from guidance.letters import Place
from guidance.quotes import quoted
from guidance.reasons import OWN
from guidance.spoken_dates import tells_of

MOST_QUOTES = 2
LONGEST_WAIT = timedelta(days=366)


def composition_of(chosen: Chosen, briefing: Briefing) -> Composition:
    """Empty where all of it is as the rules have it."""
    offer = briefing.offers[chosen.id]
    blocks = _blocks(chosen, offer)
    contents = [briefing.contents[id].id for id in chosen.contents]
    attached = [
        block.content_id for block in offer.blocks.values() if block.text in (blocks or ()) and block.content_id
    ]
    candidate = offer.ranked.candidate
    reasons = tuple(offer.reasons[id] for id in chosen.facts)
    due = briefing.dates[chosen.due] if chosen.due else None
    return Composition(
        reasons=() if reasons == (OWN,) else reasons,
        blocks=blocks,
        contents=tuple(id for id in dict.fromkeys((*attached, *contents)) if id not in candidate.target.content_ids),
        due=None if candidate.due_at is None or due == candidate.due_at.date() else due,
        quotes=tuple(_quotes(chosen, briefing)),
    )


def readings_of(answer: Answer, briefing: Briefing) -> tuple[Reading, ...]:
    """Those that hold, each once."""
    found = (_reading(read, briefing) for read in answer.readings)
    return tuple({(one.kind, one.value): one for one in found if one is not None}.values())


def _blocks(chosen: Chosen, offer: Offer) -> tuple[str, ...] | None:
    if not chosen.message or offer.letter is None:
        return None
    other = offer.letter.of([offer.blocks[id] for id in chosen.message])
    if other is None or other.blocks == offer.letter.blocks:
        return None
    return tuple(block.text for block in other.blocks if block.place is not Place.POINT)


def _quotes(chosen: Chosen, briefing: Briefing) -> list[Quote]:
    found = (_quote(cited, briefing) for cited in chosen.quotes)
    return list(dict.fromkeys(quote for quote in found if quote is not None))[:MOST_QUOTES]


def _quote(cited: Cited, briefing: Briefing) -> Quote | None:
    text = briefing.texts.get(cited.text)
    return quoted(cited.quote, text) if text else None


def _reading(read: Read, briefing: Briefing) -> Reading | None:
    quote = _quote(read, briefing)
    if quote is None or read.kind not in ReadingKind.__members__:
        return None
    kind = ReadingKind(read.kind)
    value = next(_values(kind, read.value, quote.span, briefing), None)
    return None if value is None else Reading(kind, value, quote)


def _values(kind: ReadingKind, value: str, span: str, briefing: Briefing) -> Iterator[str]:
    """The value as it is kept, if it is one of its kind and the span bears it out."""
    content = briefing.contents.get(value)
    match kind:
        case ReadingKind.WAIT_UNTIL:
            day = _day(value)
            if day and briefing.at.date() < day <= briefing.at.date() + LONGEST_WAIT and tells_of(span, day):
                yield day.isoformat()
        case ReadingKind.OBJECTION if content and content.kind == "BATTLECARD":
            yield content.id
        case ReadingKind.ASKED_FOR if content and content.reader is Reader.CUSTOMER:
            yield content.id
        case ReadingKind.COMPETITOR:
            known = (name for name in briefing.competitors if name.casefold() == value.casefold())
            yield from (name for name in known if name.casefold() in span.casefold())
        case ReadingKind.ROLE if value in BuyingRole.__members__:
            yield value
        case _:
            return


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
