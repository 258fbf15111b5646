"""Checks that an answer points at what it was given, and at nothing else."""

from collections.abc import Collection, Iterator, Sequence

from guidance.briefing import Briefing, Offer
from guidance.grounding.answers import Answer, Chosen
from guidance.grounding.faults import Code, Fault

MOST_CITED = 3


def check_answer(answer: Answer, briefing: Briefing) -> tuple[Fault, ...]:
    """Everything that is wrong; empty when the answer may be used. Quotes and readings that don't hold are no faults:
    they are left out one by one."""
    return (*_choice(answer, briefing), *_parts(answer, briefing))


def _choice(answer: Answer, briefing: Briefing) -> Iterator[Fault]:
    if not briefing.least <= len(answer.actions) <= briefing.most:
        there = f"{briefing.least} to {briefing.most}" if briefing.least < briefing.most else str(briefing.most)
        yield Fault(Code.NUMBER_OF_ACTIONS, "actions", f"choose {there} of the candidates")
    ids = [chosen.id for chosen in answer.actions]
    yield from _among(ids, briefing.offers, Code.UNKNOWN_ACTION, "actions.id", "candidates")


def _parts(answer: Answer, briefing: Briefing) -> Iterator[Fault]:
    for place, chosen in enumerate(answer.actions):
        where = f"actions[{place}]"
        yield from _among(chosen.contents, briefing.contents, Code.UNKNOWN_CONTENT, f"{where}.contents", "contents")
        if len(chosen.contents) > MOST_CITED:
            yield Fault(Code.UNKNOWN_CONTENT, f"{where}.contents", f"{MOST_CITED} contents at most")
        if chosen.id in briefing.offers:
            yield from _of_candidate(chosen, briefing.offers[chosen.id], where)


def _of_candidate(chosen: Chosen, offer: Offer, where: str) -> Iterator[Fault]:
    whose = f"facts of {chosen.id} and of the deal"
    yield from _among(chosen.facts, offer.reasons, Code.UNKNOWN_FACT, f"{where}.facts", whose)
    yield from _among(chosen.message or [], offer.blocks, Code.UNKNOWN_BLOCK, f"{where}.message", "blocks")
    due = [] if chosen.due is None else [chosen.due]
    yield from _among(due, offer.dates, Code.UNKNOWN_DATE, f"{where}.due", "dates")


def _among(ids: Sequence[str], known: Collection[str], code: Code, where: str, what: str) -> Iterator[Fault]:
    if any(id not in known for id in ids):
        there = f"the {what} are {', '.join(known)}" if known else f"there are no {what}"
        yield Fault(code, where, there)
    if len(set(ids)) < len(ids):
        yield Fault(Code.REPEATED, where, "each at most once")
