"""Asking those who have to confirm something, where that isn't for the seller to do."""

from collections.abc import Mapping

from catalogues import Said, either, phrase
from guidance.facts import Activity, ConfirmedBy, Criterion, Facts
from guidance.rules.saying import activity_of, criterion_of, told


def whom_to_ask(asked: Criterion | Activity, facts: Facts) -> ConfirmedBy | None:
    """None where the seller may say it. What the vendor sells itself, its own people confirm."""
    if facts.partner is None or asked.confirmed_by is ConfirmedBy.ANYONE_ON_DEAL:
        return None
    return asked.confirmed_by


_ONLY: Mapping[ConfirmedBy, Said] = {
    ConfirmedBy.VENDOR: phrase("Only your channel manager can confirm it."),
    ConfirmedBy.PARTNER_MANAGER: phrase("Only your partner manager can confirm it."),
}


def only(facts: Facts, whom: ConfirmedBy | None) -> str:
    """Why it is asked of them; empty where nobody has to be asked."""
    return told(facts, _ONLY[whom]) if whom else ""


def criterion_asked(criterion: Criterion, facts: Facts, whom: ConfirmedBy) -> Said:
    needed = criterion_of(facts, criterion)
    if whom is ConfirmedBy.VENDOR:
        return either(
            phrase("Ask your channel manager to confirm: {criterion}", criterion=needed),
            phrase("Ask your channel manager to confirm a criterion"),
        )
    return either(
        phrase("Ask your partner manager to confirm: {criterion}", criterion=needed),
        phrase("Ask your partner manager to confirm a criterion"),
    )


def activity_asked(activity: Activity, facts: Facts, whom: ConfirmedBy) -> Said:
    wanted = activity_of(facts, activity)
    if whom is ConfirmedBy.VENDOR:
        return either(
            phrase("Ask your channel manager for this: {activity}", activity=wanted),
            phrase("Ask your channel manager for the next step of the stage"),
        )
    return either(
        phrase("Ask your partner manager for this: {activity}", activity=wanted),
        phrase("Ask your partner manager for the next step of the stage"),
    )
