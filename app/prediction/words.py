"""The reasons of a prediction as sellers read them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import exp, expm1
from typing import Any

from app.prediction.explaining import TENTHS

HUNDRED = 100


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


Say = Callable[[Any, bool], tuple[str, str]]
"""From a value, and whether it speaks for the deal, to the sentence and the value in words."""


def worded(stored: Sequence[Sequence[Any]], language: str) -> list[Worded]:  # noqa: ARG001
    """`stored`: feature, value and tenths of a percentage point, as `app.prediction.store` keeps them."""
    found = []
    for feature, value, points in stored:
        text, said = SAID.get(feature, _plainly)(value, points > 0)
        found.append(Worded(text, feature, said, points * HUNDRED / TENTHS))
    return found


def _days(value: float) -> str:
    whole = round(value)
    return "less than a day" if whole < 1 else "1 day" if whole == 1 else f"{whole:,} days"


def _times(value: float) -> str:
    number = round(value)
    return "once" if number == 1 else "twice" if number == 2 else f"{number} times"


def _often(good: bool) -> str:
    return "more often" if good else "less often"


def _plainly(value: Any, good: bool) -> tuple[str, str]:
    return f"Similar deals are won {_often(good)}.", "" if value is None else str(value)


def _stage(value: Any, good: bool) -> tuple[str, str]:
    return f"Deals in “{value}” are won {_often(good)} than deals on average.", str(value)


def _days_in_stage(value: Any, good: bool) -> tuple[str, str]:
    said = _days(value)
    return f"Deals that have been in this stage for as long ({said}) are won {_often(good)}.", said


def _stuck(value: Any, _: bool) -> tuple[str, str]:
    said = _days(value)
    return f"It has been in this stage for {said}; hardly any deal was ever decided after so long.", said


def _age(value: Any, good: bool) -> tuple[str, str]:
    said = _days(expm1(value))
    return f"Deals of this age ({said}) are won {_often(good)}.", said


def _pace(value: Any, good: bool) -> tuple[str, str]:
    speed = "faster" if value < 0 else "more slowly"
    said = f"{exp(value):.1f} × the usual time"
    return f"It came to this stage {speed} than usual; such deals are won {_often(good)}.", said


def _moves_back(value: Any, good: bool) -> tuple[str, str]:
    number = expm1(value)
    if round(number) == 0:
        return f"It never moved back to an earlier stage; such deals are won {_often(good)}.", "never"
    return f"It moved back to an earlier stage {_times(number)}; such deals are won {_often(good)}.", _times(number)


def _amount(value: Any, good: bool) -> tuple[str, str]:
    if value is None:
        return _plainly(value, good)
    ratio = exp(value)
    size = (
        "is about usual" if 0.8 <= ratio <= 1.25 else "is smaller than usual" if ratio < 1 else "is larger than usual"
    )
    return f"Its amount {size}; such deals are won {_often(good)}.", f"{ratio:.1f} × the usual amount"


def _amount_changed(value: Any, good: bool) -> tuple[str, str]:
    ratio = exp(value or 0.0)
    if 0.99 <= ratio <= 1.01:
        return f"Its amount has not changed; such deals are won {_often(good)}.", "unchanged"
    how = "rose" if ratio > 1 else "fell"
    return f"Its amount {how} since it was created; such deals are won {_often(good)}.", f"{ratio:.1f} × the first one"


def _put_off(value: Any, good: bool) -> tuple[str, str]:
    number = expm1(value or 0.0)
    if round(number) == 0:
        return f"Its expected close date was never put off; such deals are won {_often(good)}.", "never"
    return f"Its expected close date was put off {_times(number)}; such deals are won {_often(good)}.", _times(number)


def _close_date(value: Any, good: bool) -> tuple[str, str]:
    late = expm1(value or 0.0)
    if late < 1:
        return f"Its expected close date is still ahead; such deals are won {_often(good)}.", "ahead"
    return f"Its expected close date passed {_days(late)} ago; such deals are won {_often(good)}.", f"{_days(late)} ago"


def _silence(value: Any, good: bool) -> tuple[str, str]:
    said = _days(expm1(value))
    return f"The last activity was {said} ago; such deals are won {_often(good)}.", said


def _done(value: Any, good: bool) -> tuple[str, str]:
    number = round(expm1(value))
    what = "no criterion or activity" if number == 0 else f"{number} criteria and activities"
    return f"So far {what} of its stage is done; such deals are won {_often(good)}.", str(number)


def _weekend(value: Any, good: bool) -> tuple[str, str]:
    when = "on a weekend" if value else "on a working day"
    return f"It was created {when}; such deals are won {_often(good)}.", when


def _of(what: str) -> Say:
    def say(value: Any, good: bool) -> tuple[str, str]:
        return f"Deals {what} are won {_often(good)}.", "" if value is None else str(value).replace(
            "_", " "
        ).capitalize()

    return say


def _partner(_: Any, good: bool) -> tuple[str, str]:
    return f"This partner’s deals are won {_often(good)} than those of all partners.", "its partner"


SAID: dict[str, Say] = {
    "stage": _stage,
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
    "source": _of("of this source"),
    "tier": _of("of partners of this tier"),
    "industry": _of("with customers of this industry"),
    "partner": _partner,
}
