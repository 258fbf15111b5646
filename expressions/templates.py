"""Jinja2 templates that administrators write: values, filters and conditions, nothing that repeats or calculates.

An allow-list of parts, few of them and not nested deeply, over values that are short. So each part writes a few
thousand characters at most, and what is written stops where nobody would read on.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined, nodes
from jinja2 import Template as Jinja
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from expressions.language import Language

LONGEST = 1_000
MAX_NODES = 150
MAX_DEPTH = 16
MAX_SEPARATOR = 10
MAX_JOINED = 1_000
KEPT = 2_048

FILTERS = frozenset(
    {"capitalize", "default", "first", "join", "last", "length", "lower", "title", "trim", "upper", "whole"}
)
PARTS = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Filter, nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip
FAILURES = (TemplateError, ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)
"""What a template raises that stumbles over a value."""


class TemplateProblem(Exception):
    """The message tells the author what is wrong."""


class Template:
    __slots__ = ("_jinja", "_root")

    def __init__(self, jinja: Jinja, root: str) -> None:
        self._jinja = jinja
        self._root = root

    def render(self, values: Mapping[str, Any], most: int) -> str:
        """Its beginning, a little more than `most` characters if there are as many. Raises `TemplateProblem` where it
        prints something empty, or one of `FAILURES`."""
        written: list[str] = []
        length = 0
        for piece in self._jinja.generate({self._root: values}):
            written.append(piece)
            length += len(piece)
            if length > most:
                break
        return "".join(written)


@lru_cache(maxsize=KEPT)
def compile_template(language: Language, text: str, *, variables: bool = False) -> Template:
    """`variables`: it speaks of the fields of the language's variable without naming that. Raises
    `TemplateProblem`."""
    if not text.strip():
        raise TemplateProblem("It is empty.")
    if len(text) > LONGEST:
        raise TemplateProblem(f"It has at most {LONGEST} characters; this one has {len(text)}.")
    try:
        tree = _environment.parse(text)
        _check_size(tree)
        if variables:
            tree = _Expanded(language).visit(tree)
        for node in tree.find_all(nodes.Node):
            _check_node(node, language)
        return Template(_environment.from_string(tree), language.root)
    except (TemplateError, RecursionError) as failure:
        message = f"It can’t be read as a template: {getattr(failure, 'message', None) or 'too deep'}."
        raise TemplateProblem(message) from None


class _Expanded(NodeTransformer):
    """Makes fields of the language's variable of what stands there as variables."""

    def __init__(self, language: Language) -> None:
        self._root, self._names = language.root, language.names()

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        if node.name not in self._names:
            known = ", ".join(sorted(self._names))
            raise TemplateProblem(f"“{node.name}” is unknown; a template speaks of {known}.")
        root = nodes.Name(self._root, "load", lineno=node.lineno)
        return nodes.Getattr(root, node.name, "load", lineno=node.lineno)


def check_path(language: Language, name: str, inner: str | None = None) -> None:
    names = language.names()
    if name not in names:
        raise TemplateProblem(f"A {language.root} has no “{name}”; it has {', '.join(sorted(names))}.")
    within = names[name]
    if inner and within is not None and inner not in within:
        raise TemplateProblem(f"“{language.root}.{name}” has no “{inner}”.")


def _check_size(tree: nodes.Template) -> None:
    """Made before anything is compiled: that takes several times as long with each further level."""
    level: list[nodes.Node] = [tree]
    count = 0
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.iter_child_nodes()]
        count += len(level)
        if count > MAX_NODES:
            raise TemplateProblem(f"It has more than {MAX_NODES} parts.")
    if level:
        raise TemplateProblem(f"Its parts are nested more than {MAX_DEPTH} deep.")


def _check_node(node: nodes.Node, language: Language) -> None:
    root = language.root
    match node:
        case nodes.Filter(name="join"):
            _check_join(node, root)
        case nodes.Filter(name=name) if name not in FILTERS:
            raise TemplateProblem(f"There is no filter “{name}”; there are {', '.join(sorted(FILTERS))}.")
        case nodes.Name(name=name) if name != root:
            raise TemplateProblem(f"“{name}” is unknown; a template speaks of “{root}” alone.")
        case nodes.Getitem(node=nodes.Getattr(node=nodes.Name(), attr=name), arg=nodes.Const(value=str())) if (
            language.names().get(name, ()) is None
        ):
            pass
        case nodes.Getitem(
            node=nodes.Getattr(node=nodes.Getattr(node=nodes.Name(), attr=outer), attr=name),
            arg=nodes.Const(value=str()),
        ) if language.shape.part(outer).part(name).key is not None:
            pass
        case nodes.Getitem():
            mapped = next((name for name, within in language.names().items() if within is None), "…")
            raise TemplateProblem(f'Only {root}.{mapped} has items, by keys such as {root}.{mapped}["champion"].')
        case nodes.Getattr(node=nodes.Name(), attr=name):
            check_path(language, name)
        case nodes.Getattr(node=nodes.Getattr(node=nodes.Name(), attr=name), attr=inner):
            check_path(language, name, inner)
        case nodes.Getattr(attr=name):
            raise TemplateProblem(f"“{name}” is unknown.")
        case _ if not isinstance(node, PARTS):
            raise TemplateProblem(
                f"A template has no {type(node).__name__.lower()}: only values, filters and conditions."
            )


def _check_join(node: nodes.Filter, root: str) -> None:
    """Of a field itself and by a short constant: joins of joins by long texts grow without bound."""
    match node.args:
        case [] | [nodes.Const(value=str())] if isinstance(node.node, nodes.Getattr):
            if not node.args or len(node.args[0].value) <= MAX_SEPARATOR:  # type: ignore[attr-defined]
                return
    raise TemplateProblem(
        f"“join” stands right after a list of the {root}, with a text of at most {MAX_SEPARATOR} characters."
    )


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _join(values: Iterable[object], separator: str = "") -> str:
    """The first thousand characters of them."""
    found: list[str] = []
    length = 0
    for value in values:
        found.append(str(value))
        length += len(found[-1]) + len(separator)
        if length > MAX_JOINED:
            break
    return separator.join(found)[:MAX_JOINED]


def _printed(value: object) -> object:
    """Plain values alone. What is empty can't be said."""
    if isinstance(value, str | int | float | Undefined) and value != "":
        return value
    raise TemplateProblem("It prints a field that is empty or has several values; ask before with “if”, or use “join”.")


_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, finalize=_printed)
_environment.filters = {name: one for name, one in _environment.filters.items() if name in FILTERS}
_environment.filters |= {"whole": _whole, "join": _join}
_environment.globals = {}
