"""The trial that an expression stands when it is saved: in a process apart, over inputs as long as they may be.

The price is a proof on paper; this is the experiment. Both have to hold, and the trial's limit lies far above what
the price allows, so that nothing that is worth its price fails on a slow machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from expressions import pool
from expressions.language import Expression, Language
from expressions.outcomes import TOO_LONG
from expressions.shapes import NOTHING, Shape

CPU_SECONDS = 0.5
"""Twenty times the dearest price."""
FILLS = ("a", "ab \n", "é1😀A")
"""Texts of one letter, of words, and of characters of one to four bytes."""


async def tried(language: Language, sample: Mapping[str, Any], expressions: Sequence[Expression]) -> list[str | None]:
    """Why each one fails, or None. `sample`: inputs of the language with every field filled; their texts, lists and
    maps are made as long as the language lets them be."""
    written = tuple(expression.written for expression in expressions)
    worst = [enlarged(sample, language.shape, fill) for fill in FILLS]
    ran = await pool.run([pool.Task(language.root, values, written, CPU_SECONDS) for values in worst])
    return [_complaint(of_one) for of_one in zip(*ran, strict=True)]


def _complaint(ran: Sequence[pool.Ran]) -> str | None:
    if any(one.crashed for one in ran):
        return "it needs more memory than a condition may for the longest texts; compare fewer of them"
    if any(one.outcome.problem == TOO_LONG for one in ran):
        return "it takes too long for the longest texts; compare fewer of them, and repeat less in patterns"
    return None


def enlarged(value: Any, shape: Shape, fill: str) -> Any:
    match value:
        case str():
            return (fill * (shape.length // len(fill) + 1))[: shape.length] or value
        case Mapping() if shape.key is not None:
            inner = enlarged("", shape.element or NOTHING, fill)
            return dict.fromkeys(_keys(shape), inner)
        case Mapping():
            return {name: enlarged(part, shape.part(name), fill) for name, part in value.items()}
        case list():
            return list(_keys(shape))
        case _:
            return value


def _keys(shape: Shape) -> Iterator[str]:
    return (f"key-{place}" for place in range(shape.length))
