"""The shipped starters, and how a template that doesn't load is refused."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import cel
import pytest

from app.deals.conditions import AccountFacts, PartnerFacts, RegistrationFacts, compile_condition, deal_variables
from app.playbooks.spec import CriterionSpec, PlaybookSpec, StageSpec
from app.playbooks.templates import SHIPPED, TemplateError, load, template, templates
from app.vocabulary import (
    BuyerPhase,
    ForecastCategory,
    OpportunitySource,
    OpportunityStatus,
    PartnerTier,
    RegistrationStatus,
    StageKind,
)

KEYS = [
    "distribution-resale",
    "healthcare-technology",
    "it-software",
    "managed-services",
    "manufacturing",
    "professional-services",
    "saas",
    "telecom",
]
SALESFORCE = [
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Id. Decision Makers",
    "Perception Analysis",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
]
HUBSPOT = [
    "Appointment Scheduled",
    "Qualified To Buy",
    "Presentation Scheduled",
    "Decision Maker Bought-In",
    "Contract Sent",
    "Closed Won",
    "Closed Lost",
]
OTHERS = ["Specification Review", "Pilot Program", "Quote Provided", "Closed Won"]
"""What programmes that never had a CRM call theirs, with “Proposal Submitted” for the offer."""
OFFERS = ["Specification Review", "Pilot Program", "Proposal Submitted", "Closed Won"]
TODAY = date(2026, 3, 2)


def spec(key: str) -> PlaybookSpec:
    found = template(key)
    assert found is not None
    return found.spec


def open_stages(key: str) -> list[StageSpec]:
    return [stage for stage in spec(key).stages if stage.kind is StageKind.OPEN]


def criteria(key: str) -> list[tuple[str, CriterionSpec]]:
    stages = spec(key).stages
    return [(stage.key, found) for stage in stages for found in (*stage.entry_criteria, *stage.exit_criteria)]


def expressions() -> Iterator[Any]:
    for key in KEYS:
        for stage, found in criteria(key):
            if found.expression is not None:
                yield pytest.param(key, found.expression, id=f"{key}/{stage}/{found.key}")


def deal(key: str = "it-software", **changes: Any) -> dict[str, Any]:
    """A deal with every field filled and every question answered."""
    filled: dict[str, Any] = {
        "name": "Data centre refresh",
        "amount": Decimal("84000.50"),
        "currency": "EUR",
        "close_date": TODAY + timedelta(days=30),
        "next_step": "Present the offer",
        "notes": "Wants it before summer",
        "source": OpportunitySource.PARTNER,
        "status": OpportunityStatus.OPEN,
        "stage": "qualification",
        "days_in_stage": 3,
        "account": AccountFacts("Northwind", "manufacturing", "DE", 800),
        "partner": PartnerFacts("Contoso", PartnerTier.GOLD),
        "owner": "A. Seller",
        "qualification": {question.key: "known" for question in spec(key).questions},
        "today": TODAY,
        "registration": RegistrationFacts(RegistrationStatus.APPROVED),
    }
    return deal_variables(**{**filled, **changes})


def empty_deal() -> dict[str, Any]:
    nothing: dict[str, Any] = dict.fromkeys(
        ("amount", "currency", "close_date", "next_step", "notes", "partner", "owner", "registration")
    )
    return deal(account=AccountFacts("Northwind"), qualification={}, **nothing)


def criterion_holds(key: str, stage: str, criterion: str, deal: dict[str, Any]) -> bool:
    text = {(at, found.key): found.expression for at, found in criteria(key)}[stage, criterion]
    assert text is not None
    return compile_condition(text).holds(deal)


def test_eight_starters_are_shipped() -> None:
    assert sorted(found.key for found in templates()) == KEYS
    assert sorted(path.name for path in SHIPPED.glob("*.yaml")) == [f"{key}.yaml" for key in KEYS]
    assert len({found.industry for found in templates()}) == 8


def test_a_starter_shows_what_its_spec_says() -> None:
    found = template("it-software")
    assert found is not None
    assert (found.key, found.name, found.industry) == ("it-software", "IT software", "IT software")
    assert (found.name, found.industry, found.description) == (
        found.spec.name,
        found.spec.industry,
        found.spec.description,
    )


def test_an_unknown_key_has_no_template() -> None:
    assert template("aerospace") is None


def test_templates_are_read_once() -> None:
    assert templates() is templates()


@pytest.mark.parametrize("key", KEYS)
class TestEveryStarter:
    def test_has_five_to_seven_open_stages_then_won_and_lost(self, key: str) -> None:
        assert 5 <= len(open_stages(key)) <= 7
        assert [stage.key for stage in spec(key).stages[-2:]] == ["closed-won", "closed-lost"]

    def test_has_rising_probabilities_below_certainty(self, key: str) -> None:
        ladder = [0.0, *(stage.win_probability for stage in open_stages(key)), 1.0]
        assert ladder == sorted(set(ladder))

    def test_never_goes_back_in_the_buyers_journey_or_the_forecast(self, key: str) -> None:
        phases = [list(BuyerPhase).index(stage.buyer_phase) for stage in open_stages(key) if stage.buyer_phase]
        forecasts = [list(ForecastCategory).index(stage.forecast_category) for stage in open_stages(key)]
        assert len(phases) == len(open_stages(key))
        assert phases == sorted(phases)
        assert forecasts == sorted(forecasts)
        assert open_stages(key)[-1].forecast_category is ForecastCategory.COMMIT

    def test_says_for_every_open_stage_what_it_takes(self, key: str) -> None:
        for stage in open_stages(key):
            assert len(stage.definition) >= 100, stage.key
            assert 2 <= len(stage.exit_criteria) <= 4, stage.key
            assert len(stage.entry_criteria) <= 2, stage.key
            assert 2 <= len(stage.activities) <= 4, stage.key
            assert stage.target_days, stage.key
            assert all(activity.effort_minutes and activity.description for activity in stage.activities), stage.key
            assert any(criterion.expression is None for criterion in stage.exit_criteria) or stage.auto_advance
            assert any(criterion.expression for criterion in stage.exit_criteria), stage.key

    def test_advances_by_itself_from_its_first_stage_alone(self, key: str) -> None:
        assert [stage.auto_advance for stage in spec(key).stages] == [True] + [False] * (len(spec(key).stages) - 1)

    def test_has_nothing_that_keeps_it_from_advancing_by_itself(self, key: str) -> None:
        first, second = spec(key).stages[:2]
        assert any(criterion.required for criterion in first.exit_criteria)
        assert [activity.key for activity in first.activities if activity.required] == []
        assert [criterion.key for criterion in second.entry_criteria if criterion.required] == []

    def test_has_one_required_activity(self, key: str) -> None:
        required = [activity for stage in spec(key).stages for activity in stage.activities if activity.required]
        assert len(required) == 1

    def test_is_won_by_meeting_the_last_stages_exit_criteria_alone(self, key: str) -> None:
        assert [stage.entry_criteria for stage in spec(key).stages if stage.kind is not StageKind.OPEN] == [(), ()]

    def test_asks_the_questions_that_its_expressions_rest_on(self, key: str) -> None:
        asked = {question.key for question in spec(key).questions}
        assert spec(key).qualification_framework
        assert all(question.prompt for question in spec(key).questions)
        for _, criterion in criteria(key):
            if criterion.expression is not None and "qualification" in criterion.expression:
                used = set(re.findall(r'"([a-z-]+)"', criterion.expression))
                assert used, criterion.key
                assert used <= asked, criterion.key

    @pytest.mark.parametrize(
        "names", [SALESFORCE, HUBSPOT, OTHERS, OFFERS], ids=["salesforce", "hubspot", "others", "offers"]
    )
    def test_knows_the_stages_that_a_crm_begins_with_in_their_order(self, key: str, names: list[str]) -> None:
        places = {
            name.casefold(): place
            for place, stage in enumerate(spec(key).stages)
            for name in (stage.name, *stage.aliases)
        }
        found = [places[name.casefold()] for name in names]
        assert found == sorted(found)


@pytest.mark.parametrize(("key", "expression"), list(expressions()))
def test_an_expression_holds_for_a_full_deal_and_not_for_an_empty_one(key: str, expression: str) -> None:
    cel.compile(expression)
    condition = compile_condition(expression)
    full, empty = condition.evaluate(deal(key)), condition.evaluate(empty_deal())
    assert (full.met, full.problem) == (True, None)
    assert (empty.met, empty.problem) == (False, None)


@pytest.mark.parametrize(
    ("amount", "authority", "expected"),
    [
        ("99999.99", {}, True),
        ("100000", {}, False),
        ("100000", {"authority": ""}, False),
        ("100000", {"authority": "The plant manager"}, True),
        ("0", {"authority": "The plant manager"}, False),
    ],
)
def test_a_large_manufacturing_project_needs_its_signatory(
    amount: str, authority: dict[str, str], expected: bool
) -> None:
    asked = deal("manufacturing", amount=Decimal(amount), qualification=authority)
    assert criterion_holds("manufacturing", "quotation", "large-project-approved", asked) is expected


@pytest.mark.parametrize(
    ("amount", "next_step", "expected"),
    [("49999.99", None, True), ("50000", None, False), ("50000", "", False), ("50000", "Prepayment agreed", True)],
)
def test_a_large_resale_order_needs_securing(amount: str, next_step: str | None, expected: bool) -> None:
    asked = deal(amount=Decimal(amount), next_step=next_step)
    assert criterion_holds("distribution-resale", "credit-and-terms", "large-order-secured", asked) is expected


@pytest.mark.parametrize(("days", "expected"), [(-1, False), (0, True), (1, True)])
def test_a_close_date_counts_until_it_has_passed(days: int, expected: bool) -> None:
    asked = deal(close_date=TODAY + timedelta(days=days))
    assert criterion_holds("it-software", "proposal", "close-date-ahead", asked) is expected


@pytest.mark.parametrize(
    ("source", "partner", "expected"),
    [
        (OpportunitySource.PARTNER, None, False),
        (OpportunitySource.CO_SELL, None, False),
        (OpportunitySource.VENDOR, None, True),
        (OpportunitySource.PARTNER, PartnerFacts("Contoso"), True),
    ],
)
def test_only_the_vendors_own_deal_goes_without_a_partner(
    source: OpportunitySource, partner: PartnerFacts | None, expected: bool
) -> None:
    asked = deal(source=source, partner=partner)
    assert criterion_holds("it-software", "deal-registration", "seller-named", asked) is expected


@pytest.mark.parametrize("missing", ["decision-criteria", "decision-process"])
def test_all_questions_that_a_criterion_names_must_be_answered(missing: str) -> None:
    answers = {"decision-criteria": "Cost", "decision-process": "Board in May"}
    for rest in (answers | {missing: ""}, {key: answer for key, answer in answers.items() if key != missing}):
        assert not criterion_holds("it-software", "discovery", "decision-known", deal(qualification=rest))
    assert criterion_holds("it-software", "discovery", "decision-known", deal(qualification=answers))


LEAST = """
key: tiny
name: Tiny
industry: Testing
stages:
  - {key: open, name: Open, win_probability: 0.5, forecast_category: PIPELINE}
  - {key: won, name: Won, kind: WON, win_probability: 1, forecast_category: CLOSED}
  - {key: lost, name: Lost, kind: LOST, win_probability: 0, forecast_category: OMITTED}
