"""The reasons of a prediction as sellers read them, in their language."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import exp, expm1
from typing import Any

from babel.numbers import format_decimal

from app.prediction.explaining import TENTHS
from catalogues import Said, catalogue_of, counted, phrase, render
from catalogues.phrases import Counted, Phrase

HUNDRED = 100
SOURCE = "en"
RATIO = "#,##0.0"
STAGE = "stage"


@dataclass(frozen=True, slots=True)
class Worded:
    text: str
    feature: str
    value: str
    points: float


NAMES = {
    "days_in_stage": "days in the stage",
    "age": "age",
    "pace": "time to the stage",
    "moves_back": "moves back",
    "amount": "amount",
    "amount_is_unusual": "an unusual amount",
    "amount_changed": "growth of the amount",
    "amount_changes": "changes of the amount",
    "close_date_put_off": "delays of the expected close date",
    "close_date_passed": "days after the expected close date",
    "close_date_ahead": "days until the expected close date",
    "silence": "days without activity",
    "done": "criteria and activities done",
    "created_on_weekend": "creation on a weekend",
    "source": "source",
    "tier": "tier of the partner",
    "industry": "industry of the account",
    "partner": "partner",
}
"""Features, as warnings name them."""


def named(features: Iterable[str]) -> str:
    return ", ".join(NAMES[feature] for feature in features)


Value = Said | str
Told = tuple[Said, Value]
"""A sentence, and the value in words."""
Say = Callable[[Any, bool], Told]
"""From a value, and whether it speaks for the deal."""


def worded(stored: Sequence[Sequence[Any]], language: str, playbook_language: str = SOURCE) -> list[Worded]:
    """`stored`: feature, value and tenths of a percentage point, as `app.prediction.store` keeps them. `language`: of
    the reader; `playbook_language`: that names of stages are in."""
    speaks = catalogue_of(language) or SOURCE
    found = []
    for feature, value, points in stored:
        text, said = said_of(feature, value, points > 0, names_stage=catalogue_of(playbook_language) == speaks)
        told = _numbered(said, speaks) if not isinstance(said, str) else said
        found.append(Worded(render(text, speaks), feature, told, points * HUNDRED / TENTHS))
    return found


def said_of(feature: str, value: Any, good: bool, *, names_stage: bool = False) -> Told:
    """`names_stage`: its name is in the reader's language."""
    if feature == STAGE and not names_stage:
        return _in_its_stage(value, good)
    return SAID.get(feature, _plainly)(value, good)


def _numbered(said: Said, language: str) -> str:
    """With ratios as the language writes them."""
    if isinstance(said, Phrase):
        values = {name: _ratio(value, language) if name == "ratio" else value for name, value in said.values}
        return render(phrase(said.message, **values), language)
    return render(said, language)


def _ratio(value: Any, language: str) -> str:
    return format_decimal(float(value), RATIO, locale=language)


def _such(fact: Phrase | Counted, good: bool) -> Said:
    if good:
        return phrase("{fact}; such deals are won more often.", fact=fact)
    return phrase("{fact}; such deals are won less often.", fact=fact)


def _days(value: float) -> Said:
    whole = round(value)
    return phrase("less than a day") if whole < 1 else counted("{n} day", "{n} days", whole)


def _times(number: int) -> Said:
    return counted("{n} time", "{n} times", number) if number else phrase("never")


def _plainly(value: Any, good: bool) -> Told:
    said = phrase("Similar deals are won more often.") if good else phrase("Similar deals are won less often.")
    return said, "" if value is None else str(value)


def _stage(value: Any, good: bool) -> Told:
    if good:
        said = phrase("Deals in “{stage}” are won more often than deals on average.", stage=str(value))
    else:
        said = phrase("Deals in “{stage}” are won less often than deals on average.", stage=str(value))
    return said, str(value)


def _in_its_stage(value: Any, good: bool) -> Told:
    if good:
        return phrase("Deals in its stage are won more often than deals on average."), str(value)
    return phrase("Deals in its stage are won less often than deals on average."), str(value)


def _days_in_stage(value: Any, good: bool) -> Told:
    fact = counted("It has been in this stage for {n} day", "It has been in this stage for {n} days", round(value))
    return _such(fact, good), _days(value)


def _stuck(value: Any, _: bool) -> Told:
    said = counted(
        "It has been in this stage for {n} day; hardly any deal was ever decided after so long.",
        "It has been in this stage for {n} days; hardly any deal was ever decided after so long.",
        round(value),
    )
    return said, _days(value)


def _age(value: Any, good: bool) -> Told:
    age = expm1(value)
    return _such(counted("It is {n} day old", "It is {n} days old", round(age)), good), _days(age)


