"""Rules that administrators write: a CEL condition over the facts, and Jinja2 templates for title and rationale.

Neither language can be interrupted, so both are bounded by what their text may say: no loops, no calls of anything
that repeats or multiplies text, short texts in and out. So the cost of a rule grows with its length alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

import cel
import structlog
from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Account, Content, Criterion, Deal, Facts, Partner, Stage
from guidance.history import Distribution, History
from guidance.rules.custom_facts import FIELDS, deal_variables
from guidance.rules.reading import clipped, due

MAX_CONDITION = 500
MAX_TEMPLATE = 1_000
MAX_TITLE = 120
MAX_RATIONALE = 600
LEAST_WEIGHT, MOST_WEIGHT = 0.1, 3.0

FUNCTIONS = frozenset({"contains", "startsWith", "endsWith", "size", "int", "double", "string", "has"})
LOOPS = re.compile(r"\b(all|exists|exists_one|existsOne|filter|map|reduce|sortBy|transform\w*|bind)\s*\(")
OPERATOR = re.compile(r"[_@!?\[\]\-+*/%<>=&|:.]+(in)?_?")
NO_OPERATORS = frozenset({"@not_strictly_false"})
PATH = re.compile(r"\bdeal\.([A-Za-z]+)(?:\.([A-Za-z]+)|\[\s*[\"']([^\"']+)[\"']\s*\])?")
FAILURES = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)

FILTERS = frozenset(
    {"capitalize", "default", "first", "join", "last", "length", "lower", "title", "trim", "upper", "whole"}
)
TEMPLATE_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Filter, nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CustomRule:
    """`playbook_key`, `stage_key`: where it applies; None: everywhere. `weight` as that of a candidate, 0.1 to 3."""

    id: str
    condition: str
    title: str
    rationale: str
    kind: ActionKind = ActionKind.CUSTOM
    weight: float = 1.0
    urgency: Urgency = Urgency.NORMAL
    effort_minutes: int = 30
    playbook_key: str | None = None
    stage_key: str | None = None
    content_ids: tuple[str, ...] = ()

    def applies_to(self, facts: Facts) -> bool:
        return self.stage_key in (None, facts.stage.key) and self.playbook_key in (None, facts.playbook_key)


@dataclass(frozen=True, slots=True)
class Problem:
    """`field` is the rule's field that is at fault."""

    field: str
    message: str


class _RuleError(Exception):
    """The message tells the rule's author what is wrong."""


def check(rule: CustomRule) -> tuple[Problem, ...]:
    """Everything that is wrong with a rule; empty when it may be saved."""
    return tuple(_problems(rule))


class Reading:
    """One deal as custom rules see it, made ready at the first one that asks."""

    def __init__(self, facts: Facts, at: datetime) -> None:
        self.facts, self.at = facts, at

    @cached_property
    def variables(self) -> Mapping[str, Any]:
        return deal_variables(self.facts, self.at)

    @cached_property
    def context(self) -> cel.Context:
        return cel.Context({"deal": self.variables})


def propose(rule: CustomRule, reading: Reading) -> Iterator[Candidate]:
    """What a rule proposes for a deal it applies to. One that stumbles, say over an empty field, proposes nothing."""
    try:
        if _condition(rule.condition).execute(reading.context) is True:
            yield _candidate(rule, reading)
    except (_RuleError, TemplateError, *FAILURES) as failure:
        deal = reading.facts.deal.id
        log.info("guidance.custom_rule_skipped", rule=rule.id, deal=deal, reason=type(failure).__name__)


def _candidate(rule: CustomRule, reading: Reading) -> Candidate:
    facts, at, variables = reading.facts, reading.at, reading.variables
    known = {content.id for content in facts.contents}
    return Candidate(
        kind=rule.kind,
        title=clipped(_template(rule.title).render(deal=variables), MAX_TITLE),
        rationale=clipped(_template(rule.rationale).render(deal=variables), MAX_RATIONALE),
        evidence=tuple(_evidence(rule.condition, variables)),
        urgency=rule.urgency,
        due_at=due(facts, at, rule.urgency),
        effort_minutes=rule.effort_minutes,
        target=Target(content_ids=tuple(id for id in rule.content_ids if id in known)),
        weight=rule.weight,
        occasion=(facts.stage.id, rule.id),
    )


def _evidence(condition: str, variables: Mapping[str, Any]) -> Iterator[Evidence]:
    """The facts that the condition speaks of, each once."""
    seen: set[str] = set()
    for name, inner, item in PATH.findall(condition):
        value = variables[name]
        part = inner or item
        if part and isinstance(value, Mapping):
            value = value.get(part)
        path = f"{name}.{part}" if part else name
        if path not in seen:
            seen.add(path)
            yield Evidence(path, clipped(_said(value), 200) or "empty", "deal")


def _said(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value))
        case float():
            return f"{value:g}"
        case Mapping():
            return ", ".join(f"{key}: {_said(one)}" for key, one in value.items())
    return str(value)


def _problems(rule: CustomRule) -> Iterator[Problem]:
    if not LEAST_WEIGHT <= rule.weight <= MOST_WEIGHT:
        yield Problem("weight", f"The weight lies between {LEAST_WEIGHT:g} and {MOST_WEIGHT:g}.")
    if not 1 <= rule.effort_minutes <= 100_000:
        yield Problem("effort_minutes", "The effort is at least a minute.")
    parts = (("condition", _condition, rule.condition), ("title", _template, rule.title),
             ("rationale", _template, rule.rationale))  # fmt: skip
    faults = [Problem(field, str(fault)) for field, read, text in parts if (fault := _fault(read, text)) is not None]
    yield from faults
    if not faults:
        yield from _try_out(rule)


