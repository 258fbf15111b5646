"""Asking those who have to confirm something, where that isn't for the seller to do."""

from catalogues import Said, Text, either, phrase
from guidance.facts import Activity, ConfirmedBy, Criterion, Facts, Reader
from guidance.rules.saying import activity_of, criterion_of, told

QUESTION_MARKS = "?？؟"


def whom_to_ask(asked: Criterion | Activity, facts: Facts) -> ConfirmedBy | None:
    """None where the seller may say it. What the vendor sells itself, its own people confirm."""
    if facts.partner is None or asked.confirmed_by is ConfirmedBy.ANYONE_ON_DEAL:
        return None
    return asked.confirmed_by


def question_to_customer(criterion: Criterion, facts: Facts) -> Text | None:
    """What to ask them, where their word meets it and the playbook has it as a question."""
    wording = " ".join((criterion.customer_wording or "").split())
    if criterion.reader is not Reader.CUSTOMER or not any(mark in wording for mark in QUESTION_MARKS):
        return None
    return Text(wording, criterion.wording_language or facts.playbook_language)


def is_managed(facts: Facts) -> bool:
    """Whether somebody is the partner's channel manager; the vendor's channel team is there for the others."""
    return facts.partner is None or facts.partner.managed


def only(facts: Facts, whom: ConfirmedBy | None) -> str:
    """Why it is asked of them; empty where nobody has to be asked."""
    if whom is None:
        return ""
    if whom is ConfirmedBy.PARTNER_MANAGER:
        return told(facts, phrase("Only your partner manager can confirm it."))
    if is_managed(facts):
        return told(facts, phrase("Only your channel manager can confirm it."))
    return told(facts, phrase("Only the vendor’s channel team can confirm it."))


def criterion_asked(criterion: Criterion, facts: Facts, whom: ConfirmedBy) -> Said:
    needed = criterion_of(facts, criterion)
    if whom is ConfirmedBy.PARTNER_MANAGER:
        return either(
            phrase("Ask your partner manager to confirm: {criterion}", criterion=needed),
            phrase("Ask your partner manager to confirm a criterion"),
        )
    if is_managed(facts):
        return either(
            phrase("Ask your channel manager to confirm: {criterion}", criterion=needed),
            phrase("Ask your channel manager to confirm a criterion"),
        )
    return either(
        phrase("Ask the vendor’s channel team to confirm: {criterion}", criterion=needed),
        phrase("Ask the vendor’s channel team to confirm a criterion"),
    )


def activity_asked(activity: Activity, facts: Facts, whom: ConfirmedBy) -> Said:
    wanted = activity_of(facts, activity)
    if whom is ConfirmedBy.PARTNER_MANAGER:
        return either(
            phrase("Ask your partner manager to see to this: {activity}", activity=wanted),
            phrase("Ask your partner manager for the next step of the stage"),
        )
    if is_managed(facts):
        return either(
            phrase("Ask your channel manager to see to this: {activity}", activity=wanted),
            phrase("Ask your channel manager for the next step of the stage"),
        )
    return either(
        phrase("Ask the vendor’s channel team to see to this: {activity}", activity=wanted),
        phrase("Ask the vendor’s channel team for the next step of the stage"),
    )
