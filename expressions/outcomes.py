"""Outcomes of a condition for one deal."""

from dataclasses import dataclass

FAILURES = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""All that the CEL library raises."""

TOO_LONG = "it takes too long for this deal"
TOO_MANY = "the deal has more entries than a condition looks at"
UNDECIDED = "it can't be worked out for this deal"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`problem` says why the condition could not be decided; it is then not met."""

    met: bool
    problem: str | None = None


def answered(answer: object) -> Outcome:
    if isinstance(answer, bool):
        return Outcome(answer)
    return Outcome(False, "the condition is neither true nor false for this deal")


def failed(failure: Exception) -> Outcome:
    return Outcome(False, _in_words(failure))


def _in_words(failure: Exception) -> str:
    match failure:
        case KeyError():
            return f"“{failure.args[0]}” has no value for this deal"
        case TypeError():
            return "it compares or combines a value that is empty or of another type"
        case OverflowError():
            return "a number is out of range"
        case ZeroDivisionError():
            return "it divides by zero"
        case _:
            return UNDECIDED