"""


def test_a_folder_of_templates_loads_in_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(LEAST)
    (tmp_path / "other.yaml").write_text(LEAST.replace("key: tiny", "key: other").replace("Tiny", "zoo"))
    assert [found.key for found in load(tmp_path)] == ["tiny", "other"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LEAST.replace("0.5", "1.5"), "stages.0.win_probability: Input should be less than or equal to 1"),
        (LEAST.replace("key: lost", "key: won"), "stages.2.key: another stage has the key “won” already"),
        (LEAST.replace("key: tiny", "key: small"), "key: “small” must be the name of the file, “tiny”"),
        (LEAST.replace("industry: Testing", ""), "industry: a template belongs to an industry"),
        ("stages: [", "while parsing a flow"),
        ("", "Input should be a valid dictionary"),
    ],
)
def test_a_template_that_does_not_load_names_file_and_path(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(text)
    with pytest.raises(TemplateError) as refused:
        load(tmp_path)
    assert str(refused.value).startswith(f"{path}: ")
    assert said in str(refused.value)


def test_a_template_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_bytes(LEAST.encode() + b"# caf\xe9\n")
    with pytest.raises(TemplateError, match=re.escape(str(path))):
        load(tmp_path)


def test_a_folder_without_templates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="there are no templates"):
        load(tmp_path)
