"""The briefing of a model about a deal, as plain texts, and the short ids by which it may point at them.

Of people it learns nothing: neither owner nor contacts are here, and texts come without their authors. Whatever is here
has been chosen one by one.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from guidance.actions import Candidate
from guidance.composition import offered
from guidance.facts import BuyingRole, Content, Facts, Reader, Response, Written
from guidance.letters import Block, Letter, Place
from guidance.ranking import Ranked
from guidance.reasons import reasons_of, reasons_of_deal

MOST_CHOSEN = 5
FIRST = 3
MOST_CONTENTS = 10
MOST_RESPONSES = 6
MOST_TEXTS = 20
MOST_COMPETITORS = 100
SOONER_DAYS = (1, 2, 3, 5, 7, 10)
"""Before the rules' own date."""
FOR = {Reader.CUSTOMER: "for customers", Reader.PARTNER: "internal", Reader.VENDOR: "internal"}
TO = {Reader.CUSTOMER: "the customer", Reader.PARTNER: "a colleague", Reader.VENDOR: "the channel manager"}


@dataclass(frozen=True)
class Offer:
    """What the model may choose for one candidate: `reasons`, keys of sentences by the sentence's id; `letter`, and the
    blocks of it by id; `dates`, ids of those that it may be done by."""

    ranked: Ranked
    reasons: Mapping[str, str]
    own: Collection[str]
    letter: Letter | None
    blocks: Mapping[str, Block]
    dates: Collection[str]


@dataclass(frozen=True)
class Briefing:
    """By the short ids of this one conversation. `sentences`: all reasons. `variables` is all that templates see."""

    offers: Mapping[str, Offer]
    contents: Mapping[str, Content]
    sentences: Mapping[str, str]
    dates: Mapping[str, date]
    texts: Mapping[str, Written]
    competitors: tuple[str, ...]
    at: datetime
    least: int
    most: int
    variables: dict[str, Any]

    @property
    def blocks(self) -> Iterator[str]:
        for offer in self.offers.values():
            yield from offer.blocks


def brief(
    facts: Facts,
    chosen: Sequence[Ranked],
    at: datetime,
    *,
    texts: Sequence[Written] | None = None,
    competitors: Sequence[str] = (),
    free_wording: bool = False,
) -> Briefing:
    """`texts`: those of the deal with their authors; by default as the facts have them. `free_wording`: the model may
    word what it points at."""
    sentences, dates = _Ids("f"), _Ids("d")
    contents = {f"c{place}": content for place, content in enumerate(_contents(facts, chosen), 1)}
    of_deal = {sentences.id_of(text): key for key, text in reasons_of_deal(facts, at).items()}
    numbered = count(1)
    offers = {
        f"a{place}": _offer(ranked, facts, at, of_deal, sentences, dates, numbered)
        for place, ranked in enumerate(chosen, 1)
    }
    there = [text for text in (facts.written() if texts is None else texts) if text.text.strip()]
    named = {f"t{place}": text for place, text in enumerate(there[:MOST_TEXTS], 1)}
    least, most = min(FIRST, len(offers)), min(MOST_CHOSEN, len(offers))
    variables = {
        "free_wording": free_wording,
        "how_many": str(most) if least == most else f"{least} to {most}",
        "today": at.date().isoformat(),
        "deal": _deal(facts),
        "stage": {"name": facts.stage.name, "definition": facts.stage.definition},
        "criteria": [
            {"description": one.description, "state": "met" if one.met else "unmet"} for one in facts.criteria
        ],
        "activities": [{"name": one.name, "state": "done" if one.done else "open"} for one in facts.activities],
        "responses": [_response(one) for one in _latest(facts.responses)],
        "sentences": [{"id": id, "text": sentences.texts[id]} for id in of_deal],
        "contents": [
            {"id": id, "title": one.title, "kind": _said(one.kind), "summary": one.summary, "reader": FOR[one.reader]}
            for id, one in contents.items()
        ],
        "candidates": [_told(id, offer, contents, sentences.texts) for id, offer in offers.items()],
        "dates": [{"id": id, "day": day} for id, day in dates.texts.items()],
        "texts": [{"id": id, "sort": _said(one.id.partition("/")[0]), "label": one.label, "text": one.text}
                  for id, one in named.items()],
        "competitors": list(competitors[:MOST_COMPETITORS]),
        "roles": [role.value for role in BuyingRole],
    }  # fmt: skip
    return Briefing(
        offers,
        contents,
        sentences.texts,
        {id: date.fromisoformat(day) for id, day in dates.texts.items()},
        named,
        tuple(competitors[:MOST_COMPETITORS]),
        at,
        least,
        most,
        variables,
    )


