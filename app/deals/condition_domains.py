"""Values that the fields of a deal may have where a playbook's condition decides on a move: for what is proved of it.

The bounds are those of the code that writes the fields (money, days, texts), as the API and imports have them.
"""

from collections.abc import Collection, Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache

from app.deals.account_values import MOST_EMPLOYEES
from app.deals.conditions import LANGUAGE, MAX_NAME, MAX_TEXT, stored_condition
from app.deals.money import MAX_INTEGER_DIGITS
from app.deals.opportunity_fields import LATEST
from app.vocabulary import DealType, OpportunitySource, OpportunityStatus, PartnerTier, RegistrationStatus
from expressions import SyntaxProblem, tree
from expressions.certainty import Days, Domain, Entries, Fields, Numbers, Texts, Verdict, Words, verdict
from expressions.mentions import Mention, Path, mentions

LARGEST_COUNT = 2**31 - 1
FIRST, LAST = date(1900, 1, 1), max(LATEST, date(2200, 12, 31))
"""Imports take days of earlier years than the API."""
MOST_DAYS = (LAST - FIRST).days
TOGETHER = {"amount": "currency", "closeDate": "daysToClose"}
"""Of two fields, one is null where the other is."""
CLOSED_WORDS: Mapping[Path, Collection[str]] = {
    ("source",): tuple(OpportunitySource),
    ("status",): tuple(OpportunityStatus),
    ("partner", "tier"): tuple(PartnerTier),
    ("registration", "status"): tuple(RegistrationStatus),
    ("registration", "dealType"): tuple(DealType),
}
"""Fields that hold one of a few words."""


def domains(stage_keys: Collection[str], question_keys: Collection[str]) -> dict[str, Domain]:
    """`stage_keys`: where a deal may stand when it is asked. It is open then: no other deal moves on."""
    name = Texts(MAX_TEXT, least=1, nullable=False)
    word = Texts(MAX_NAME, least=1)
    largest = Fraction(10) ** MAX_INTEGER_DIGITS
    assert LARGEST_COUNT >= MOST_EMPLOYEES
    return {
        "name": name,
        "amount": Numbers(Fraction(0), largest),
        "currency": Texts(3, least=3),
        "closeDate": Days(FIRST, LAST),
        "daysToClose": Numbers(Fraction(-MOST_DAYS), Fraction(MOST_DAYS), whole=True),
        "nextStep": Texts(MAX_TEXT),
        "notes": Texts(MAX_TEXT),
        "source": Words(frozenset(OpportunitySource)),
        "status": Words(frozenset({OpportunityStatus.OPEN.value})),
        "stage": Words(frozenset(stage_keys)),
        "daysInStage": Numbers(Fraction(0), Fraction(MOST_DAYS), whole=True, nullable=False),
        "owner": Texts(MAX_TEXT, least=1),
        "account": Fields(
            {
                "name": name,
                "industry": word,
                "country": word,
                "employees": Numbers(Fraction(0), Fraction(LARGEST_COUNT), whole=True),
            }
        ),
        "partner": Fields({"name": name, "tier": Words(frozenset(PartnerTier), nullable=True)}, nullable=True),
        "registration": Fields(
            {
                "status": Words(frozenset(RegistrationStatus), nullable=True),
                "dealType": Words(frozenset(DealType), nullable=True),
                "daysLeft": Numbers(Fraction(-MOST_DAYS), Fraction(MOST_DAYS), whole=True),
            }
        ),
        "qualification": Entries(frozenset(question_keys), Texts(MAX_TEXT, least=1, nullable=False)),
    }


@lru_cache(maxsize=4_096)
def certainty(texts: tuple[str, ...], stage_keys: frozenset[str], question_keys: frozenset[str]) -> Verdict:
    """Of all these conditions at once. What couldn't be saved today is `OPEN`: that it couldn't is said elsewhere."""
    if any(stored_condition(text) is None for text in texts):
        return Verdict.OPEN
    try:
        parts = tuple(tree.parse(text) for text in texts)
    except SyntaxProblem:
        return Verdict.OPEN
    whole = parts[0] if len(parts) == 1 else tree.Many(0, 1, "&&", parts)
    return verdict(whole, LANGUAGE.root, domains(stage_keys, question_keys), TOGETHER)


@lru_cache(maxsize=4_096)
def mentions_of(text: str) -> tuple[Mention, ...]:
    try:
        return tuple(mentions(tree.parse(text), LANGUAGE.root))
    except SyntaxProblem:
        return ()
