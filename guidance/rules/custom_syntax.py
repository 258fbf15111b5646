"""What administrators may write in a rule: conditions in CEL and templates in Jinja2, both read with suspicion.

Neither language can be interrupted, so both are bounded by what their text may say: no loops, no calls of anything
that repeats or multiplies text, short texts in and out. So the cost of a rule grows with its length alone.
"""

import re
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from expressions import Expression, ExpressionError, Language, compile_expression
from guidance.rules.custom_facts import FIELDS, SHAPE

MAX_CONDITION = 500
MAX_TEMPLATE = 1_000
MAX_SEPARATOR = 10

FUNCTIONS = frozenset({"contains", "startsWith", "endsWith", "size", "int", "double", "string"})
LOOPS = re.compile(r"\b(all|exists|exists_one|existsOne|filter|map|reduce|sortBy|transform\w*|bind)\s*\(")
PATH = re.compile(r"\bdeal\.([A-Za-z]+)(?:\.([A-Za-z]+)|\[\s*[\"']([^\"']+)[\"']\s*\])?")
MAX_PRICE = 5_000_000
LANGUAGE = Language("deal", SHAPE, SHAPE, longest=MAX_CONDITION, functions=FUNCTIONS, dearest=MAX_PRICE)
"""Of rules' conditions: they are asked of every deal of a stage, so that one takes 5 ms at worst."""

FILTERS = frozenset(
    {"capitalize", "default", "first", "join", "last", "length", "lower", "title", "trim", "upper", "whole"}
)
TEMPLATE_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Filter, nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip


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


def _check_path(name: str, inner: str) -> None:
    if name not in FIELDS:
        raise RuleError(f"A deal has no “{name}”; it has {', '.join(sorted(FIELDS))}.")
    within = FIELDS[name]
    if inner and within is not None and inner not in within | FUNCTIONS:
        raise RuleError(f"“deal.{name}” has no “{inner}”.")


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _printed(value: object) -> object:
    """Plain values alone. What is empty can't be said: the rule then proposes nothing."""
    if isinstance(value, str | int | float | Undefined) and value != "":
        return value
    raise RuleError("It prints a field that is empty or has several values; ask before with “if”, or use “join”.")


_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, finalize=_printed)
_environment.filters = {name: one for name, one in _environment.filters.items() if name in FILTERS} | {"whole": _whole}
_environment.globals = {}


@lru_cache(maxsize=2_048)
def template_of(text: str) -> Template:
    if not text.strip():
        raise RuleError("It is empty.")
    if len(text) > MAX_TEMPLATE:
        raise RuleError(f"It has at most {MAX_TEMPLATE} characters; this one has {len(text)}.")
    try:
        tree = _environment.parse(text)
        for node in tree.find_all(nodes.Node):
            _check_node(node)
        return _environment.from_string(tree)
    except (TemplateError, RecursionError) as failure:
        raise RuleError(f"It can’t be read as a template: {getattr(failure, 'message', None) or 'too deep'}.") from None


def _check_node(node: nodes.Node) -> None:
    match node:
        case nodes.Filter(name="join"):
            _check_join(node)
        case nodes.Filter(name=name) if name not in FILTERS:
            raise RuleError(f"There is no filter “{name}”; there are {', '.join(sorted(FILTERS))}.")
        case nodes.Name(name=name) if name != "deal":
            raise RuleError(f"“{name}” is unknown; a template speaks of “deal” alone.")
        case nodes.Getitem(node=nodes.Getattr(node=nodes.Name(), attr="qualification"), arg=nodes.Const(value=str())):
            pass
        case nodes.Getitem():
            raise RuleError('Only deal.qualification has items, by keys such as deal.qualification["champion"].')
        case nodes.Getattr(node=nodes.Name(), attr=name):
            _check_path(name, "")
        case nodes.Getattr(node=nodes.Getattr(node=nodes.Name(), attr=name), attr=inner):
            _check_path(name, inner)
        case nodes.Getattr(attr=name):
            raise RuleError(f"“{name}” is unknown.")
        case _ if not isinstance(node, TEMPLATE_NODES):
            raise RuleError(f"A template has no {type(node).__name__.lower()}: only values, filters and conditions.")


def _check_join(node: nodes.Filter) -> None:
    """Of a field itself and by a short constant: joins of joins by long texts grow without bound."""
    match node.args:
        case [] | [nodes.Const(value=str())] if isinstance(node.node, nodes.Getattr):
            if not node.args or len(node.args[0].value) <= MAX_SEPARATOR:  # type: ignore[attr-defined]
                return
    raise RuleError(f"“join” stands right after a list of the deal, with a text of at most {MAX_SEPARATOR} characters.")
