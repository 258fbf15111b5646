"""Rules that administrators write: a CEL condition over the facts, and Jinja2 templates for title and rationale.

What they may say is in `guidance.rules.custom_facts`, and how it is kept from doing harm in `custom_syntax`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

import structlog

from expressions import FAILURES
from expressions.language import Inputs
from expressions.templates import FAILURES as TEMPLATE_FAILURES
from expressions.templates import TemplateProblem
from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.facts import Account, Content, Criterion, Deal, Facts, Partner, Stage
from guidance.history import Distribution, History
from guidance.rules.custom_facts import deal_variables
from guidance.rules.custom_syntax import PATH, RuleError, condition_of, template_of
from guidance.rules.reading import clipped, due

MAX_TITLE = 120
MAX_RATIONALE = 600
LEAST_WEIGHT, MOST_WEIGHT = 0.1, 3.0
ABOUT_SOMETHING = frozenset(
    {
        ActionKind.COMPLETE_CRITERION,
        ActionKind.DO_ACTIVITY,
        ActionKind.ANSWER_QUESTION,
        ActionKind.ADVANCE_STAGE,
        ActionKind.CLOSE_LOST,
        ActionKind.PREPARE_NEXT_STAGE,
    }
)
"""Kinds that have a target of the playbook's, which these rules don't name."""
ABOUT_CONTENT = frozenset({ActionKind.SHARE_CONTENT, ActionKind.STUDY_CONTENT})

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
    def inputs(self) -> Inputs:
        return Inputs("deal", self.variables)


def propose(rule: CustomRule, reading: Reading) -> Iterator[Candidate]:
    """What a rule proposes for a deal it applies to. One that stumbles, say over an empty field, proposes nothing."""
    try:
        if reading.inputs.run(condition_of(rule.condition)) is True:
            yield _candidate(rule, reading)
    except (RuleError, TemplateProblem, *TEMPLATE_FAILURES) as failure:
        deal = reading.facts.deal.id
        log.info("guidance.custom_rule_skipped", rule=rule.id, deal=deal, reason=type(failure).__name__)


def _candidate(rule: CustomRule, reading: Reading) -> Candidate:
    facts, at, variables = reading.facts, reading.at, reading.variables
    known = {content.id for content in facts.contents}
    return Candidate(
        kind=rule.kind,
        title=clipped(template_of(rule.title).render(variables, MAX_TITLE), MAX_TITLE),
        rationale=clipped(template_of(rule.rationale).render(variables, MAX_RATIONALE), MAX_RATIONALE),
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
    if rule.kind in ABOUT_SOMETHING:
        yield Problem("kind", f"{rule.kind} is about something that a rule of your own can’t name; take CUSTOM.")
    if rule.kind in ABOUT_CONTENT and not rule.content_ids:
        yield Problem("content_ids", f"{rule.kind} needs the content that it is about.")
    if not 1 <= rule.effort_minutes <= 100_000:
        yield Problem("effort_minutes", "The effort is at least a minute.")
    parts = (("condition", condition_of, rule.condition), ("title", template_of, rule.title),
             ("rationale", template_of, rule.rationale))  # fmt: skip
    faults = [Problem(field, str(fault)) for field, read, text in parts if (fault := _fault(read, text)) is not None]
    yield from faults
    if not faults:
        yield from _try_out(rule)


def _fault(read: Any, text: str) -> RuleError | None:
    try:
        read(text)
    except RuleError as fault:
        return fault
    return None


def _try_out(rule: CustomRule) -> Iterator[Problem]:
    """On a deal with every field, whatever fails is the author's mistake."""
    variables = sample_variables()
    try:
        answer = Inputs("deal", variables).run(condition_of(rule.condition))
    except KeyError:  # a question that the sample hasn't answered
        answer = True
    except FAILURES:
        yield Problem("condition", "It mixes values of different types, such as text with a number or 1.5 with 2.")
        return
    if not isinstance(answer, bool):
        yield Problem("condition", "It is neither true nor false.")
    for field, text in (("title", rule.title), ("rationale", rule.rationale)):
        try:
            said = template_of(text).render(variables, MAX_RATIONALE)
        except TemplateProblem as fault:
            yield Problem(field, str(fault))
        except TEMPLATE_FAILURES:
            if "qualification" not in text:
                yield Problem(field, "It can’t be written for a deal that has every field.")
        else:
            if not said.strip():
                yield Problem(field, "It says nothing for a deal that has every field.")


def sample_variables() -> dict[str, Any]:
    """The `deal` of one that has every field."""
    return deal_variables(*_sample())


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
        last_contact_at=entered,
    )
    return facts, at
