"""The language of a kind of expression, and the one way from its text to something that runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import cel

from expressions import tree
from expressions.outcomes import FAILURES
from expressions.price import Bill, price
from expressions.rewriting import variable_of, write
from expressions.shapes import Shape
from expressions.syntax import SyntaxProblem
from expressions.vocabulary import FUNCTIONS, check_vocabulary

MAX_PRICE = 25_000_000
"""Nanoseconds: what one expression may take at worst, 25 ms."""
KEPT = 2_048


class ExpressionError(Exception):
    """Text that is no expression of its language. `position` counts characters from 0; None where no place is to
    blame."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """Expressions over one variable. Two languages are the same only if they are one object.

    `shape`: the greatest size of the variable's fields; inputs are cut to it. `usual`: what nearly all inputs stay
    below. `longest`: characters of an expression. `dearest`: nanoseconds that one may take at worst.
    """

    root: str
    shape: Shape
    usual: Shape
    longest: int = 2_000
    functions: frozenset[str] = FUNCTIONS
    dearest: int = MAX_PRICE

    def fields(self) -> Mapping[str, Shape]:
        return self.shape.fields or {}

    def names(self) -> dict[str, frozenset[str] | None]:
        """The fields with those of each; None where they are not known before."""
        return {
            name: None if part.key is not None else frozenset(part.fields or ()) for name, part in self.fields().items()
        }


@dataclass(frozen=True)
class Expression:
    """`price`, `usual_price`: nanoseconds at worst, over the language's longest inputs and over usual ones.

    `written`: what the native library gets. `whole`: it speaks of the variable as such and not only of its fields.
    """

    text: str
    written: str
    program: cel.Program
    price: int
    usual_price: int
    whole: bool


class Inputs:
    """One variable of a language, handed to the native library once for many expressions."""

    def __init__(self, root: str, values: Mapping[str, Any]) -> None:
        self._root = root
        self._values = values
        self._fields = cel.Context({variable_of(root, name): value for name, value in values.items()})

    @cached_property
    def _whole(self) -> cel.Context:
        fields = {variable_of(self._root, name): value for name, value in self._values.items()}
        return cel.Context({self._root: dict(self._values), **fields})

    def run(self, expression: Expression) -> Any:
        """Raises one of `FAILURES` for an expression that stumbles."""
        return expression.program.execute(self._whole if expression.whole else self._fields)


@lru_cache(maxsize=KEPT)
def compile_expression(language: Language, text: str) -> Expression:
    """Raises `ExpressionError` for text that is no CEL, is too long, deep or dear, or speaks of what isn't there."""
    if len(text) > language.longest:
        raise ExpressionError(f"it has at most {language.longest} characters; this one has {len(text)}")
    try:
        found = tree.parse(text)
        check_vocabulary(text, language.root, language.names(), language.functions)
        worst = price(found, language.root, language.shape)
        _check_price(worst, language.dearest)
        usual = price(found, language.root, language.usual)
        written = write(found, language.root, language.fields())
    except SyntaxProblem as problem:
        raise ExpressionError(problem.message, problem.at) from None
    try:
        program = cel.compile(written)
    except FAILURES:
        raise ExpressionError(tree.UNREADABLE) from None
    return Expression(text, written, program, worst.total, usual.total, whole=language.root in program.variables())


@lru_cache(maxsize=KEPT)
def constant(written: str) -> bool | None:
    """What an expression without a variable comes to, as it is `written` anew; None where it fails or is no truth."""
    try:
        answer = cel.compile(written).execute(cel.Context({}))
    except FAILURES:
        return None
    return answer if isinstance(answer, bool) else None


def _check_price(bill: Bill, dearest: int) -> None:
    if bill.total > dearest:
        _, at, advice = bill.dearest
        took, most = bill.total / 1e6, dearest / 1e6
        raise SyntaxProblem(f"it may take {took:,.0f} ms for the longest texts, and {most:g} at most; {advice}", at)
