"""Conditions that a playbook's author writes in CEL: criteria that the deal's own fields decide.

A condition is one CEL expression that is true or false, such as `deal.amount > 0 && deal.closeDate != null`.
`deal` is the only variable:

| field                | value                                                                                     |
|----------------------|-------------------------------------------------------------------------------------------|
| `deal.name`          | text                                                                                      |
| `deal.amount`        | number with a point, or null: compare it with `0` or `0.5`, reckon with `2.0` and not `2` |
| `deal.currency`      | ISO 4217 code, or null                                                                    |
| `deal.closeDate`     | expected close, text such as `"2026-09-30"`, which sorts by time; or null                 |
| `deal.daysToClose`   | whole days until then, negative once it has passed; or null                               |
| `deal.nextStep`      | text, or null                                                                             |
| `deal.notes`         | text, or null                                                                             |
| `deal.source`        | `"PARTNER"`, `"VENDOR"` or `"CO_SELL"`                                                    |
| `deal.status`        | `"OPEN"`, `"WON"` or `"LOST"`                                                             |
| `deal.stage`         | key of the stage that the deal is in                                                      |
| `deal.daysInStage`   | whole days since it entered                                                               |
| `deal.owner`         | the owner's name, or null                                                                 |
| `deal.account`       | `name`, `industry`, `country`, `employees`; all but the name may be null                  |
| `deal.partner`       | `name`, `tier` (`"GOLD"`); null for a deal without a partner                              |
| `deal.registration`  | `status` (`"APPROVED"`), `dealType` (`"NET_NEW"`), `daysLeft` of protection;              |
|                      | all null for a deal that was never registered                                             |
| `deal.qualification` | the answers by question key: `deal.qualification["economic-buyer"] != ""`                 |

Of long texts the first 10,000 characters count. A qualification question without an answer is absent:
`"champion" in deal.qualification`. A condition that stumbles over something empty or absent is not met.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.vocabulary import DealType, OpportunitySource, OpportunityStatus, PartnerTier, RegistrationStatus
from expressions import FAILURES, Expression, ExpressionError, Language, compile_expression
from expressions import Outcome as Outcome
from expressions.language import Inputs
from expressions.outcomes import TOO_MANY, answered, failed
from expressions.samples import try_out
from expressions.shapes import Shape, entries, number, record, text

MAX_TEXT = 10_000
MAX_NAME = 200
MAX_KEY = 120
MAX_ANSWERS = 200
USUAL_TEXT, USUAL_ANSWERS = 4_000, 25
"""What nearly all deals stay below."""


def _shape(long: int, answers: int) -> Shape:
    account = record(name=text(long), industry=text(MAX_NAME), country=text(MAX_NAME), employees=number())
    return record(
        **dict.fromkeys(("name", "nextStep", "notes", "owner"), text(long)),
        **dict.fromkeys(("currency", "closeDate", "source", "status", "stage"), text(MAX_NAME)),
        **dict.fromkeys(("amount", "daysToClose", "daysInStage"), number()),
        account=account,
        partner=record(name=text(long), tier=text(MAX_NAME)),
        registration=record(status=text(MAX_NAME), dealType=text(MAX_NAME), daysLeft=number()),
        qualification=entries(answers, text(MAX_KEY), text(long)),
    )


LANGUAGE = Language("deal", _shape(MAX_TEXT, MAX_ANSWERS), usual=_shape(USUAL_TEXT, USUAL_ANSWERS))
FIELDS = LANGUAGE.names()
"""The fields of `deal`, each with its own; None where they are the playbook's matter."""


class ConditionError(Exception):
    """Text that is not a condition. `position` counts characters from 0; None where no place is to blame."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class AccountFacts:
    name: str
    industry: str | None = None
    country: str | None = None
    employees: int | None = None


@dataclass(frozen=True, slots=True)
class PartnerFacts:
    name: str
    tier: PartnerTier | None = None


@dataclass(frozen=True, slots=True)
class RegistrationFacts:
    """Of a deal's latest registration."""

    status: RegistrationStatus
    deal_type: DealType | None = None
    protected_until: datetime | None = None


class Condition:
    """A compiled condition. Evaluating it neither raises nor changes anything, so that threads may share it."""

    __slots__ = ("expression", "text")

    def __init__(self, expression: Expression) -> None:
        self.text = expression.text
        self.expression = expression

    def evaluate(self, deal: Mapping[str, Any]) -> Outcome:
        """`deal` as `deal_variables` makes it."""
        return Subject(deal).outcome(self)

    def holds(self, deal: Mapping[str, Any]) -> bool:
        return self.evaluate(deal).met


