import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.deals import conditions
from app.deals.conditions import (
    FIELDS,
    AccountFacts,
    Condition,
    ConditionError,
    Outcome,
    PartnerFacts,
    Subject,
    compile_condition,
    deal_variables,
)
from app.vocabulary import OpportunitySource, OpportunityStatus, PartnerTier

FULL: dict[str, Any] = {
    "name": "Plant 4 retrofit",
    "amount": Decimal("1250.50"),
    "currency": "EUR",
    "close_date": date(2026, 9, 30),
    "next_step": "Send the proposal",
    "notes": "Sie wünschen eine Demo",
    "source": OpportunitySource.PARTNER,
    "status": OpportunityStatus.OPEN,
    "stage": "proposal",
    "days_in_stage": 12,
    "account": AccountFacts("Northwind", "manufacturing", "DE", 4_200),
    "partner": PartnerFacts("Contoso", PartnerTier.GOLD),
    "owner": "Ada",
    "qualification": {"economic-buyer": "The CFO", "champion": ""},
    "today": date(2026, 9, 1),
}
NOTHING: dict[str, Any] = {
    "amount": None,
    "currency": None,
    "close_date": None,
    "next_step": None,
    "notes": None,
    "account": AccountFacts("Northwind"),
    "partner": None,
    "owner": None,
    "qualification": {},
}


def outcomes(conditions: Sequence[Condition], deal: Mapping[str, Any]) -> list[Outcome]:
    subject = Subject(deal)
    return [subject.outcome(condition) for condition in conditions]


def deal(**changes: Any) -> dict[str, Any]:
    return deal_variables(**{**FULL, **changes})


def holds(text: str, **changes: Any) -> bool:
    return compile_condition(text).holds(deal(**changes))


def error(text: str) -> ConditionError:
    with pytest.raises(ConditionError) as refused:
        compile_condition(text)
    return refused.value


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("deal.amount > 0 && deal.closeDate != null", True),
        ("deal.amount > 0", True),
        ("deal.amount > 1250", True),
        ("deal.amount > 1250.5", False),
        ("deal.amount == 1250.5", True),
        ("deal.amount * 2.0 > 2500.0", True),
        ("deal.currency in ['EUR', 'CHF']", True),
        ("deal.closeDate <= '2026-09-30' && deal.closeDate > '2026-08'", True),
        ("deal.daysToClose == 29", True),
        ("timestamp(deal.closeDate + 'T00:00:00Z').getFullYear() == 2026", True),
        ("deal.nextStep.startsWith('Send')", True),
        ("deal.nextStep.matches('(?i)^send .*proposal$')", True),
        ("deal.notes.contains('wünschen')", True),
        ("size(deal.notes) >= 20", True),
        ("deal.source == 'PARTNER' && deal.status == 'OPEN' && deal.stage == 'proposal'", True),
        ("deal.daysInStage < 12", False),
        ("deal.daysInStage < 12.5", True),
        ("deal.account.industry == 'manufacturing' && deal.account.country == 'DE'", True),
        ("deal.account.employees > 1000", True),
        ("deal.partner.tier in ['GOLD', 'PLATINUM']", True),
        ("deal.partner != null && deal.owner == 'Ada'", True),
        ("deal.qualification['economic-buyer'] != ''", True),
        ("deal.qualification.champion != ''", False),
        ("'metrics' in deal.qualification", False),
        ("['economic-buyer', 'champion'].all(key, key in deal.qualification)", True),
        ("deal.qualification.exists(key, deal.qualification[key] == '')", True),
        ("deal.qualification.filter(key, deal.qualification[key] != '').size() >= 1", True),
        ("has(deal.qualification.metrics)", False),
        ("deal.amount > 0 // is it priced?", True),
        ("true", True),
    ],
)
def test_a_condition_speaks_of_the_deals_fields(text: str, met: bool) -> None:
    assert compile_condition(text).evaluate(deal()) == Outcome(met)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("deal.amount > 0", "it compares or combines a value that is empty or of another type"),
        ("deal.daysToClose < 30", "it compares or combines a value that is empty or of another type"),
        ("deal.partner.tier == 'GOLD'", "it compares or combines a value that is empty or of another type"),
        ("deal.nextStep.size() > 3", "it can't be worked out for this deal"),
        ("deal.qualification['champion'] == 'x'", "“champion” has no value for this deal"),
        ("deal.daysInStage / 0 > 1", "it divides by zero"),
        ("deal.daysInStage + 9223372036854775807 > 1", "a number is out of range"),
        ("[1, 2][deal.daysInStage] == 1", "it can't be worked out for this deal"),
    ],
)
def test_a_condition_that_stumbles_is_not_met_and_says_why(text: str, problem: str) -> None:
    condition = compile_condition(text)
    assert condition.evaluate(deal(**NOTHING)) == Outcome(False, problem)
    assert not condition.holds(deal(**NOTHING))


