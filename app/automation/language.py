"""Variables of automations' conditions and texts: `event`, `deal`, `partner`, `account`, `owner`, `registration`.

| variable     | fields                                                                                            |
|--------------|---------------------------------------------------------------------------------------------------|
| event        | type, at, byPartner, byAutomation, fields (names of what changed), kind, fromStage, toStage,      |
|              | criterion, met, activity, status, response, code, daysLeft; null where it has none                |
| deal         | name, amount, currency, closeDate, daysToClose, nextStep, source, status, stage, stageName,       |
|              | playbook, playbookName, daysInStage, daysSilent, targetDays, winProbability, closeReason,         |
|              | closeNote (its reason in words), lastStage, ageDays, qualification (the answers by question key); |
|              | null where there is no deal                                                                       |
| partner      | name, tier, kind, status, region, wonDeals, deals                                                 |
| account      | name, industry, country, employees                                                                |
| owner        | name, role                                                                                        |
| registration | number, title, status, dealType, daysLeft (of protection), account                                |

Numbers with a fraction (`amount`, `winProbability`) are compared with `5000.0` or `5000`, whole ones with `5`.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from expressions import (
    FAILURES,
    ExpressionError,
    Language,
    compile_expression,
    entries,
    flag,
    listed,
    number,
    record,
    text,
)
from expressions.language import Expression, Inputs
from expressions.samples import try_out
from expressions.several import Several
from expressions.templates import FAILURES as TEMPLATE_FAILURES
from expressions.templates import Template, TemplateProblem, compile_template

MAX_TEXT, MAX_WORD, MAX_FIELDS, MAX_ANSWERS, MAX_ANSWER = 1_000, 200, 100, 200, 1_000
MAX_CONDITION = 2_000
MAX_PRICE = 5_000_000
"""Nanoseconds: it is asked of every event of its types, while the log waits."""
ROOT = "context"
ALWAYS = ("", "true")

_EVENT = record(
    **dict.fromkeys(
        ("type", "at", "kind", "fromStage", "toStage", "criterion", "activity", "status", "response", "code"),
        text(MAX_WORD),
    ),
    **dict.fromkeys(("byPartner", "byAutomation", "met"), flag()),
    fields=listed(MAX_FIELDS, text(MAX_WORD)),
    daysLeft=number(),
)
_DEAL = record(
    **dict.fromkeys(("name", "nextStep", "closeNote"), text(MAX_TEXT)),
    **dict.fromkeys(
        ("currency", "closeDate", "source", "status", "stage", "stageName", "playbook", "playbookName", "closeReason"),
        text(MAX_WORD),
    ),
    **dict.fromkeys(("amount", "daysToClose", "daysInStage", "daysSilent", "targetDays", "ageDays"), number()),
    winProbability=number(),
    lastStage=flag(),
    qualification=entries(MAX_ANSWERS, text(MAX_WORD), text(MAX_ANSWER)),
)
SHAPE = record(
    event=_EVENT,
    deal=_DEAL,
    partner=record(
        name=text(MAX_TEXT),
        **dict.fromkeys(("tier", "kind", "status", "region"), text(MAX_WORD)),
        **dict.fromkeys(("wonDeals", "deals"), number()),
    ),
    account=record(name=text(MAX_TEXT), industry=text(MAX_WORD), country=text(MAX_WORD), employees=number()),
    owner=record(name=text(MAX_TEXT), role=text(MAX_WORD)),
    registration=record(
        **dict.fromkeys(("title", "account"), text(MAX_TEXT)),
        **dict.fromkeys(("number", "status", "dealType"), text(MAX_WORD)),
        daysLeft=number(),
    ),
)
LANGUAGE = Language(ROOT, SHAPE, SHAPE, longest=MAX_CONDITION + 500, dearest=MAX_PRICE)
SEVERAL = Several(ROOT, frozenset(SHAPE.fields or ()))


class ConditionError(Exception):
    """Text that is no condition. `position` counts characters from 0; None where no place is to blame."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def condition_of(written: str) -> Expression | None:
    """None: always. Raises `ConditionError` for text that isn't CEL, is too long or dear, speaks of anything else, or
    turns out on samples to be no truth or to mix types."""
    if written.strip() in ALWAYS:
        return None
    if len(written) > MAX_CONDITION:
        raise ConditionError(f"A condition has at most {MAX_CONDITION} characters; this one has {len(written)}.")
    whole, places = SEVERAL.expanded(written)
    try:
        found = compile_expression(LANGUAGE, whole)
        try_out(found, ROOT, SAMPLES)
    except ExpressionError as problem:
        at = None if problem.position is None else SEVERAL.original(problem.position, places)
        raise ConditionError(f"Not a valid condition: {SEVERAL.plain(problem.message)}.", at) from None
    return found