def _fault(read: Any, text: str) -> _RuleError | None:
    try:
        read(text)
    except _RuleError as fault:
        return fault
    return None


@lru_cache(maxsize=1_024)
def _condition(text: str) -> cel.Program:
    if len(text) > MAX_CONDITION:
        raise _RuleError(f"A condition has at most {MAX_CONDITION} characters; this one has {len(text)}.")
    if LOOPS.search(text):
        raise _RuleError("A condition has no loops; ask with “in” whether a list has something.")
    try:
        program = cel.compile(text)
    except FAILURES:
        raise _RuleError("The condition can’t be read as a CEL expression.") from None
    if set(program.variables()) != {"deal"}:
        raise _RuleError("A condition speaks of “deal”, and of nothing else.")
    for name in program.functions():
        if name in NO_OPERATORS or (name not in FUNCTIONS and not OPERATOR.fullmatch(name)):
            raise _RuleError(f"There is no function “{name}”.")
    paths = PATH.findall(text)
    if not paths:
        raise _RuleError("A condition names a field of the deal, such as deal.amount.")
    for name, inner, _ in paths:
        _check_path(name, inner)
    return program


def _check_path(name: str, inner: str) -> None:
    if name not in FIELDS:
        raise _RuleError(f"A deal has no “{name}”; it has {', '.join(sorted(FIELDS))}.")
    within = FIELDS[name]
    if inner and within is not None and inner not in within | FUNCTIONS:
        raise _RuleError(f"“deal.{name}” has no “{inner}”.")


def _whole(value: float) -> str:
    return f"{value:,.0f}"


_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_environment.filters = {name: one for name, one in _environment.filters.items() if name in FILTERS} | {"whole": _whole}
_environment.globals = {}


@lru_cache(maxsize=2_048)
def _template(text: str) -> Template:
    if not text.strip():
        raise _RuleError("It is empty.")
    if len(text) > MAX_TEMPLATE:
        raise _RuleError(f"It has at most {MAX_TEMPLATE} characters; this one has {len(text)}.")
    try:
        tree = _environment.parse(text)
        for node in tree.find_all(nodes.Node):
            _check_node(node)
        return _environment.from_string(tree)
    except (TemplateError, RecursionError) as failure:
        raise _RuleError(
            f"It can’t be read as a template: {getattr(failure, 'message', None) or 'too deep'}."
        ) from None


def _check_node(node: nodes.Node) -> None:
    match node:
        case nodes.Filter(name=name) if name not in FILTERS:
            raise _RuleError(f"There is no filter “{name}”; there are {', '.join(sorted(FILTERS))}.")
        case nodes.Name(name=name) if name != "deal":
            raise _RuleError(f"“{name}” is unknown; a template speaks of “deal” alone.")
        case nodes.Getattr(node=nodes.Name(), attr=name):
            _check_path(name, "")
        case nodes.Getattr(node=nodes.Getattr(node=nodes.Name(), attr=name), attr=inner):
            _check_path(name, inner)
        case nodes.Getattr(attr=name):
            raise _RuleError(f"“{name}” is unknown.")
        case _ if not isinstance(node, TEMPLATE_NODES):
            raise _RuleError(f"A template has no {type(node).__name__.lower()}: only values, filters and conditions.")


def _try_out(rule: CustomRule) -> Iterator[Problem]:
    """On a deal with every field, whatever fails is the author's mistake."""
    facts, at = _sample()
    variables = deal_variables(facts, at)
    try:
        answer = _condition(rule.condition).execute(cel.Context({"deal": variables}))
    except KeyError:  # a question that the sample hasn't answered
        answer = True
    except FAILURES:
        yield Problem("condition", "It mixes values of different types, such as text with a number or 1.5 with 2.")
        return
    if not isinstance(answer, bool):
        yield Problem("condition", "It is neither true nor false.")
    for field, text in (("title", rule.title), ("rationale", rule.rationale)):
        try:
            said = _template(text).render(deal=variables)
        except (TemplateError, *FAILURES):
            if "qualification" not in text:
                yield Problem(field, "It can’t be written for a deal that has every field.")
        else:
            if not said.strip():
                yield Problem(field, "It says nothing for a deal that has every field.")


@lru_cache(maxsize=1)
def _sample() -> tuple[Facts, datetime]:
    at = datetime(2026, 9, 1, 12, tzinfo=UTC)
    entered = at - timedelta(days=12)
    many = Distribution.of([float(n) for n in range(1, 41)])
    deal = Deal(
        id="sample", name="Plant 4 retrofit", account=Account("Northwind", "Manufacturing", "DE", 4_200),
        entered_stage_at=entered, created_at=entered, amount=Decimal("125000.5"), currency="EUR",
        close_date=date(2026, 9, 30), owner="A. Seller", next_step="Send the proposal", notes="Asked for a demo",
    )  # fmt: skip
    facts = Facts(
        playbook_key="sample",
        deal=deal,
        stage=Stage("stage", "proposal", "Proposal", 4, win_probability=0.6, target_days=14),
        partner=Partner("Contoso", "GOLD", usual_amount=many),
        criteria=(Criterion("criterion", "price-agreed", "The price is agreed.", met=False),),
        contents=(Content("content", "deck", "Deck", "DECK"),),
        history=History(stays=many),
        last_activity_at=entered,
    )
    return facts, at