def test_what_is_empty_can_be_asked_for() -> None:
    assert holds("deal.amount == null && deal.closeDate == null && deal.partner == null", **NOTHING)
    assert not holds("deal.amount != null && deal.amount > 0", **NOTHING)
    assert compile_condition("deal.amount != null && deal.amount > 0").evaluate(deal(**NOTHING)).problem is None


def test_the_kind_of_number_an_amount_was_does_not_matter() -> None:
    for amount in ("1", "1.00", "1.5", "999999999999999.99"):
        assert holds("deal.amount > 0 && deal.amount >= 1.0", amount=Decimal(amount))


def test_long_texts_count_with_their_first_ten_thousand_characters() -> None:
    long = "a" * 10_000 + "b"
    assert holds("size(deal.notes) == 10000 && !deal.notes.contains('b')", notes=long)
    assert holds("size(deal.qualification.champion) == 10000", qualification={"champion": long})


def test_a_condition_that_depends_on_the_deal_for_being_one_is_not_met() -> None:
    condition = compile_condition("deal.stage == 'demo' ? 5 : true")
    assert condition.evaluate(deal()) == Outcome(True)
    assert condition.evaluate(deal(stage="demo")) == Outcome(
        False, "the condition is neither true nor false for this deal"
    )


def test_many_conditions_are_decided_in_one_go_and_in_order() -> None:
    three = [compile_condition(text) for text in ("true", "deal.amount > 0", "false")]
    expected = [Outcome(True), three[1].evaluate(deal(**NOTHING)), Outcome(False)]
    assert outcomes(three, deal(**NOTHING)) == expected
    assert outcomes([], deal()) == []


def test_a_deal_that_cannot_be_handed_over_meets_nothing() -> None:
    two = [compile_condition("true"), compile_condition("deal.amount > 0")]
    unspeakable = Outcome(False, "it can't be worked out for this deal")
    assert outcomes(two, {"notes": object()}) == [unspeakable, unspeakable]


def test_the_same_text_is_compiled_once() -> None:
    assert compile_condition("deal.amount > 41") is compile_condition("deal.amount > 41")


def test_the_documented_fields_are_those_that_a_deal_has() -> None:
    assert set(deal()) == set(FIELDS)
    assert deal()["account"].keys() == FIELDS["account"]
    assert deal()["partner"].keys() == FIELDS["partner"]
    assert deal().keys() == set(re.findall(r"^\| `deal\.(\w+)`", conditions.__doc__ or "", re.MULTILINE))


