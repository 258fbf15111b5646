"""Messages ready to edit, each for one reader.

Each is a letter of blocks (`guidance.letters`), the rules' choice among those that its phrasebook has for the purpose.
A message to a customer is composed of a phrasebook's blocks, the `customer_wording` of what is asked, titles of
contents for customers, and the names of project, seller and partner: nothing else gets in, and no wording, title or
name with something inward in it (`guidance.inward`). Where nothing could be said so, there is no draft. Messages to the
vendor and to colleagues may quote the playbook, since it is theirs.
"""

from collections.abc import Sequence
from datetime import datetime

from guidance.actions import Draft
from guidance.customer_wording import customer_wording_faults, inward_in
from guidance.facts import Activity, ConfirmedBy, Content, Criterion, Facts, MoveKind, Reader, Stage
from guidance.inward import project_of, without_account
from guidance.letters import Block, Letter, Place
from guidance.phrasebook import Blocks, Phrasebook, SharingBlocks, StepBlocks, fallback, filled, phrasebook
from guidance.rules.confirming import QUESTION_MARKS
from guidance.rules.reading import clipped, money

LONGEST_QUOTE = 400


def confirmation(facts: Facts, criterion: Criterion, stage: Stage) -> Draft | None:
    """To whoever confirms the criterion of `stage`, or whose word meets it. What the deal's own fields decide takes
    nobody's word; only a customer may be asked for it."""
    if criterion.confirmed_by is not ConfirmedBy.ANYONE_ON_DEAL and facts.partner:
        asked = Reader.VENDOR if criterion.confirmed_by is ConfirmedBy.VENDOR else Reader.PARTNER
        return _inward(facts, criterion.description, asked, "confirmation")
    if criterion.reader is Reader.CUSTOMER:
        return _in_its_words(facts, criterion, stage, "question")
    if criterion.expression is not None:
        return None
    return _inward(facts, criterion.description, criterion.reader, "confirmation")


def invitation(facts: Facts, activity: Activity) -> Draft | None:
    """To whom the activity addresses; none for what the seller's own side does by itself."""
    if activity.confirmed_by is ConfirmedBy.VENDOR and facts.partner:
        return _inward(facts, activity.name, Reader.VENDOR, "next_step")
    if activity.reader is Reader.CUSTOMER:
        return _in_its_words(facts, activity, facts.stage, "next_step")
    if activity.reader is Reader.PARTNER or facts.partner is None:
        return None
    return _inward(facts, activity.name, Reader.VENDOR, "next_step")


def sharing(facts: Facts, content: Content) -> Draft | None:
    book = _readers_book(facts)
    if content.reader is not Reader.CUSTOMER or inward_in(content.title, book, _stage_names(facts), _stage_keys(facts)):
        return None
    return _to_customer(facts, book, book.customer.sharing, Block(Place.POINT, _attached(book, content), content.id))


def attached(facts: Facts, letter_language: str, contents: Sequence[Content]) -> list[Block]:
    """A block for each content that a message to a customer may come with."""
    book = phrasebook(letter_language) or fallback()
    names, keys = _stage_names(facts), _stage_keys(facts)
    fit = [c for c in contents if c.reader is Reader.CUSTOMER and c.suits and not inward_in(c.title, book, names, keys)]
    texts = ((content.id, _attached(book, content)) for content in fit)
    return [Block(Place.CONTENT, text[:1].upper() + text[1:], id) for id, text in texts]


def _attached(book: Phrasebook, content: Content) -> str:
    title = filled(book.quoted, text=clipped(content.title, LONGEST_QUOTE))
    return filled(book.customer.sharing.opening, content=title)


def introduction(facts: Facts) -> Draft | None:
    book = _readers_book(facts)
    return _to_customer(facts, book, book.customer.introduction) if book.customer.introduction else None


def re_engagement(facts: Facts) -> Draft:
    return _of_blocks(facts, "re_engagement")


def requalification(facts: Facts) -> Draft:
    return _of_blocks(facts, "requalification")


def call_for_help(facts: Facts, reasons: Sequence[str], at: datetime) -> Draft:
    """`reasons`: among bounced, large, stuck and late."""
    book = _readers_book(facts)
    blocks = book.vendor.help
    said = "\n".join(f"- {_reason(book, facts, reason, at)}" for reason in reasons)
    return _about_deal(facts, book, blocks, Reader.VENDOR, said)


def asks(text: str) -> bool:
    return any(mark in text for mark in QUESTION_MARKS)


def _in_its_words(facts: Facts, asked: Criterion | Activity, stage: Stage, purpose: str) -> Draft | None:
    """In the language that the wording is written in; so it takes that language's phrasebook."""
    language = asked.wording_language or facts.playbook_language
    wording, book = " ".join((asked.customer_wording or "").split()), phrasebook(language)
    if not wording or book is None:
        return None
    names = [*_stage_names(facts), stage.name]
    if customer_wording_faults(wording, language, names, (asked.key, stage.key)):
        return None
    blocks: Blocks = getattr(book.customer, purpose)
    point = Block(Place.POINT, wording)
    if not asks(wording):
        return _to_customer(facts, book, blocks, point)
    closings = "reply" if isinstance(blocks, StepBlocks) else "closing"
    return _to_customer(facts, book, blocks, point, requests=False, closings=closings)


