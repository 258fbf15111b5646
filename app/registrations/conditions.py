"""Conditions of a policy, in CEL, over `partner`, `account` and `registration`; that of progress over `deal`, too.

| variable       | fields                                                                                              |
|----------------|-----------------------------------------------------------------------------------------------------|
| `partner`      | `name`, `tier` (`"GOLD"`), `kind` (`"RESELLER"`), `region`, `industries` (a list)                   |
| `account`      | `name`, `domain`, `registrationNumber`, `country`, `city`, `postalCode`, `industry`                 |
| `registration` | `title`, `dealType`, `products` (a list), `amount`, `currency`, `closeDate`, `daysToClose`, `need`, |
|                | `nextStep`, `answers` (by question key), `daysApproved`                                             |
| `deal`         | `stage`, `status`, `daysInStage`, `reached` (the keys of all stages that it has been in)            |

What is empty is null; amounts are numbers with a point. A condition that stumbles over something empty or absent
doesn't hold. The variables stand by themselves; the expression that is priced and run has them as fields of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from app.deals.money import MAX_INTEGER_DIGITS
from app.registrations.values import LONGEST_ANSWER, LONGEST_ID, LONGEST_NAME, LONGEST_NEED, MOST_ANSWERS, MOST_PRODUCTS
from app.vocabulary import DealType, OpportunityStatus, PartnerKind, PartnerTier
from expressions import FAILURES, ExpressionError, Language, SyntaxProblem, compile_expression, tree
from expressions.certainty import Domain, Entries, Fields, Numbers, Texts, Verdict, Words, verdict
from expressions.language import Inputs
from expressions.mentions import mentions
from expressions.samples import try_out
from expressions.several import Several
from expressions.shapes import Shape, entries, listed, number, record, text

ROOT = "facts"
_NAME, _WORD = text(LONGEST_NAME), text(200)
_PARTNER = record(name=_NAME, tier=_WORD, kind=_WORD, region=_WORD, industries=listed(50, _WORD))
_ACCOUNT = record(
    **dict.fromkeys(("name", "domain", "registrationNumber", "country", "city", "postalCode", "industry"), _NAME)
)
_DEAL = record(stage=_WORD, status=_WORD, daysInStage=number(), reached=listed(200, _WORD))


def _registration(need: int, answer: int) -> Shape:
    return record(
        **dict.fromkeys(("title", "dealType", "currency", "closeDate"), _NAME),
        **dict.fromkeys(("amount", "daysToClose", "daysApproved"), number()),
        products=listed(MOST_PRODUCTS, text(LONGEST_ID)),
        need=text(need),
        nextStep=text(1_000),
        answers=entries(MOST_ANSWERS, text(120), text(answer)),
    )


def _shape(need: int, answer: int) -> Shape:
    return record(partner=_PARTNER, account=_ACCOUNT, registration=_registration(need, answer), deal=_DEAL)


LANGUAGE = Language(ROOT, _shape(LONGEST_NEED, LONGEST_ANSWER), usual=_shape(1_000, 400))
JUDGED = frozenset({"partner", "account", "registration"})
"""The variables of eligibility and automatic approval."""
NEVER = "false"
FOLLOWED = JUDGED | {"deal"}
"""Those of progress."""


class ConditionError(Exception):
    """Text that is no condition of a policy. `position` counts characters from 0; None where no place is to blame."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Known:
    """What a policy's conditions may speak of: the keys of its questions and of its playbook's stages."""

    questions: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()


def check(written: str, variables: frozenset[str], known: Known) -> None:
    """Raises `ConditionError` for text that isn't CEL, is too long or dear, speaks of anything else, turns out on
    samples to be no truth or to mix types, or can't hold for any registration. `false` alone is nobody's mistake."""
    if len(written) > LANGUAGE.longest:
        raise ConditionError(f"A condition has at most {LANGUAGE.longest} characters; this one has {len(written)}.")
    several = Several(ROOT, variables)
    expanded, added = several.expanded(written)
    try:
        expression = compile_expression(LANGUAGE, expanded)
        try_out(expression, ROOT, _SAMPLES)
    except ExpressionError as problem:
        at = None if problem.position is None else several.original(problem.position, added)
        raise ConditionError(f"Not a valid condition: {several.plain(problem.message)}.", at) from None
    _check_keys(expanded, known)
    if written.strip() != NEVER and _certainty(expanded, known) is Verdict.NEVER:
        raise ConditionError("It can't hold for any registration.")