SYNTAX = [
    ("", "it is empty", 0),
    ("  \n", "it is empty", 3),
    ("deal.amount >", "it ends too early", 13),
    ("(deal.amount > 0", "it ends too early", 16),
    ("deal.amount > > 0", "“> 0” is not expected here", 14),
    ("the budget is confirmed", "“budget is confirmed” is not expected here", 4),
    ("deal.amount = 5", "“= 5” is not expected here", 12),
    ("true &&\n  deal.amount > > 0", "“> 0” is not expected here", 24),
    ('deal.stage == "ä" && \'open', "“'open” is not expected here", 21),
    ("\x00", "“\x00” is not expected here", 0),
    ("\ud800", "it can't be read as a CEL expression", None),
    ("has(has(0", "it can't be read as a CEL expression", None),
    ("has(1)", "invalid argument to has() macro", 4),
]
NAMES = [
    ("budget > 5", "“budget” is unknown; a condition speaks of “deal” alone", 0),
    ("deal.amount > 0 || viewer.role == 'ADMIN'", "“viewer” is unknown; a condition speaks of “deal” alone", 19),
    ("[1].all(x, x > 0) && x > 0", "“x” is unknown; a condition speaks of “deal” alone", 21),
    ("{amount: 1}.amount == 1", "“amount” is unknown; a condition speaks of “deal” alone", 1),
    ("[1].all(deal, deal == 1)", "“deal” can't name a loop's variable", 8),
    ("[1].all(int, int == 1)", "“int” can't name a loop's variable", 8),
    ("deal.account.size > 5", "“deal.account” has no “size”; it has country, employees, industry, name", 13),
    ("deal.partner.level == 1", "“deal.partner” has no “level”; it has name, tier", 13),
    ("deal.amount.value > 5", "“deal.amount” has no “value”; it has no fields", 12),
    ("has(deal.owner.email)", "“deal.owner” has no “email”; it has no fields", 15),
    ("deal.closeDate < today()", "there is no function “today”", 17),
    ("deal.name.lower() == 'x'", "there is no function “lower”", 10),
    ("deal.amount == 1 || max(1, 2) == 1", "there is no function “max”", 20),
    ("deal{} == deal", "there is no message type “deal”", 0),
]
TYPES = [
    ("deal.name", "it gives str, and must be true or false", None),
    ("1", "it gives int, and must be true or false", None),
    ("deal.partner == null ? 1 : true", "it gives int, and must be true or false", None),
    ("deal.name > 5", "it mixes values of different types, such as text with a number or 1.5 with 2", None),
    ("deal.amount * 2 > 5.0", "it mixes values of different types, such as text with a number or 1.5 with 2", None),
    ("deal.name.matches('(')", "“matches” needs a valid regular expression", None),
]
ONES = ",".join("1" * 40)
COSTS = [
    ("(" * 25 + "true" + ")" * 25, "brackets are nested more than 24 deep", 24),
    ("[1].map(x, x) == [1]", "“map” isn't available; use all, exists, exists_one or filter", 4),
    ("[1].all(a, [1].all(b, [1].all(c, true)))", "loops are nested more than 2 deep", 29),
    (
        f"[{ONES}].all(a, [{ONES}].all(b, a == b))",
        "the loops would take too long; use shorter lists or fewer steps",
        184,
    ),
    ("deal.amount > 1.0" + " + 1.0" * 21, "more than 20 additions", 138),
    ("[1].all(a, deal.name.matches('x'))", "“matches” may stand 5 times at most, and in no loop", 21),
    (" || ".join(["deal.name.matches('x')"] * 6), "“matches” may stand 5 times at most, and in no loop", 140),
]


@pytest.mark.parametrize(("text", "message", "position"), [*SYNTAX, *NAMES, *TYPES, *COSTS])
def test_what_is_no_condition_is_refused_with_its_place(text: str, message: str, position: int | None) -> None:
    refused = error(text)
    assert (refused.message, refused.position) == (f"Not a valid condition: {message}.", position)


def test_a_misspelt_field_is_told_with_those_that_exist() -> None:
    refused = error("deal.amuont > 0")
    assert refused.position == 5
    assert refused.message == (
        "Not a valid condition: “deal” has no “amuont”; it has account, amount, closeDate, currency, daysInStage, "
        "daysToClose, name, nextStep, notes, owner, partner, qualification, registration, source, stage, status."
    )


