"""What a review says of conditions and forecast categories: what it can prove, and nothing that it can't."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import schema
from app.deals.remedies import Inputs, use_inputs
from app.playbooks.review import ComputedCriterion, Issue, ReviewedPlaybook, ReviewedStage, review
from app.playbooks.templates import templates
from app.vocabulary import CriterionPhase, ForecastCategory, PlaybookIssueCode, Severity, StageKind
from schema.fillable import inputs_of
from tests.app.playbooks.test_review import AT, closed_stage, open_stage, playbook

ENTRY, EXIT = CriterionPhase.ENTRY, CriterionPhase.EXIT
NEVER, ALWAYS = PlaybookIssueCode.CONDITION_NEVER_MET, PlaybookIssueCode.CONDITION_ALWAYS_MET
CLOSED = [closed_stage(StageKind.WON, 20), closed_stage(StageKind.LOST, 21)]


@pytest.fixture
def without_accounts() -> Iterator[None]:
    """As if no mutation set what is known of customers."""
    whole = inputs_of(schema.schema._schema)
    use_inputs({of: given for of, given in whole.items() if of != "Account"})
    yield
    use_inputs(whole)


def asking(*expressions: str, place: int = 1, phase: CriterionPhase = EXIT, required: bool = True) -> ReviewedPlaybook:
    """Four stages (registration, qualification, discovery, validation), one of which asks these."""
    asked = tuple(ComputedCriterion(f"c{n}", phase, required, text) for n, text in enumerate(expressions))
    stages = (open_stage(n, conditions=asked if n == place else ()) for n in range(4))
    return playbook(*stages, questions=("need", "budget"))


def issues(reviewed: ReviewedPlaybook) -> list[Issue]:
    return review(reviewed, at=AT)


def codes(reviewed: ReviewedPlaybook) -> list[PlaybookIssueCode]:
    return [issue.code for issue in issues(reviewed)]


@pytest.mark.parametrize(
    "expression",
    [
        "false",
        "1 > 2",
        "1 + 1 == 3",
        "size('abc') > 3",
        "'abc'.contains('z')",
        "[1, 2].exists(n, n > 3)",
        "deal.amount > 5.0 && deal.amount < 3.0",
        "deal.amount < 0.0",
        "deal.amount > 1e16",
        "deal.amount > deal.amount",
        "deal.amount != null && deal.currency == null",
        'deal.closeDate > "2300-01-01"',
        'deal.closeDate > "2026-06-30" && deal.closeDate < "2026-01-01"',
        "deal.closeDate == null && deal.daysToClose > 3",
        "deal.daysInStage > 3 && deal.daysInStage < 4",
        "deal.daysInStage < 0",
        'deal.name == ""',
        "size(deal.name) > 20000",
        'deal.status == "WON"',
        'deal.stage == "validation"',
        "deal.account == null",
        "deal.account.employees > 3000000000",
        'deal.account.country == "DE" && deal.account.country == "AT"',
        'deal.account.country in ["DE", "AT"] && !(deal.account.country in ["AT", "DE"])',
        "deal.nextStep == null && size(deal.nextStep) > 3",
        'deal.qualification["need"] == ""',
        '!("need" in deal.qualification) && deal.qualification["need"] != "x"',
        'deal.name.contains("a") && !deal.name.contains("a")',
        '["DE", "AT"].all(c, deal.account.country == c)',
        'deal.source == "PARTNER" ? deal.source == "VENDOR" : false',
        "deal.partner == null && deal.partner != null",
    ],
)
def test_what_no_deal_can_meet_is_an_error_and_what_is_only_wished_for_a_warning(expression: str) -> None:
    (issue,) = issues(asking(expression))
    assert (issue.code, issue.severity, issue.stage_key) == (NEVER, Severity.ERROR, "qualification")
    assert "“c0” in “Qualification”" in issue.message
    assert [issue.severity for issue in issues(asking(expression, required=False))] == [Severity.WARNING]


@pytest.mark.parametrize(
    "expression",
    [
        "true",
        'deal.status == "OPEN"',
        "deal.daysInStage >= 0",
        'deal.name != ""',
        "deal.account != null",
        "deal.amount == null || deal.amount >= 0.0",
        'deal.source in ["PARTNER", "VENDOR", "CO_SELL"]',
        "deal.amount > 5.0 || true",
        'deal.stage != "validation"',
        'deal.account.country == "DE" || deal.account.country != "DE"',
        "has(deal.amount) || true",
        'deal.owner != ""',
    ],
)
def test_what_every_deal_meets_is_a_warning(expression: str) -> None:
    (issue,) = issues(asking(expression))
    assert (issue.code, issue.severity, issue.stage_key) == (ALWAYS, Severity.WARNING, "qualification")


@pytest.mark.parametrize(
    "expression",
    [
        "deal.amount >= 0.0",
        "deal.amount > 5.0 && deal.amount < 5.01",
        'deal.closeDate >= "2026"',
        "deal.account.employees * 2 < 0",
        "deal.amount > deal.account.employees",
        'deal.name.matches("^x")',
        "deal.nextStep.size() > 9999",
        'deal.stage == "registration"',
        'deal.stage == "qualification"',
        'deal.qualification["need"] != ""',
        'deal.qualification.exists(k, deal.qualification[k] == "x")',
        'deal.source == "VENDOR" || deal.partner != null',
        "deal.account.country != null && deal.account.employees > 0",
        "deal.amount > 5.0 || deal.amount <= 5.0",
    ],
)
def test_what_some_deals_meet_and_others_do_not_is_no_issue(expression: str) -> None:
    assert issues(asking(expression)) == []


@pytest.mark.parametrize(
    ("expression", "code", "said"),
    [
        ('deal.stage == "porposal"', PlaybookIssueCode.UNKNOWN_STAGE, "“porposal”"),
        ('deal.stage in ["qualification", "x"]', PlaybookIssueCode.UNKNOWN_STAGE, "“x”"),
        ('deal.qualification["chmapion"] != ""', PlaybookIssueCode.UNKNOWN_QUESTION, "“chmapion”"),
        ('"x" in deal.qualification', PlaybookIssueCode.UNKNOWN_QUESTION, "“x”"),
        ("has(deal.qualification.x) || deal.amount > 1.0", PlaybookIssueCode.UNKNOWN_QUESTION, "“x”"),
        ('["need", "x"].all(k, k in deal.qualification)', PlaybookIssueCode.UNKNOWN_QUESTION, "“x”"),
        ('["x"].exists(k, deal.qualification[k] != "")', PlaybookIssueCode.UNKNOWN_QUESTION, "“x”"),
        ('deal.source == "partner" || deal.amount > 1.0', PlaybookIssueCode.UNKNOWN_VALUE, "“partner”"),
        ('deal.currency == "EURO"', PlaybookIssueCode.UNKNOWN_VALUE, "“EURO”"),
        ('deal.currency in ["EUR", "eur"]', PlaybookIssueCode.UNKNOWN_VALUE, "“eur”"),
        ('deal.closeDate == "30.09.2026"', PlaybookIssueCode.UNKNOWN_VALUE, "“30.09.2026”"),
        ('deal.closeDate < "30.09.2026"', PlaybookIssueCode.UNKNOWN_VALUE, "“30.09.2026”"),
    ],
)
def test_a_key_or_word_that_does_not_exist_is_named_once(expression: str, code: PlaybookIssueCode, said: str) -> None:
    (issue,) = issues(asking(expression))
    assert (issue.code, issue.stage_key) == (code, "qualification")
    assert said in issue.message


def test_an_unknown_key_that_makes_the_criterion_a_dead_end_is_an_error() -> None:
    (dead,) = issues(asking('deal.qualification["x"] != ""'))
    (harmless,) = issues(asking('"x" in deal.qualification || deal.amount > 1.0'))
    assert (dead.severity, harmless.severity) == (Severity.ERROR, Severity.WARNING)


def test_criteria_that_no_deal_meets_together_are_named() -> None:
    (issue,) = issues(asking("deal.amount > 100.0", "deal.owner != null", "deal.amount < 50.0"))
    assert (issue.code, issue.severity, issue.stage_key) == (NEVER, Severity.ERROR, "qualification")
    assert issue.message == "No deal leaves “Qualification”: “c0” and “c2” can't be met by one deal."


def test_what_the_next_stage_asks_at_its_entry_counts_as_well() -> None:
    stages = [open_stage(n) for n in range(4)]
    stages[1] = replace(stages[1], conditions=(ComputedCriterion("small", EXIT, True, "deal.amount < 50.0"),))
    stages[2] = replace(stages[2], conditions=(ComputedCriterion("large", ENTRY, True, "deal.amount > 100.0"),))
    assert [(issue.code, issue.stage_key) for issue in issues(playbook(*stages))] == [(NEVER, "qualification")]
    wished = replace(stages[2], conditions=(ComputedCriterion("large", ENTRY, False, "deal.amount > 100.0"),))
    assert issues(playbook(*stages[:2], wished, stages[3])) == []


def test_a_criterion_is_judged_where_it_decides() -> None:
    assert codes(asking('deal.stage == "qualification"', phase=ENTRY)) == [NEVER]
    assert codes(asking('deal.stage == "registration"', phase=ENTRY)) == [ALWAYS]
    assert codes(asking("false", place=0, phase=ENTRY)) == [], "nothing asks for what a deal begins with"


def test_a_field_that_no_mutation_sets_is_named(without_accounts: None) -> None:
    known = "deal.account.country != null && deal.account.employees > 0"
    (country, employees) = issues(asking(known))
    assert {country.code, employees.code} == {PlaybookIssueCode.UNFILLABLE_FIELD}
    assert {country.severity, employees.severity} == {Severity.WARNING}
    assert "`deal.account.country`" in country.message
    assert "`deal.account.employees`" in employees.message


def test_three_starters_were_dead_ends_without_a_way_to_change_customers(without_accounts: None) -> None:
    dead = set()
    for found in templates():
        for stage in found.spec.stages:
            texts = [one.expression for one in (*stage.entry_criteria, *stage.exit_criteria) if one.expression]
            for text in texts:
                reviewed = replace(asking(text), questions=tuple(asked.key for asked in found.spec.questions))
                if any(issue.code is PlaybookIssueCode.UNFILLABLE_FIELD for issue in issues(reviewed)):
                    dead.add(found.key)
    assert dead == {"saas", "managed-services", "healthcare-technology"}


def test_with_the_whole_schema_every_field_that_a_starter_asks_for_can_be_filled() -> None:
    inputs: Inputs = inputs_of(schema.schema._schema)
    assert "upsertAccount" in inputs["Account"]


CATEGORIES = ("OMITTED", "PIPELINE", "BEST_CASE", "COMMIT")


def forecasting(*categories: str, won: str = "CLOSED", lost: str = "OMITTED") -> ReviewedPlaybook:
    opened = [open_stage(n, forecast_category=ForecastCategory(each)) for n, each in enumerate(categories)]
    closed: list[ReviewedStage] = [
        replace(CLOSED[0], forecast_category=ForecastCategory(won)),
        replace(CLOSED[1], forecast_category=ForecastCategory(lost)),
    ]
    return playbook(*opened, closed=closed)


@pytest.mark.parametrize(
    ("reviewed", "wrong"),
    [
        (forecasting(*CATEGORIES), []),
        (forecasting("PIPELINE", "PIPELINE", "COMMIT", "COMMIT"), []),
        (forecasting("PIPELINE", "BEST_CASE", "PIPELINE", "COMMIT"), ["discovery"]),
        (forecasting("PIPELINE", "OMITTED", "COMMIT", "COMMIT"), ["qualification"]),
        (forecasting("COMMIT", "BEST_CASE", "PIPELINE", "OMITTED"), ["qualification", "discovery", "validation"]),
        (forecasting("PIPELINE", "CLOSED", "COMMIT", "COMMIT"), ["qualification"]),
        (forecasting(*CATEGORIES, won="COMMIT"), ["closed-won"]),
        (forecasting(*CATEGORIES, lost="CLOSED"), ["closed-lost"]),
    ],
)
def test_forecast_categories_rise_with_the_stages(reviewed: ReviewedPlaybook, wrong: list[Any]) -> None:
    found = issues(reviewed)
    assert [issue.stage_key for issue in found] == wrong
    assert {issue.code for issue in found} <= {PlaybookIssueCode.FORECAST_OUT_OF_ORDER}
