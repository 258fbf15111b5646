"""Advice as those hear it who are asked by it: a seller asks the channel manager, who confirms or refuses."""

from collections.abc import Sequence

from catalogues import Said, either, phrase
from guidance.actions import ActionKind, Candidate
from guidance.facts import Activity, ConfirmedBy, Criterion, Facts, Reader
from guidance.rules.confirming import activity_asked, criterion_asked, only, whom_to_ask
from guidance.rules.reading import clipped
from guidance.rules.saying import activity_of, criterion_of, sentence, told

LONGEST_TITLE = 120


def for_those_asked(one: Candidate, facts: Facts) -> tuple[ConfirmedBy, Candidate] | None:
    """Who is asked, and the action in words to them, without a letter to themselves. None: the sellers' own to do."""
    if one.kind is ActionKind.INVOLVE_VENDOR:
        return ConfirmedBy.VENDOR, one.told(title=told(facts, phrase("Step in and help with the deal")), message=None)
    asked = _asked(one, facts)
    whom = whom_to_ask(asked, facts) if asked else None
    if asked is None or whom is None or one.title != clipped(told(facts, _asking(asked, facts, whom)), LONGEST_TITLE):
        return None
    why = sentence(
        one.rationale.removesuffix(only(facts, whom)).rstrip(), told(facts, phrase("It is yours to confirm."))
    )
    message = one.message if one.message and one.message.reader is Reader.CUSTOMER else None
    title = clipped(told(facts, _yours(asked, facts)), LONGEST_TITLE)
    return whom, one.told(title=title, rationale=why, message=message)


def _asked(one: Candidate, facts: Facts) -> Criterion | Activity | None:
    target = one.target
    everything: Sequence[Criterion | Activity] = (
        (*facts.criteria, *facts.next_entry) if target.criterion_id else facts.activities
    )
    id = target.criterion_id or target.activity_id
    return next((asked for asked in everything if asked.id == id), None)


def _asking(asked: Criterion | Activity, facts: Facts, whom: ConfirmedBy) -> Said:
    return criterion_asked(asked, facts, whom) if isinstance(asked, Criterion) else activity_asked(asked, facts, whom)


def _yours(asked: Criterion | Activity, facts: Facts) -> Said:
    needed = criterion_of(facts, asked) if isinstance(asked, Criterion) else activity_of(facts, asked)
    return either(
        phrase("Confirm or refuse: {criterion}", criterion=needed), phrase("Confirm or refuse what the stage asks for")
    )
