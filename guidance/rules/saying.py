"""Phrases of the catalogues for the rules, in the language that advice is written in.

Names and texts of the playbook and of contents know the language they are in; a sentence is in theirs.
"""

from collections.abc import Sequence
from decimal import Decimal

from babel.numbers import format_decimal, format_percent

from catalogues import Phrase, Said, Text, Value, catalogue_of, counted, phrase, render
from catalogues.phrases import Counted
from guidance.facts import Activity, Content, Criterion, Facts, Question, Stage, Transition


def told(facts: Facts, said: Said) -> str:
    return render(said, facts.advice_language)


def told_of(facts: Facts, text: Text, said: Said) -> str:
    """What is said of a text that stands beside it: in its language, where there is a catalogue of it."""
    return render(said, text.language if catalogue_of(text.language) else facts.advice_language)


def stage_of(facts: Facts, stage: Stage | None = None) -> Text:
    """The name of a stage, without one that of the deal's."""
    named = stage or facts.stage
    return Text(named.name, named.language or facts.playbook_language)


def target_of(facts: Facts, move: Transition) -> Text:
    return Text(move.stage_name, move.language or facts.playbook_language)


def criterion_of(facts: Facts, criterion: Criterion) -> Text:
    return Text(criterion.description, criterion.language or facts.playbook_language)


def activity_of(facts: Facts, activity: Activity) -> Text:
    return Text(activity.name, activity.language or facts.playbook_language)


def question_of(facts: Facts, question: Question, *, within: bool = False) -> Text:
    """The label; `within` a sentence, without a capital where its language has none there."""
    language = question.language or facts.playbook_language
    small = within and catalogue_of(language) != "de"
    label = question.label[:1].lower() + question.label[1:] if small else question.label
    return Text(label, language)


def content_of(facts: Facts, content: Content) -> Text:
    return Text(content.title, content.language or facts.advice_language)


def days(number: int) -> Counted:
    return counted("{n} day", "{n} days", number)


def listed(values: Sequence[Value]) -> Value:
    """“one, two and three”."""
    if len(values) == 1:
        return values[0]
    first, *more = values[:-1]
    for one in more:
        first = phrase("{first}, {second}", first=first, second=one)
    return phrase("{first} and {last}", first=first, last=values[-1])


def money(amount: Decimal | float, currency: str | None, language: str) -> str:
    number = format_decimal(amount, "#,##0", locale=catalogue_of(language) or "en")
    return f"{number} {currency or ''}".strip()


def percent(share: float, language: str) -> str:
    return format_percent(share, locale=catalogue_of(language) or "en", decimal_quantization=False)


def shortened(said: str) -> str:
    """With its first letter as a capital, as a fact begins."""
    return said[:1].upper() + said[1:]


def sentence(*parts: str) -> str:
    return " ".join(part for part in parts if part).strip()


__all__ = [
    "Phrase",
    "activity_of",
    "content_of",
    "criterion_of",
    "days",
    "listed",
    "money",
    "percent",
    "question_of",
    "sentence",
    "shortened",
    "stage_of",
    "target_of",
    "told",
    "told_of",
]