class Facts:
    """What is known when something happens, for many conditions and texts."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self._inputs: Inputs | None = None

    def hold(self, written: str) -> bool:
        """Whether a condition that was checked holds. One that stumbles over something empty doesn't."""
        try:
            expression = _compiled(written)
            if expression is None:
                return True
            if self._inputs is None:
                self._inputs = Inputs(ROOT, self.values)
            return self._inputs.run(expression) is True
        except (*FAILURES, ConditionError):
            return False

    def told(self, written: str, most: int) -> str:
        """A text that was checked. What it can't say, as of an empty field, it leaves out: raises `Unsaid`."""
        try:
            said = template_of(written).render(self.values, most).strip()
        except (TemplateProblem, *TEMPLATE_FAILURES) as failure:
            raise Unsaid(str(failure) or type(failure).__name__) from None
        return said if len(said) <= most else said[: most - 1].rstrip() + "…"


class Unsaid(Exception):
    """A text stumbles over what it speaks of."""


@lru_cache(maxsize=1_024)
def _compiled(written: str) -> Expression | None:
    return condition_of(written)


def template_of(written: str) -> Template:
    """Raises `TemplateProblem`."""
    return compile_template(LANGUAGE, written, variables=True)


def _sample(filled: bool) -> dict[str, Any]:
    """Of a stage change, with every field filled in or none that may be empty."""

    def some(value: Any) -> Any:
        return value if filled else None

    return {
        "event": {
            "type": "OPPORTUNITY_STAGE_CHANGED",
            "at": "2026-09-01T12:00:00+00:00",
            "byPartner": True,
            "byAutomation": False,
            "fields": ["stage"] if filled else [],
            "kind": some("FORWARD"),
            "fromStage": some("discovery"),
            "toStage": some("proposal"),
            "criterion": some("budget"),
            "met": some(True),
            "activity": some("call"),
            "status": some("COMPLETED"),
            "response": some("ACCEPT"),
            "code": some("DUPLICATE"),
            "daysLeft": some(7),
        },
        "deal": {
            "name": "Plant 4 retrofit",
            "amount": some(125_000.5),
            "currency": some("EUR"),
            "closeDate": some("2026-09-30"),
            "daysToClose": some(29),
            "nextStep": some("Send the proposal"),
            "source": "PARTNER",
            "status": "OPEN",
            "stage": "proposal",
            "stageName": "Proposal",
            "playbook": "it-software",
            "playbookName": "IT software",
            "daysInStage": 12,
            "daysSilent": 3,
            "targetDays": some(14),
            "ageDays": 40,
            "winProbability": 0.6,
            "lastStage": False,
            "closeReason": some("price"),
            "closeNote": some("Another bidder was cheaper"),
            "qualification": {},
        },
        "partner": {
            "name": "Contoso",
            "tier": some("GOLD"),
            "kind": some("RESELLER"),
            "status": "ACTIVE",
            "region": some("DACH"),
            "wonDeals": 4,
            "deals": 9,
        },
        "account": {
            "name": "Northwind",
            "industry": some("Manufacturing"),
            "country": some("DE"),
            "employees": some(4_200),
        },
        "owner": {"name": "A. Seller", "role": "PARTNER_SELLER"},
        "registration": {
            "number": some("DR-2026-000123"),
            "title": some("Plant 4"),
            "status": some("APPROVED"),
            "dealType": some("NET_NEW"),
            "daysLeft": some(30),
            "account": some("Northwind"),
        },
    }


SAMPLES = (_sample(True), _sample(False))