def _pace(value: Any, good: bool) -> Told:
    faster = phrase("It came to this stage faster than usual")
    fact = faster if value < 0 else phrase("It came to this stage more slowly than usual")
    return _such(fact, good), phrase("{ratio} × the usual time", ratio=str(exp(value)))


def _moves_back(value: Any, good: bool) -> Told:
    number = round(expm1(value))
    never = phrase("It never moved back to an earlier stage")
    back = counted("It moved back to an earlier stage {n} time", "It moved back to an earlier stage {n} times", number)
    return _such(back if number else never, good), _times(number)


def _amount(value: Any, good: bool) -> Told:
    if value is None:
        return _plainly(value, good)
    ratio = exp(value)
    if 0.8 <= ratio <= 1.25:
        fact = phrase("Its amount is about usual")
    else:
        fact = phrase("Its amount is smaller than usual") if ratio < 1 else phrase("Its amount is larger than usual")
    return _such(fact, good), phrase("{ratio} × the usual amount", ratio=str(ratio))


def _amount_changed(value: Any, good: bool) -> Told:
    ratio = exp(value or 0.0)
    if 0.99 <= ratio <= 1.01:
        return _such(phrase("Its amount has not changed"), good), phrase("unchanged")
    rose, fell = phrase("Its amount rose since it was created"), phrase("Its amount fell since it was created")
    return _such(rose if ratio > 1 else fell, good), phrase("{ratio} × the first one", ratio=str(ratio))


def _put_off(value: Any, good: bool) -> Told:
    number = round(expm1(value or 0.0))
    never = phrase("Its expected close date was never put off")
    later = counted(
        "Its expected close date was put off {n} time", "Its expected close date was put off {n} times", number
    )
    return _such(later if number else never, good), _times(number)


def _close_date(value: Any, good: bool) -> Told:
    late = round(expm1(value or 0.0))
    if late < 1:
        return _such(phrase("Its expected close date is still ahead"), good), phrase("ahead")
    passed = counted("Its expected close date passed {n} day ago", "Its expected close date passed {n} days ago", late)
    return _such(passed, good), counted("{n} day ago", "{n} days ago", late)


def _silence(value: Any, good: bool) -> Told:
    quiet = expm1(value)
    last = counted("The last activity was {n} day ago", "The last activity was {n} days ago", round(quiet))
    return _such(last, good), _days(quiet)


def _done(value: Any, good: bool) -> Told:
    number = round(expm1(value))
    some = counted(
        "So far {n} criterion or activity of its stage is done",
        "So far {n} criteria and activities of its stage are done",
        number,
    )
    none = phrase("So far no criterion or activity of its stage is done")
    return _such(some if number else none, good), str(number)


def _weekend(value: Any, good: bool) -> Told:
    if value:
        return _such(phrase("It was created on a weekend"), good), phrase("on a weekend")
    return _such(phrase("It was created on a working day"), good), phrase("on a working day")


SOURCES: dict[str, Said] = {
    "PARTNER": phrase("Partner"),
    "VENDOR": phrase("Vendor"),
    "CO_SELL": phrase("Co-sell"),
}


def _source(value: Any, good: bool) -> Told:
    more, less = phrase("Deals of this source are won more often."), phrase("Deals of this source are won less often.")
    return more if good else less, SOURCES.get(str(value)) or _shown(value)


def _tier(value: Any, good: bool) -> Told:
    more = phrase("Deals of partners of this tier are won more often.")
    return more if good else phrase("Deals of partners of this tier are won less often."), _shown(value)


def _industry(value: Any, good: bool) -> Told:
    more = phrase("Deals with customers of this industry are won more often.")
    return more if good else phrase("Deals with customers of this industry are won less often."), _shown(value)


def _shown(value: Any) -> str:
    return "" if value is None else str(value).replace("_", " ").capitalize()


def _partner(_: Any, good: bool) -> Told:
    if good:
        said = phrase("This partner’s deals are won more often than those of all partners.")
    else:
        said = phrase("This partner’s deals are won less often than those of all partners.")
    return said, phrase("its partner")


SAID: dict[str, Say] = {
    STAGE: _stage,
    "days_in_stage": _days_in_stage,
    "stuck": _stuck,
    "age": _age,
    "pace": _pace,
    "moves_back": _moves_back,
    "amount": _amount,
    "amount_changed": _amount_changed,
    "close_date_put_off": _put_off,
    "close_date_passed": _close_date,
    "silence": _silence,
    "done": _done,
    "created_on_weekend": _weekend,
    "source": _source,
    "tier": _tier,
    "industry": _industry,
    "partner": _partner,
}
