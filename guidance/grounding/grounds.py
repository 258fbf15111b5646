"""Facts that the wording of a candidate may draw on, gathered from the facts and what the model was given of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

from guidance.actions import ActionKind
from guidance.briefing import Briefing, Offer
from guidance.facts import Content, Facts
from guidance.grounding.wording import PLACEHOLDER, Field, Ground, sentences_of
from guidance.grounding.wording.splitting import NUMBER
from guidance.letters import Letter, Place
from guidance.lexicon import Lexicon, lexicon
from guidance.phrasebook import fallback, phrasebook
from guidance.reasons import same_language


def grounds_of(facts: Facts, briefing: Briefing, offer: Offer, cited: Sequence[str], where: Field) -> list[Ground]:
    """One for each language that it may be said in: a message has its own, advice its reader's or that of what it
    advises. None for a language without a lexicon, or where the candidate has no message."""
    message, written_in = offer.ranked.candidate.message, facts.stage.language or facts.playbook_language
    languages = {message.language: None} if where is Field.DRAFT and message else {facts.advice_language: None}
    if where is not Field.DRAFT and written_in:
        languages[written_in] = None
    found = (_ground_in(language, facts, briefing, offer, cited, where) for language in languages)
    return [ground for ground in found if ground is not None]


def _ground_in(
    language: str, facts: Facts, briefing: Briefing, offer: Offer, cited: Sequence[str], where: Field
) -> Ground | None:
    words = lexicon(language)
    if words is None:
        return None
    if where is not Field.DRAFT:
        return _of_advice(words, facts, briefing, offer, cited)
    return None if offer.letter is None else _of_message(words, facts, briefing, offer, offer.letter)


def _of_message(words: Lexicon, facts: Facts, briefing: Briefing, offer: Offer, letter: Letter) -> Ground:
    candidate, language = offer.ranked.candidate, words.language
    target = candidate.target
    blocks = [block.text for block in letter.choice]
    inside = (candidate.title,) if same_language(language, facts.advice_language) else ()
    spoken = tuple(_about(facts, offer)) if same_language(language, facts.playbook_language) else ()
    return Ground(
        words,
        name=facts.deal.name,
        words=(*blocks, *letter.head, *inside, *spoken, *_agreed(facts), *_of_stage(facts, briefing, language)),
        facts=[sentence for block in blocks for sentence in sentences_of(block)],
        title=candidate.title,
        titles=_titles(briefing, offer),
        placeholders=_placeholders(language),
        sender=_sender(facts),
        content=[one.title for one in _contents(facts, offer)],
        open_criteria=[one.description for one in facts.criteria if spoken and one.id == target.criterion_id],
        figures={"silence": int(facts.quiet_days(briefing.at))},
        cited=[str(int(facts.quiet_days(briefing.at)))],
        to_do=next((one.name for one in facts.activities if spoken and one.id == target.activity_id), None),
    )


def _of_advice(words: Lexicon, facts: Facts, briefing: Briefing, offer: Offer, cited: Sequence[str]) -> Ground:
    candidate, told = offer.ranked.candidate, [briefing.sentences[id] for id in cited]
    own = [candidate.title, *(briefing.sentences[id] for id in offer.own)]
    contents = _contents(facts, offer)
    activity = next((one for one in facts.activities if one.id == candidate.target.activity_id and not one.done), None)
    return Ground(
        words,
        name=facts.deal.name,
        words=(*own, facts.deal.account.name, *_agreed(facts), *_of_stage(facts, briefing, words.language)),
        facts=[sentences_of(text)[0] for text in told if text.strip()],
        title=candidate.title,
        titles=_titles(briefing, offer),
        cited=told,
        figures=_figures(facts, briefing.at),
        about=tuple(_about(facts, offer)),
        stage=[facts.stage.name, *((facts.next_stage.name,) if facts.next_stage else ())],
        content=[one.title for one in contents],
        names=(facts.deal.account.name, *_agreed(facts)),
        is_unused=bool(contents) and not any(one.used for one in contents),
        open_criteria=_open(facts, told),
        asked={one.description: candidate.title for one in facts.criteria if one.id == candidate.target.criterion_id},
        open_activity=_only_open(facts, candidate.target.activity_id),
        is_advice=True,
        is_activity=candidate.target.activity_id is not None,
        to_do=activity.name if activity else None,
        is_required=activity is not None and activity.required,
        is_for_customer=candidate.kind is ActionKind.SHARE_CONTENT,
        pieces=_unused_pieces(facts, told),
        rivals=[
            other.ranked.candidate.title
            for other in briefing.offers.values()
            if other is not offer and other.ranked.candidate.target.activity_id is not None
        ],
        is_study=candidate.kind is ActionKind.STUDY_CONTENT,
        is_resuming=candidate.kind is ActionKind.RE_ENGAGE,
    )  # fmt: skip


def _figures(facts: Facts, at: datetime) -> Mapping[str, int | date]:
    """As `guidance.lexicon.Telling` names them."""
    deal, onward, left = facts.deal, facts.onward(), facts.days_to_close(at)
    found: dict[str, int | date | None] = {
        "age": int(facts.days_in_stage(at)),
        "target": facts.stage.target_days,
        "silence": int(facts.quiet_days(at)),
        "closing": deal.close_date,
        "left": left if left is not None and left >= 0 else None,
        "amount": int(deal.amount) if deal.amount and deal.amount == int(deal.amount) else None,
        "open": len(onward.blockers) if onward is not None else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _about(facts: Facts, offer: Offer) -> Iterator[str]:
    """What the playbook says of what the action is about."""
    target = offer.ranked.candidate.target
    yield from (one.description for one in facts.criteria if one.id == target.criterion_id)
    yield from (t for one in facts.activities if one.id == target.activity_id for t in (one.name, one.description))
    yield from (text for one in facts.questions if one.key == target.question_key for text in (one.label, one.prompt))
    yield from (one.title for one in _contents(facts, offer))


def _open(facts: Facts, told: Sequence[str]) -> list[str]:
    """Criteria that are not met and cited."""
    return [one.description for one in facts.criteria if not one.met and any(one.description in fact for fact in told)]


def _of_stage(facts: Facts, briefing: Briefing, language: str) -> Iterator[str]:
    """What the stage asks for, in its own words and those for customers, where it is written in `language`."""
    if not same_language(language, facts.stage.language or facts.playbook_language):
        return
    yield from (one.description for one in facts.criteria)
    yield from (one.name for one in facts.activities)
    letters = (offer.letter for offer in briefing.offers.values() if offer.letter is not None)
    yield from (block.text for letter in letters for block in letter.blocks if block.place is Place.POINT)


def _contents(facts: Facts, offer: Offer) -> list[Content]:
    ids = offer.ranked.candidate.target.content_ids
    return [one for one in facts.contents if one.id in ids]


def _agreed(facts: Facts) -> Sequence[str]:
    return (facts.deal.next_step,) if facts.deal.next_step else ()


def _sender(facts: Facts) -> Sequence[str]:
    return [name for name in (facts.deal.owner, facts.partner and facts.partner.name) if name]


def _titles(briefing: Briefing, offer: Offer) -> list[str]:
    return [other.ranked.candidate.title for other in briefing.offers.values() if other is not offer]


def _unused_pieces(facts: Facts, told: Sequence[str]) -> int | None:
    """Of the stage, where none is used and a cited fact counts them."""
    n = len(facts.contents)
    counted = any({"0", str(n)} <= set(NUMBER.findall(one)) for one in told)
    return n if n and counted and not any(one.used for one in facts.contents) else None


def _only_open(facts: Facts, id: str | None) -> str | None:
    """The name of the activity, where it is the stage's only one still to do."""
    names = [one.name for one in facts.activities if not one.done]
    return names[0] if len(names) == 1 and any(one.id == id and not one.done for one in facts.activities) else None


@lru_cache(maxsize=32)
def _placeholders(language: str) -> frozenset[str]:
    """What the phrasebook of a language leaves to the sender."""
    book = phrasebook(language) or fallback()
    return frozenset(PLACEHOLDER.findall(book.model_dump_json()))