class Subject:
    """One deal, as `deal_variables` makes it, for many conditions: handing it over costs 40 µs, each condition 1 µs."""

    __slots__ = ("_inputs", "_problem")

    def __init__(self, deal: Mapping[str, Any]) -> None:
        self._problem: Outcome | None = None
        answers = deal.get("qualification")
        if isinstance(answers, Mapping) and len(answers) > MAX_ANSWERS:
            self._problem = Outcome(False, TOO_MANY)
            return
        try:
            self._inputs = Inputs(LANGUAGE.root, deal)
        except FAILURES as failure:
            self._problem = failed(failure)

    def outcome(self, condition: Condition) -> Outcome:
        if self._problem is not None:
            return self._problem
        try:
            return answered(self._inputs.run(condition.expression))
        except FAILURES as failure:
            return failed(failure)


def compile_condition(text: str) -> Condition:
    """Raises `ConditionError` for text that isn't CEL, is too long or too costly, speaks of anything but the fields
    of `deal`, or turns out on sample deals to be neither true nor false or to mix types."""
    found = _compiled(text)
    if isinstance(found, ConditionError):
        raise found.with_traceback(None)
    return found


def stored_condition(text: str) -> Condition | None:
    """One that a playbook has. None for what was saved before today's bounds and breaks them: see `settling`."""
    found = _compiled(text)
    return None if isinstance(found, ConditionError) else found


@lru_cache(maxsize=4_096)
def _compiled(text: str) -> Condition | ConditionError:
    if len(text) > LANGUAGE.longest:
        return ConditionError(f"A condition has at most {LANGUAGE.longest} characters; this one has {len(text)}.")
    try:
        expression = compile_expression(LANGUAGE, text)
        try_out(expression, LANGUAGE.root, SAMPLES)
    except ExpressionError as problem:
        return ConditionError(f"Not a valid condition: {problem.message}.", problem.position)
    return Condition(expression)


def deal_variables(
    *,
    name: str,
    amount: Decimal | None,
    currency: str | None,
    close_date: date | None,
    next_step: str | None,
    notes: str | None,
    source: OpportunitySource,
    status: OpportunityStatus,
    stage: str,
    days_in_stage: int,
    account: AccountFacts,
    partner: PartnerFacts | None,
    owner: str | None,
    qualification: Mapping[str, str],
    today: date,
    registration: RegistrationFacts | None = None,
) -> dict[str, Any]:
    """The `deal` of a condition. The amount becomes a float, CEL's only fractional number: good for comparing."""
    return {
        "name": _clipped(name),
        "amount": None if amount is None else float(amount),
        "currency": currency,
        "closeDate": None if close_date is None else close_date.isoformat(),
        "daysToClose": None if close_date is None else (close_date - today).days,
        "nextStep": _clipped(next_step),
        "notes": _clipped(notes),
        "source": source.value,
        "status": status.value,
        "stage": stage,
        "daysInStage": days_in_stage,
        "owner": _clipped(owner),
        "account": {
            "name": _clipped(account.name),
            "industry": account.industry,
            "country": account.country,
            "employees": account.employees,
        },
        "partner": None
        if partner is None
        else {"name": _clipped(partner.name), "tier": partner.tier and partner.tier.value},
        "registration": {
            "status": registration and registration.status.value,
            "dealType": registration and registration.deal_type and registration.deal_type.value,
            "daysLeft": registration
            and registration.protected_until
            and (registration.protected_until.date() - today).days,
        },
        "qualification": {key: _clipped(answer) for key, answer in qualification.items()},
    }


def _clipped(text: str | None) -> str | None:
    return None if text is None else text[:MAX_TEXT]


_REGISTERED = RegistrationFacts(RegistrationStatus.APPROVED, DealType.NET_NEW, datetime(2026, 10, 1, tzinfo=UTC))


def _sample(filled: bool) -> dict[str, Any]:
    return deal_variables(
        name="Plant 4 retrofit",
        amount=Decimal("125000.5") if filled else None,
        currency="EUR" if filled else None,
        close_date=date(2026, 9, 30) if filled else None,
        next_step="Send the proposal" if filled else None,
        notes="Asked for a second demo" if filled else None,
        source=OpportunitySource.PARTNER,
        status=OpportunityStatus.OPEN,
        stage="proposal",
        days_in_stage=12,
        account=AccountFacts("Northwind", "manufacturing", "DE", 4_200) if filled else AccountFacts("Northwind"),
        partner=PartnerFacts("Contoso", PartnerTier.GOLD) if filled else None,
        owner="A. Seller" if filled else None,
        qualification={},
        today=date(2026, 9, 1),
        registration=_REGISTERED if filled else None,
    )


SAMPLES: Sequence[dict[str, Any]] = (_sample(True), _sample(False))
