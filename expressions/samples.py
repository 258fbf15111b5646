"""A condition tried on samples of what it will be asked about, before it is saved."""

from collections.abc import Mapping, Sequence
from typing import Any

from expressions.language import Expression, ExpressionError, Inputs
from expressions.outcomes import FAILURES


def try_out(expression: Expression, root: str, samples: Sequence[Mapping[str, Any]]) -> None:
    """In the first sample every field is filled in: there, mixing types is the author's mistake; in the others, it is
    what null does. Raises `ExpressionError`, also where the answer isn't true or false."""
    for sample in samples:
        try:
            answer = Inputs(root, sample).run(expression)
        except TypeError:
            if sample is samples[0]:
                message = "it mixes values of different types, such as text with a number or 1.5 with 2"
                raise ExpressionError(message) from None
        except FAILURES as failure:
            if "not a valid regex" in str(failure):
                raise ExpressionError("“matches” needs a valid regular expression") from None
        else:
            if not isinstance(answer, bool):
                raise ExpressionError(f"it gives {type(answer).__name__}, and must be true or false")
