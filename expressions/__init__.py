"""Expressions that administrators write: CEL conditions and Jinja2 templates, bounded before they ever run.

Stands alone: imports nothing of `app`, `schema` or `guidance`. Whoever has expressions declares a `Language` (the
variable, its fields with the longest texts and lists that they hold) and goes through `compile_expression`; nothing
else calls the CEL library. Four bounds, each by construction:

1. Length, nesting, depth and number of parts are checked on the text, before the native parser sees it.
2. The text is read into a tree of our own, and the native library gets that tree, written anew: so it is the tree
   that was priced that runs. `price` is the longest it can take over inputs of the declared sizes.
3. Inputs are cut to the declared sizes; with more entries than declared a condition is not decidable, hence not met.
4. What was stored before the bounds, and what is dear together, runs in a `pool` process under a limit of CPU time.
"""

from expressions.language import Expression, ExpressionError, Language, compile_expression
from expressions.outcomes import FAILURES, Outcome
from expressions.shapes import Shape, entries, flag, listed, number, record, text
from expressions.syntax import SyntaxProblem

__all__ = [
    "FAILURES",
    "Expression",
    "ExpressionError",
    "Language",
    "Outcome",
    "Shape",
    "SyntaxProblem",
    "compile_expression",
    "entries",
    "flag",
    "listed",
    "number",
    "record",
    "text",
]