def _check_keys(expanded: str, known: Known) -> None:
    for path, compared in ((one.path, one.compared) for one in mentions(tree.parse(expanded), ROOT)):
        match path:
            case ("registration", "answers", key, *_) if key not in known.questions:
                raise ConditionError(f"The policy has no question “{key}”; {_listed(known.questions)}.")
            case ("deal", "reached", key, *_) if key not in known.stages:
                raise ConditionError(f"The playbook has no stage “{key}”; {_listed(known.stages)}.")
            case ("deal", "stage") if set(compared) - known.stages:
                unknown = min(set(compared) - known.stages)
                raise ConditionError(f"The playbook has no stage “{unknown}”; {_listed(known.stages)}.")


def _listed(keys: frozenset[str]) -> str:
    return f"there are {', '.join(sorted(keys))}" if keys else "there is none"


def holds(written: str, facts: Mapping[str, Any]) -> bool:
    """`facts`: as `facts_of` makes them. What was saved before today's bounds and breaks them doesn't hold."""
    expanded, _ = Several(ROOT, FOLLOWED).expanded(written)
    try:
        answer = Inputs(ROOT, facts).run(compile_expression(LANGUAGE, expanded))
    except (*FAILURES, ExpressionError):
        return False
    return answer is True


def facts_of(
    *,
    partner: Mapping[str, Any],
    account: Mapping[str, Any],
    registration: Mapping[str, Any],
    deal: Mapping[str, Any] | None,
) -> dict[str, Any]:
    return {"partner": partner, "account": account, "registration": registration, "deal": deal}


@dataclass(frozen=True, slots=True)
class _Sample:
    filled: bool

    def facts(self) -> dict[str, Any]:
        some = self.filled
        return facts_of(
            partner={
                "name": "Contoso",
                "tier": "GOLD" if some else None,
                "kind": "RESELLER" if some else None,
                "region": "DACH" if some else None,
                "industries": ["manufacturing"] if some else [],
            },
            account={
                "name": "Northwind",
                **dict.fromkeys(
                    ("domain", "registrationNumber", "country", "city", "postalCode", "industry"),
                    "DE" if some else None,
                ),
            },
            registration={
                "title": "Plant 4" if some else None,
                "dealType": "NET_NEW",
                "products": ["Suite"] if some else [],
                "amount": 125_000.5 if some else None,
                "currency": "EUR" if some else None,
                "closeDate": "2026-09-30" if some else None,
                "daysToClose": 30 if some else None,
                "need": "Restores take a day" if some else "",
                "nextStep": "Show a restore" if some else None,
                "answers": {},
                "daysApproved": 12 if some else 0,
            },
            deal={"stage": "proposal", "status": "OPEN", "daysInStage": 3, "reached": ["proposal"] if some else []},
        )


_SAMPLES = (_Sample(filled=True).facts(), _Sample(filled=False).facts())


_LARGEST = Fraction(10) ** MAX_INTEGER_DIGITS
_DAYS = Numbers(Fraction(-150_000), Fraction(150_000), whole=True)


def _domains(known: Known) -> dict[str, Domain]:
    name, some = Texts(LONGEST_NAME, least=1, nullable=False), Texts(LONGEST_NAME, least=1)
    return {
        "partner": Fields(
            {
                "name": name,
                "tier": Words(frozenset(PartnerTier), nullable=True),
                "kind": Words(frozenset(PartnerKind), nullable=True),
                "region": some,
            }
        ),
        "account": Fields(
            {
                "name": name,
                **dict.fromkeys(("domain", "registrationNumber", "country", "city", "postalCode", "industry"), some),
            }
        ),
        "registration": Fields(
            {
                "title": some,
                "dealType": Words(frozenset(DealType)),
                "amount": Numbers(Fraction(0), _LARGEST),
                "currency": Texts(3, least=3),
                "closeDate": some,
                "daysToClose": _DAYS,
                "need": Texts(LONGEST_NEED, nullable=False),
                "nextStep": Texts(1_000),
                "answers": Entries(known.questions, Texts(LONGEST_ANSWER, least=1, nullable=False)),
                "daysApproved": Numbers(Fraction(0), Fraction(150_000), whole=True, nullable=False),
            }
        ),
        "deal": Fields(
            {
                "stage": Words(known.stages),
                "status": Words(frozenset(OpportunityStatus)),
                "daysInStage": Numbers(Fraction(0), Fraction(150_000), whole=True, nullable=False),
            }
        ),
    }


@lru_cache(maxsize=256)
def _certainty(expanded: str, known: Known) -> Verdict:
    try:
        return verdict(tree.parse(expanded), ROOT, _domains(known), {})
    except SyntaxProblem:
        return Verdict.OPEN


def amount_of(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def days_until(day: date | None, today: date) -> int | None:
    return None if day is None else (day - today).days
