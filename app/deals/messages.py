"""Messages about a deal's moves, in the reader's language.

A page of deals has a thousand blockers of a few dozen criteria, so each sentence is made once and kept.
"""

from functools import lru_cache

from app.vocabulary import ConfirmedBy, TransitionKind
from catalogues import Either, Phrase, Text, counted, either, phrase, render

KEPT = 20_000


def _asking(said: Either, awaits: ConfirmedBy | None) -> Either:
    """With whom to ask, in the language that the sentence takes."""
    if awaits is None:
        return said
    return either(*(phrase("{said} {ask}", said=one, ask=_ask(awaits)) for one in said.phrases))


def _ask(awaits: ConfirmedBy) -> Phrase:
    if awaits is ConfirmedBy.VENDOR:
        return phrase("Ask your channel manager to confirm it.")
    return phrase("Ask your partner manager to confirm it.")


@lru_cache(maxsize=KEPT)
def before_leaving(stage: Text, criterion: Text, reader: str, awaits: ConfirmedBy | None = None) -> str:
    said = either(
        phrase("Before leaving “{stage}”: {criterion}", stage=stage, criterion=criterion),
        phrase("Before leaving the stage: {criterion}", criterion=criterion),
        phrase("A criterion for leaving the stage is not met yet."),
    )
    return render(_asking(said, awaits), reader)


@lru_cache(maxsize=KEPT)
def before_entering(stage: Text, criterion: Text, reader: str, awaits: ConfirmedBy | None = None) -> str:
    said = either(
        phrase("Before entering “{stage}”: {criterion}", stage=stage, criterion=criterion),
        phrase("Before entering the next stage: {criterion}", criterion=criterion),
        phrase("A criterion for entering the stage is not met yet."),
    )
    return render(_asking(said, awaits), reader)


@lru_cache(maxsize=KEPT)
def still_to_do(stage: Text, activity: Text, reader: str, awaits: ConfirmedBy | None = None) -> str:
    said = either(
        phrase("Still to do in “{stage}”: {activity}", stage=stage, activity=activity),
        phrase("Still to do in this stage: {activity}", activity=activity),
        phrase("An activity of this stage is still to do."),
    )
    return render(_asking(said, awaits), reader)


@lru_cache(maxsize=KEPT)
def not_last(last: Text, stage: Text, reader: str) -> str:
    said = either(
        phrase("A deal is won from “{last}”; this one is still in “{stage}”.", last=last, stage=stage),
        phrase("A deal is won from “{last}”; this one is still in an earlier stage.", last=last),
        phrase("A deal is won from the last open stage; this one is still in an earlier one."),
    )
    return render(said, reader)


@lru_cache(maxsize=KEPT)
def already_there(stage: Text, reader: str) -> str:
    said = either(
        phrase("The deal is already in “{stage}”.", stage=stage), phrase("The deal is already in this stage.")
    )
    return render(said, reader)


@lru_cache(maxsize=KEPT)
def closed(stage: Text, reader: str) -> str:
    said = either(
        phrase("The deal is closed in “{stage}”; reopen it first.", stage=stage),
        phrase("The deal is closed; reopen it first."),
    )
    return render(said, reader)


@lru_cache(maxsize=KEPT)
def may_not_move(reader: str) -> str:
    return render(phrase("You may not move deals between stages."), reader)


@lru_cache(maxsize=KEPT)
def may_not_reopen(reader: str) -> str:
    return render(phrase("Only the vendor's channel team may reopen a closed deal."), reader)


def may_not_override(reader: str) -> str:
    return render(phrase("You may not override what blocks a deal."), reader)


def things_in_the_way(number: int, target: Text, reader: str) -> str:
    said = either(
        counted(
            "{n} thing keeps the deal from moving to “{stage}”.",
            "{n} things keep the deal from moving to “{stage}”.",
            number,
            stage=target,
        ),
        counted("{n} thing keeps the deal from this move.", "{n} things keep the deal from this move.", number),
    )
    return render(said, reader)


def reason_needed(kind: TransitionKind, target: Text, reader: str) -> str:
    match kind:
        case TransitionKind.SKIP:
            said = either(
                phrase("Say why the deal skips stages on the way to “{stage}”: a reason is required.", stage=target),
                phrase("Say why the deal skips stages: a reason is required."),
            )
        case TransitionKind.BACK:
            said = either(
                phrase("Say why the deal goes back to “{stage}”: a reason is required.", stage=target),
                phrase("Say why the deal goes back: a reason is required."),
            )
        case TransitionKind.LOST:
            said = either(phrase("Say why the deal is lost: a reason is required."))
        case _:
            said = either(phrase("Say why the deal is reopened: a reason is required."))
    return render(said, reader)


def moved_on(version: int, stage: Text, reader: str) -> str:
    said = either(
        phrase(
            "The deal is at version {version} now, in “{stage}”; read it again and retry.",
            version=version,
            stage=stage,
        ),
        phrase("The deal is at version {version} now; read it again and retry.", version=version),
    )
    return render(said, reader)


def may_not_skip(activity: Text, reader: str) -> str:
    said = either(
        phrase("“{activity}” is required; only the vendor's people may skip it.", activity=activity),
        phrase("The activity is required; only the vendor's people may skip it."),
    )
    return render(said, reader)


def say_why_left_out(activity: Text, reader: str) -> str:
    said = either(
        phrase("“{activity}” is required: say why it is left out.", activity=activity),
        phrase("The activity is required: say why it is left out."),
    )
    return render(said, reader)


def override_needs_reason(target: Text, reader: str) -> str:
    said = either(
        phrase("Say why the deal may enter “{stage}” all the same: an override needs a reason.", stage=target),
        phrase("Say why the deal may move all the same: an override needs a reason."),
    )
    return render(said, reader)


def not_yours(asked: Text, awaits: ConfirmedBy, reader: str) -> str:
    said = either(phrase("“{asked}” is not yours to confirm.", asked=asked), phrase("This is not yours to confirm."))
    return render(_asking(said, awaits), reader)


def locked(criterion: Text, awaits: ConfirmedBy, reader: str) -> str:
    if awaits is ConfirmedBy.VENDOR:
        said = either(
            phrase("“{criterion}” rests on this: ask your channel manager to change it.", criterion=criterion),
            phrase("What was confirmed rests on this: ask your channel manager to change it."),
        )
    else:
        said = either(
            phrase("“{criterion}” rests on this: ask your partner manager to change it.", criterion=criterion),
            phrase("What was confirmed rests on this: ask your partner manager to change it."),
        )
    return render(said, reader)