class _Ids:
    """One id for each text."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.texts: dict[str, str] = {}
        self._ids: dict[str, str] = {}

    def id_of(self, text: str) -> str:
        id = self._ids.setdefault(text, f"{self._prefix}{len(self._ids) + 1}")
        self.texts[id] = text
        return id


def _offer(
    ranked: Ranked,
    facts: Facts,
    at: datetime,
    of_deal: Mapping[str, str],
    sentences: _Ids,
    dates: _Ids,
    numbered: Iterator[int],
) -> Offer:
    candidate = ranked.candidate
    own = {sentences.id_of(text): key for key, text in reasons_of(candidate, facts, at).items()}
    letter = offered(candidate, facts)
    blocks = {f"b{n}": block for block, n in zip(letter.choice if letter else (), numbered, strict=False)}
    days = [dates.id_of(day.isoformat()) for day in _days(candidate, at)]
    return Offer(ranked, {**own, **of_deal}, own.keys(), letter, blocks, days)


def _days(candidate: Candidate, at: datetime) -> Iterator[date]:
    """The rules' own day, and working days before it."""
    if candidate.due_at is None:
        return
    for days in SOONER_DAYS:
        day = at.date() + timedelta(days=days)
        if day < candidate.due_at.date() and day.weekday() < 5:
            yield day
    yield candidate.due_at.date()


def _contents(facts: Facts, chosen: Sequence[Ranked]) -> list[Content]:
    """Those that candidates name first, then what else suits the partner in this stage and the next."""
    named = {id for ranked in chosen for id in ranked.candidate.target.content_ids}
    there = {content.id: content for content in (*facts.contents, *facts.next_contents) if content.suits}
    ordered = sorted(there.values(), key=lambda content: content.id not in named)
    return ordered[:MOST_CONTENTS]


def _deal(facts: Facts) -> dict[str, str]:
    deal, partner = facts.deal, facts.partner
    return {
        "name": deal.name,
        "account": deal.account.name,
        "industry": deal.account.industry or "",
        "country": deal.account.country or "",
        "partner": partner.name if partner else "",
    }


def _told(id: str, offer: Offer, contents: Mapping[str, Content], sentences: Mapping[str, str]) -> dict[str, Any]:
    candidate, handles = offer.ranked.candidate, {content.id: handle for handle, content in contents.items()}
    return {
        "id": id,
        "kind": _said(candidate.kind),
        "urgency": _said(candidate.urgency),
        "due": list(offer.dates),
        "effort": f"{candidate.effort_minutes} minutes",
        "contents": ", ".join(handles[one] for one in candidate.target.content_ids if one in handles),
        "title": candidate.title,
        "facts": [{"id": one, "text": sentences[one]} for one in offer.own],
        "reader": TO[candidate.message.reader] if candidate.message else "",
        "language": candidate.message.language if candidate.message else "",
        "blocks": [
            {"id": one, "place": block.place.name.lower(), "needed": block.place is Place.POINT, "text": block.text}
            for one, block in offer.blocks.items()
        ],
    }


def _latest(responses: Sequence[Response]) -> list[Response]:
    return sorted(responses, key=lambda one: one.at, reverse=True)[:MOST_RESPONSES]


def _response(response: Response) -> dict[str, str]:
    return {"kind": _said(response.kind), "answer": _said(response.answer)}


def _said(name: str) -> str:
    return name.lower().replace("_", " ")
