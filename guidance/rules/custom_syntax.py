"""The syntax of administrators' rules: conditions in CEL and templates in Jinja2, both read with suspicion.

`expressions` bounds them; rules ask for less than that allows: no loops and no patterns in a condition, since each is
asked of every deal of a stage.
"""

import re

from expressions import Expression, ExpressionError, Language, compile_expression
from expressions.templates import Template, TemplateProblem, compile_template
from guidance.rules.custom_facts import SHAPE

MAX_CONDITION = 500
MAX_PRICE = 5_000_000
FUNCTIONS = frozenset({"contains", "startsWith", "endsWith", "size", "int", "double", "string"})
LOOPS = re.compile(r"\b(all|exists|exists_one|existsOne|filter|map|reduce|sortBy|transform\w*|bind)\s*\(")
PATH = re.compile(r"\bdeal\.([A-Za-z]+)(?:\.([A-Za-z]+)|\[\s*[\"']([^\"']+)[\"']\s*\])?")
LANGUAGE = Language("deal", SHAPE, SHAPE, longest=MAX_CONDITION, functions=FUNCTIONS, dearest=MAX_PRICE)


class RuleError(Exception):
    """The message tells the rule's author what is wrong."""


def condition_of(text: str) -> Expression:
    if len(text) > MAX_CONDITION:
        raise RuleError(f"A condition has at most {MAX_CONDITION} characters; this one has {len(text)}.")
    if LOOPS.search(text):
        raise RuleError("A condition has no loops; ask with “in” whether a list has something.")
    try:
        found = compile_expression(LANGUAGE, text)
    except ExpressionError as problem:
        place = "" if problem.position is None else f" (at character {problem.position + 1})"
        raise RuleError(f"The condition can’t be read or used: {problem.message}{place}.") from None
    if not PATH.search(text):
        raise RuleError("A condition speaks of “deal”: name a field of it, such as deal.amount.")
    return found


def template_of(text: str) -> Template:
    try:
        return compile_template(LANGUAGE, text)
    except TemplateProblem as problem:
        raise RuleError(str(problem)) from None
