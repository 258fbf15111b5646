"""All checks of an answer that can be read."""

from collections.abc import Callable, Collection, Iterator

from guidance.actions import ActionKind
from guidance.briefing import LONGEST_DRAFT, LONGEST_RATIONALE, LONGEST_TITLE
from guidance.customer_wording import inward_in
from guidance.facts import Reader
from guidance.grounding.answers import Answer, Worded
from guidance.grounding.faults import Code, Fault
from guidance.grounding.figures import known_in, unknown_figures
from guidance.grounding.names import strangers_in, unknown_names, unknown_quotes, unknown_stages
from guidance.grounding.sources import Sources, folded
from guidance.grounding.wording import (
    bad_characters,
    consequences_in,
    echoes_in,
    is_addressed,
    is_linking,
    is_marked_up,
    moves_in,
    strays,
)
from guidance.phrasebook import fallback

MOST_CITED = 3


def check_answer(answer: Answer, sources: Sources, strangers: Collection[str]) -> tuple[Fault, ...]:
    """Everything that is wrong; empty when the answer may be shown."""
    faults = list(_choice(answer, sources))
    for place, worded in enumerate(answer.actions):
        where = f"actions[{place}]"
        faults += _contents(worded, where, sources)
        if worded.id in sources.briefing.candidates:
            faults += _texts(worded, where, sources, strangers)
    return tuple(faults)


def _choice(answer: Answer, sources: Sources) -> Iterator[Fault]:
    briefing, seen = sources.briefing, set[str]()
    if not briefing.least <= len(answer.actions) <= briefing.most:
        there = f"{briefing.least} to {briefing.most}" if briefing.least < briefing.most else str(briefing.most)
        yield Fault(Code.NUMBER_OF_ACTIONS, "actions", f"choose {there} of the candidates")
    for place, worded in enumerate(answer.actions):
        where = f"actions[{place}].id"
        if worded.id not in briefing.candidates:
            yield Fault(
                Code.UNKNOWN_ACTION, where, f"there is no such candidate; there are {_listed(briefing.candidates)}"
            )
        elif worded.id in seen:
            yield Fault(Code.REPEATED_ACTION, where, "each candidate at most once")
        seen.add(worded.id)


def _contents(worded: Worded, where: str, sources: Sources) -> Iterator[Fault]:
    known = sources.briefing.contents
    if len(worded.contents) > MOST_CITED:
        yield Fault(Code.UNKNOWN_CONTENT, f"{where}.contents", f"cite {MOST_CITED} contents at most")
    if any(cited not in known for cited in worded.contents):
        there = f"there are {_listed(known)}" if known else "there are none"
        yield Fault(Code.UNKNOWN_CONTENT, f"{where}.contents", f"cite only contents of the list; {there}")


def _texts(worded: Worded, where: str, sources: Sources, strangers: Collection[str]) -> Iterator[Fault]:
    trusted = sources.trusted[worded.id]
    kind = sources.briefing.candidates[worded.id].candidate.kind
    for name, text, longest in (
        ("title", worded.title, LONGEST_TITLE),
        ("rationale", worded.rationale, LONGEST_RATIONALE),
        ("draft", worded.draft, LONGEST_DRAFT),
    ):
        if text is not None:
            yield from _text(text, f"{where}.{name}", longest, kind, trusted, sources, strangers)
    message = sources.briefing.candidates[worded.id].candidate.message
    if worded.draft and message and message.reader is Reader.CUSTOMER:
        yield from _to_customer(worded.draft, f"{where}.draft", sources)
    if strays(f"{worded.title}\n{worded.rationale}", trusted):
        yield Fault(Code.STRAYED, where, "it must stay the action that the candidate is")


def _to_customer(draft: str, where: str, sources: Sources) -> Iterator[Fault]:
    """What a customer shouldn't read (`guidance.inward`)."""
    for found in inward_in(draft, fallback(), sources.stages, ()):
        yield Fault(Code.READER, where, f"a customer shouldn’t read “{found}”; write to the customer as “you”")
    for title in sources.internal_titles:
        if folded(title) in folded(draft):
            yield Fault(Code.READER, where, f"“{title}” is internal; a customer doesn’t hear of it")


def _text(
    text: str,
    where: str,
    longest: int,
    kind: ActionKind,
    trusted: str,
    sources: Sources,
    strangers: Collection[str],
) -> Iterator[Fault]:
    may_be_empty = where.endswith("draft")
    if not text.strip() and not may_be_empty:
        yield Fault(Code.LENGTH, where, "it is empty")
    if len(text) > longest:
        yield Fault(Code.LENGTH, where, f"it has {len(text)} characters; at most {longest} are allowed")
        return
    if reason := bad_characters(text, lines=not where.endswith("title"), given=sources.given):
        yield Fault(Code.CHARACTERS, where, reason)
    for code, is_so, message in PLAIN:
        if is_so(text):
            yield Fault(code, where, message)
    for code, found in unknown_figures(text, known_in(sources.given)):
        yield Fault(code, where, f"“{found}” is not in the data")
    for name in strangers_in(text, strangers, sources):
        yield Fault(Code.STRANGER, where, f"“{name}” has no part in this deal")
    for found in unknown_names(text, sources):
        yield Fault(Code.NAME, where, f"“{found}” is not in the data; write common words in small letters")
    for found in unknown_quotes(text, sources):
        yield Fault(Code.QUOTE, where, f"“{found}” is quoted and not in the data")
    for found in unknown_stages(text, sources):
        yield Fault(Code.STAGE, where, f"“{found}” is no stage of the data")
    for found in consequences_in(text, trusted, sources.names):
        yield Fault(Code.CONSEQUENCE, where, f"the candidate says nothing of “{found}”")
    for found in moves_in(text, kind, trusted):
        yield Fault(Code.MOVE, where, f"the candidate doesn’t move the deal: “{found}”")
    for found in echoes_in(text, trusted, sources):
        yield Fault(Code.ECHO, where, f"“{found}” is copied from what somebody wrote; use your own words")
        break


PLAIN: tuple[tuple[Code, Callable[[str], bool], str], ...] = (
    (Code.LINK, is_linking, "it has a link or a web address"),
    (Code.ADDRESS, is_addressed, "it has an e-mail address or a telephone number"),
    (Code.MARKUP, is_marked_up, "it has markup; write plain text"),
)


def _listed(ids: Collection[str]) -> str:
    return ", ".join(ids)