def test_a_condition_has_two_thousand_characters_at_most() -> None:
    longest = "deal.name != '" + "x" * 1_985 + "'"
    assert compile_condition(longest).holds(deal())
    refused = error(longest + " ")
    assert refused.message == "A condition has at most 2000 characters; this one has 2001."


def test_words_inside_texts_and_comments_are_not_names() -> None:
    assert holds("""deal.name != 'budget.map(x, (((' && r'\\' != "viewer" && '''a'b''' != "" // foo(bar""")
    assert holds('"it\'s" != "\\"budget\\"" && b"x" != b\'y\' && """a"b""" != ""')


def test_no_text_brings_the_parser_down_however_deep_it_digs() -> None:
    """In a process of its own: what overflows the parser's stack ends the process."""
    texts = [
        opening * (1_990 // len(opening)) + "1" for opening in ("(", "[", "{1:", "!", "-", "true?", "1+", "1==", "a.")
    ]
    texts += ["&&".join(["true"] * 300), "true?true:" * 190 + "true", "deal" + ".name" * 350, "size(" * 390 + "1"]
    code = """
import json, sys, threading
from app.deals.conditions import ConditionError, compile_condition
def run():
    for text in json.load(sys.stdin):
        try: compile_condition(text)
        except ConditionError: pass
    print("alive")
threading.stack_size(1 << 21)
thread = threading.Thread(target=run); thread.start(); thread.join()
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], check=False, input=json.dumps(texts), capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "alive\n", "")


VOCABULARY = r"""
    deal .amount .notes .account .partner .qualification .tier .name ( ) [ ] { } , : ? && || ! == != < > + - * / % in
    null true false 1 0 2.5 7u -1 'a' "b" b'c' r'\d' '(' x y .all(x, .exists(y, .filter(x, .exists_one( .map(x, has(
    .size() .matches( .contains( int( double( string( timestamp( duration( type( .getHours() 9223372036854775807
    // \ ' " \x41 . ..
"""
WORDS = st.sampled_from([*VOCABULARY.split(), "\n", "'''"])
TEXTS = st.text(max_size=60) | st.lists(WORDS, max_size=25).map(" ".join) | st.lists(WORDS, max_size=25).map("".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.decimals() | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
DEALS = st.dictionaries(st.sampled_from(sorted(FIELDS)), VALUES) | st.dictionaries(st.text(max_size=8), VALUES)


@settings(max_examples=600)
@given(TEXTS)
def test_any_text_is_a_condition_or_a_condition_error(text: str) -> None:
    try:
        condition = compile_condition(text)
    except ConditionError as refused:
        place = refused.position
    else:
        place = None
        assert isinstance(condition.holds(deal()), bool)
        assert isinstance(condition.holds(deal(**NOTHING)), bool)
    assert place is None or 0 <= place <= len(text)


CONDITIONS: list[Condition] = [
    compile_condition(text)
    for text in (
        "deal.amount > 0 && deal.closeDate != null",
        "deal.amount * 2.0 > 5.0 || deal.daysToClose - 3 < deal.daysInStage",
        "deal.account.industry == 'x' && deal.partner.tier in ['GOLD']",
        "['a', 'b'].all(key, key in deal.qualification && deal.qualification[key] != '')",
        "deal.qualification.filter(key, deal.qualification[key] != '').size() > 1",
        "deal.notes.matches('^(a|b)+$') || deal.name.size() > 3",
        "timestamp(deal.closeDate + 'T00:00:00Z') < timestamp('2026-01-01T00:00:00Z')",
        "int(deal.nextStep) > 5 || double(deal.owner) > 1.0 || string(deal.amount) == '1'",
        "has(deal.account.employees) && deal.account.employees % 7 == 0",
        "deal == deal && type(deal.amount) == double",
    )
]


@settings(max_examples=300)
@given(DEALS)
def test_no_deal_makes_a_condition_fail(random_deal: dict[str, Any]) -> None:
    for outcome in outcomes(CONDITIONS, random_deal):
        assert isinstance(outcome.met, bool)
        assert not (outcome.met and outcome.problem)