def _of_blocks(facts: Facts, purpose: str) -> Draft:
    book = _readers_book(facts)
    return _to_customer(facts, book, getattr(book.customer, purpose))


def _inward(facts: Facts, point: str, reader: Reader, purpose: str) -> Draft | None:
    """A deal that the vendor sells itself has no partner who would write to a vendor."""
    book = _readers_book(facts)
    reader = reader if facts.partner else Reader.PARTNER
    to: object = book.vendor if reader is Reader.VENDOR else book.colleague
    quote = filled(book.quoted, text=clipped(point, LONGEST_QUOTE))
    return _about_deal(facts, book, getattr(to, purpose), reader, quote)


def _about_deal(facts: Facts, book: Phrasebook, blocks: Blocks, reader: Reader, said: str) -> Draft:
    account = _line(facts.deal.account.name)
    deal = filled(book.quoted, text=without_account(facts.deal.name, account))
    opening = Block(Place.OPENING, filled(blocks.opening, deal=deal, account=account))
    point = Block(Place.POINT, said)
    parts, others = _chosen((opening,), (point,), *_choices(blocks, requests=True, closings="closing"))
    return _composed(facts, book, blocks.subject, _line(facts.deal.name), reader, parts, others)


def _to_customer(
    facts: Facts, book: Phrasebook, blocks: Blocks, *points: Block, requests: bool = True, closings: str = "closing"
) -> Draft:
    project = project_of(_line(facts.deal.name), _line(facts.deal.account.name))
    if project and inward_in(project, book, _stage_names(facts), _stage_keys(facts)):
        project = None
    openings = tuple(Block(Place.OPENING, text) for text in (blocks.opening, *blocks.openings))
    if isinstance(blocks, SharingBlocks):  # its opening has told of the content
        openings = ()
    parts, others = _chosen(openings, points, *_choices(blocks, requests=requests, closings=closings))
    return _composed(facts, book, blocks.subject, project, Reader.CUSTOMER, parts, others)


def _choices(blocks: Blocks, *, requests: bool, closings: str) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    asked = (blocks.request, *blocks.requests) if requests else ()
    closed = (getattr(blocks, closings), *blocks.closings)
    return tuple(Block(Place.REQUEST, text) for text in asked), tuple(Block(Place.CLOSING, text) for text in closed)


def _chosen(
    openings: tuple[Block, ...], points: tuple[Block, ...], requests: tuple[Block, ...], closings: tuple[Block, ...]
) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """The first of each sort and all points, and what else there is."""
    parts = (*openings[:1], *points, *requests[:1], *closings[:1])
    return parts, (*openings[1:], *requests[1:], *closings[1:])


def _composed(
    facts: Facts, book: Phrasebook, subject: str, about: str | None, reader: Reader, parts: tuple[Block, ...],
    others: tuple[Block, ...],
) -> Draft:  # fmt: skip
    line = filled(book.about, project=about, subject=subject) if about else subject[:1].upper() + subject[1:]
    seller = _line(facts.deal.owner or "") or book.seller
    signature = filled(book.signature, seller=seller)
    if facts.partner and reader is not Reader.PARTNER:
        signature += f"\n{_line(facts.partner.name)}"
    letter = Letter((filled(book.subject, subject=line), book.greeting), parts, (signature,), others)
    return Draft(letter.text, reader, book.language, letter)


def _readers_book(facts: Facts) -> Phrasebook:
    return phrasebook(facts.language) or phrasebook(facts.playbook_language) or fallback()


def _stage_names(facts: Facts) -> list[str]:
    return [facts.stage.name, *((facts.next_stage.name,) if facts.next_stage else ())]


def _stage_keys(facts: Facts) -> list[str]:
    return [facts.stage.key, *((facts.next_stage.key,) if facts.next_stage else ())]


def _reason(book: Phrasebook, facts: Facts, reason: str, at: datetime) -> str:
    onward, days = facts.onward(), facts.days_to_close(at) or 0
    left = str(len(onward.blockers)) if onward else "0"
    match reason:
        case "bounced" if book.reasons.bounced:
            times = sum(move.kind is MoveKind.BACK for move in facts.moves)
            return filled(book.reasons.bounced, times=str(times))
        case "large":
            return filled(
                book.reasons.large,
                amount=money(facts.deal.amount or 0, facts.deal.currency).replace(",", book.thousands),
            )
        case "stuck" | "bounced":
            return filled(book.reasons.stuck, days=str(int(facts.days_in_stage(at))))
        case "late" if days > 1:
            return filled(book.reasons.late, days=str(days), open=left)
        case "late":
            return filled(book.reasons.late_tomorrow, open=left)
    raise ValueError(f"there is no reason “{reason}”")


def _line(text: str) -> str:
    return " ".join(text.split())
