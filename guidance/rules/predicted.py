"""The most valuable change of a deal, and its risk, where the prediction rests on more than its stage and age.

The change is told with the action that makes it; an action of its own it gets where no other rule asks for it. All of
it is for those who may see the prediction (`Evidence.predicted`), in evidence alone: a rationale is read by everybody.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import inf

from catalogues import Said, either, phrase
from guidance import weights
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Facts, Lever, Prediction, PredictionBasis
from guidance.rules.reading import Prospect, due, prospect, ready, rounded
from guidance.rules.saying import percent, stage_of, told

NOTABLE = 0.03
"""A change that raises the win probability by less is none worth telling."""
RISK = 0.1
"""As much below what is usual of its stage, or less than half of it, a deal is at risk."""
IN_TOUCH_DAYS = 3.0
"""A customer whom somebody spoke to since isn't who is waited for."""
MOST_AGAINST = 2
MADE_BY = {
    Lever.SILENCE: (ActionKind.RE_ENGAGE, ActionKind.REQUALIFY, ActionKind.INTRODUCE),
    Lever.DONE: (ActionKind.DO_ACTIVITY, ActionKind.COMPLETE_CRITERION),
    Lever.CLOSE_DATE: (ActionKind.FIX_CLOSE_DATE,),
}
"""The first that is there makes the change."""
ALIVE_AGAIN = (ActionKind.RE_ENGAGE, ActionKind.REQUALIFY, ActionKind.CLOSE_LOST)
"""Where one of these is advised, the risk is known."""


def heed_prediction(facts: Facts, at: datetime) -> Iterator[Candidate]:
    """Alone where no other rule proposes it: see `with_prediction`."""
    found = modelled(facts)
    if found is None or ready(facts) or prospect(facts, at) is not Prospect.ALIVE:
        return
    lever = lever_of(facts, at)
    if lever is Lever.SILENCE or (lever is None and is_at_risk(found)):
        yield Candidate(
            kind=ActionKind.RAISE_CHANCES,
            title=told(facts, _title(lever)),
            rationale=told(facts, _reason(lever)),
            evidence=tuple(evidence(facts, found, lever)),
            urgency=Urgency.HIGH if is_at_risk(found) or found.falling else Urgency.NORMAL,
            due_at=due(facts, at, Urgency.HIGH if is_at_risk(found) else Urgency.NORMAL),
            effort_minutes=20,
            target=Target(stage_id=facts.stage.id),
            weight=weights.AT_RISK if is_at_risk(found) else 1.0,
            occasion=(lever or "at risk",),
        )


def with_prediction(found: Sequence[Candidate], facts: Facts, at: datetime) -> tuple[Candidate, ...]:
    """The action that makes the change says what it is worth, and needs none beside it."""
    said = modelled(facts)
    if said is None:
        return tuple(found)
    lever = lever_of(facts, at)
    kinds = MADE_BY[lever] if lever else ALIVE_AGAIN if is_at_risk(said) else ()
    making = min((one for one in found if one.kind in kinds), key=lambda one: kinds.index(one.kind), default=None)
    if making is None:
        return tuple(found)
    more = tuple(evidence(facts, said, lever))
    weight = making.weight * (weights.MOST_VALUABLE_CHANGE if lever else 1.0)
    return tuple(
        one.told(evidence=(*one.evidence, *more), weight=weight) if one is making else one
        for one in found
        if one.kind is not ActionKind.RAISE_CHANCES
    )


def modelled(facts: Facts) -> Prediction | None:
    said = facts.prediction
    return said if said is not None and said.basis is PredictionBasis.MODEL else None


def is_at_risk(said: Prediction) -> bool:
    return said.usual - said.win_probability >= RISK or said.win_probability < said.usual / 2


def lever_of(facts: Facts, at: datetime) -> Lever | None:
    """The one whose change is worth it. To whom somebody spoke meanwhile, it isn't the silence."""
    said = modelled(facts)
    if said is None or said.change is None or said.change.win_probability - said.win_probability < NOTABLE:
        return None
    lever = said.change.lever
    quiet = facts.quiet_days(at) if facts.last_contact_at is not None else inf
    return Lever.DONE if lever is Lever.SILENCE and quiet < IN_TOUCH_DAYS else lever


def evidence(facts: Facts, said: Prediction, lever: Lever | None) -> Iterator[Evidence]:
    source = told(facts, phrase("prediction"))
    now, usual = _share(facts, said.win_probability), _share(facts, said.usual)
    against_usual = either(
        phrase("{now}; {usual} is usual from “{stage}” on", now=now, usual=usual, stage=stage_of(facts)),
        phrase("{now}; {usual} is usual from this stage on", now=now, usual=usual),
    )
    fact = told(facts, phrase("Predicted win probability"))
    yield Evidence(fact, told(facts, against_usual), source, predicted=True)
    if lever is not None and said.change is not None:
        then = phrase("{then} instead of {now}", then=_share(facts, said.change.win_probability), now=now)
        yield Evidence(told(facts, CHANGED[lever]), told(facts, then), source, predicted=True)
    if said.win_probability < said.usual:
        for reason in said.against[:MOST_AGAINST]:
            yield Evidence(told(facts, phrase("Against it")), told(facts, reason), source, predicted=True)


CHANGED = {
    Lever.SILENCE: phrase("Predicted after something is done with the customer"),
    Lever.DONE: phrase("Predicted after a step of the stage"),
    Lever.CLOSE_DATE: phrase("Predicted with a close date that is still ahead"),
}


def _share(facts: Facts, share: float) -> str:
    return percent(rounded(share), facts.advice_language)


def _title(lever: Lever | None) -> Said:
    if lever is Lever.SILENCE:
        return phrase("Do the next thing with the customer now")
    return phrase("Find out what keeps the customer from deciding for you")


def _reason(lever: Lever | None) -> Said:
    if lever is Lever.SILENCE:
        return phrase(
            "Nothing was done for a while; of what you can change, that weighs most on what is predicted of this deal."
        )
    return phrase("Something sets this deal apart from others in its stage: better to know it now than at the end.")
