"""The proof that a condition never or always holds, held against the library that decides on real deals."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.deals.condition_domains import certainty, domains
from app.deals.conditions import AccountFacts, PartnerFacts, Subject, deal_variables, stored_condition
from app.deals.opportunity_fields import EARLIEST, LATEST
from app.vocabulary import OpportunitySource, OpportunityStatus, PartnerTier
from expressions.certainty import Days, Domain, Entries, Fields, Numbers, Texts, Verdict, Words

STAGES, QUESTIONS = frozenset({"lead", "offer"}), frozenset({"need", "budget"})
TODAY = date(2026, 3, 2)
NUMBERS = ("deal.amount", "deal.daysToClose", "deal.daysInStage", "deal.account.employees", "size(deal.name)")
TEXTS = (
    "deal.name",
    "deal.currency",
    "deal.closeDate",
    "deal.nextStep",
    "deal.source",
    "deal.stage",
    "deal.owner",
    "deal.account.country",
    "deal.partner.name",
    "deal.partner.tier",
    'deal.qualification["need"]',
    'deal.qualification["x"]',
)
WORDS = ("", "a", "b", "DE", "EUR", "EURO", "GOLD", "PARTNER", "VENDOR", "lead", "offer", "2026-03-02", "2300-01-01")

numbers = st.sampled_from(("-1", "0", "1", "2", "3", "0.0", "0.5", "1.5", "1e16", "3000000000", "-0.5"))
texts = st.sampled_from([f'"{word}"' for word in WORDS])
signs = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))


def compared(fields: tuple[str, ...], constants: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def turned(given: tuple[str, str, str, bool]) -> str:
        field, sign, constant, is_turned = given
        return f"{constant} {sign} {field}" if is_turned else f"{field} {sign} {constant}"

    return st.tuples(st.sampled_from(fields), signs, constants | st.just("null"), st.booleans()).map(turned)


leaves = st.one_of(
    compared(NUMBERS, numbers),
    compared(TEXTS, texts),
    compared(("deal.partner", "deal.account"), st.just("null")),
    st.sampled_from(("true", "false", '"need" in deal.qualification', "has(deal.qualification.need)", "1 < 2")),
    st.tuples(st.sampled_from(TEXTS), st.lists(texts, max_size=3)).map(lambda of: f"{of[0]} in [{', '.join(of[1])}]"),
    st.tuples(st.sampled_from(TEXTS), texts).map(lambda of: f"{of[0]}.contains({of[1]})"),
    st.just('["need", "budget", "x"].exists(k, k in deal.qualification && deal.qualification[k] != "a")'),
    st.just('["DE", "a"].all(c, deal.account.country != c)'),
    st.just("deal.daysInStage * 2 > deal.daysToClose"),
    st.just("deal.amount >= deal.amount"),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' && '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' || '.join(parts)})"),
        inner.map(lambda part: f"!({part})"),
        st.tuples(inner, inner, inner).map(lambda of: f"({of[0]} ? {of[1]} : {of[2]})"),
    ),
    max_leaves=6,
)
some_text = st.sampled_from([word for word in WORDS if word]) | st.text(min_size=1, max_size=3)
counts = st.sampled_from((0, 1, 2, 3, 2**31 - 1)) | st.integers(0, 2**31 - 1)


@st.composite
def deals(draw: st.DrawFn) -> dict[str, Any]:
    """Whatever the API and imports let a deal be that is open."""
    amount = draw(st.none() | st.sampled_from(("0", "0.5", "1", "1.5", "2", "999999999999999")).map(Decimal))
    partner = st.builds(PartnerFacts, some_text, st.none() | st.sampled_from(PartnerTier))
    account = st.builds(AccountFacts, some_text, st.none() | some_text, st.none() | some_text, st.none() | counts)
    return deal_variables(
        name=draw(some_text),
        amount=amount,
        currency=None if amount is None else draw(st.sampled_from(("EUR", "USD"))),
        close_date=draw(st.none() | st.dates(EARLIEST, LATEST) | st.just(TODAY)),
        next_step=draw(st.none() | st.just("") | some_text),
        notes=None,
        source=draw(st.sampled_from(OpportunitySource)),
        status=OpportunityStatus.OPEN,
        stage=draw(st.sampled_from(sorted(STAGES))),
        days_in_stage=draw(st.integers(0, 4)),
        account=draw(account),
        partner=draw(st.none() | partner),
        owner=draw(st.none() | some_text),
        qualification=draw(st.dictionaries(st.sampled_from(sorted(QUESTIONS)), some_text)),
        today=TODAY,
    )


@settings(max_examples=150)
@given(conditions, st.lists(deals(), min_size=4, max_size=8))
def test_what_is_proved_holds_for_every_deal(text: str, some: list[dict[str, Any]]) -> None:
    condition = stored_condition(text)
    if condition is None:
        return  # it mixes types, as no saved condition does
    proved = certainty((text,), STAGES, QUESTIONS)
    outcomes = {Subject(deal).outcome(condition).met for deal in some}
    if proved is Verdict.NEVER:
        assert outcomes == {False}, text
    if proved is Verdict.ALWAYS:
        assert outcomes == {True}, text


def holds(domain: Domain, value: Any) -> bool:
    """Whether it may be the value of a field with this domain."""
    match domain:
        case Fields(fields=fields, nullable=nullable):
            return nullable if value is None else all(holds(fields[name], part) for name, part in value.items())
        case Entries(keys=keys, each=each):
            return all(key in keys and holds(each, part) for key, part in value.items())
    if value is None:
        return domain.nullable
    match domain:
        case Numbers(least=least, most=most, whole=whole):
            return least <= value <= most and not (whole and value != int(value))
        case Texts(least=shortest, longest=longest):
            return shortest <= len(value) <= longest
        case Words(words=words):
            return value in words
        case Days(first=first, last=last):
            return first <= date.fromisoformat(value) <= last


@settings(max_examples=300)
@given(deals())
def test_every_field_of_a_deal_is_within_what_is_reckoned_with(deal: dict[str, Any]) -> None:
    reckoned = domains(STAGES, QUESTIONS)
    assert reckoned.keys() == deal.keys()
    assert [name for name, value in deal.items() if not holds(reckoned[name], value)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("deal.amount > 1.0", Verdict.OPEN),
        ("deal.amount > 1.0 && deal.amount < 1.0", Verdict.NEVER),
        ("deal.amount > 1.0 || true", Verdict.ALWAYS),
        ("not CEL at all", Verdict.OPEN),
    ],
)
def test_there_are_three_verdicts(text: str, expected: Verdict) -> None:
    assert certainty((text,), STAGES, QUESTIONS) is expected


def test_a_proof_that_takes_too_many_steps_is_left_open() -> None:
    either = " && ".join(f'(deal.name.contains("{n}") || deal.notes.contains("{n}"))' for n in range(14))
    text = f"{either} && !({either})"
    assert certainty((text,), STAGES, QUESTIONS) is Verdict.OPEN
