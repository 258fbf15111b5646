"""Rules that administrators write: what they can say, what is refused when saved, and that none can break a request."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance import recommend
from guidance.actions import ActionKind, Evidence, Urgency
from guidance.facts import Account, Facts
from guidance.rules.custom import CustomRule, Problem, Reading, check, propose
from guidance.rules.custom_facts import FIELDS, deal_variables
from guidance.rules.custom_syntax import template_of
from tests.guidance.builders import NOW, SHARING, facts


def rule(**changes: Any) -> CustomRule:
    told = {
        "id": "rule/1",
        "condition": "deal.amount != null && deal.amount >= 40000.0 && deal.quietDays > 1",
        "title": "Show {{ deal.account.name }} the reference plant",
        "rationale": "{{ deal.amount|whole }} {{ deal.currency }} have rested for {{ deal.quietDays }} days.",
    }
    return CustomRule(**(told | changes))


def proposed(one: CustomRule, there: Facts) -> list[Any]:
    return list(propose(one, Reading(there, NOW)))


def test_it_proposes_what_it_says_with_the_facts_it_asked_for() -> None:
    (candidate,) = proposed(rule(urgency=Urgency.HIGH, content_ids=(SHARING.id, "content/elsewhere")), facts())
    assert candidate.title == "Show Northwind the reference plant"
    assert candidate.rationale == "48,000 EUR have rested for 2 days."
    assert candidate.evidence == (Evidence("amount", "48000", "deal"), Evidence("quietDays", "2", "deal"))
    assert (candidate.kind, candidate.urgency, candidate.target.content_ids) == (
        ActionKind.CUSTOM,
        Urgency.HIGH,
        (SHARING.id,),
    )


@pytest.mark.parametrize(
    ("where", "applies"),
    [
        ({}, True),
        ({"stage_key": "technical-validation"}, True),
        ({"stage_key": "proposal"}, False),
        ({"playbook_key": "it-software"}, True),
        ({"playbook_key": "saas", "stage_key": "technical-validation"}, False),
    ],
)
def test_it_applies_to_its_own_playbook_and_stage(where: dict[str, str], applies: bool) -> None:
    actions = recommend(facts(), at=NOW, custom_rules=[rule(**where)]).actions
    assert any(ranked.candidate.kind is ActionKind.CUSTOM for ranked in actions) is applies


def test_the_same_rule_on_the_same_stage_is_the_same_action_however_it_is_worded() -> None:
    (one,), (other,), (third,) = (
        proposed(rule(), facts()),
        proposed(rule(title="Otherwise"), facts(deal={"amount": facts().deal.amount})),
        proposed(rule(id="rule/2"), facts()),
    )
    assert one.key == other.key != third.key


CONDITIONS = (
    "deal.stalled",
    '"signed-off" in deal.unmetCriteria',
    'deal.qualification["champion"] != ""',
    '"champion" in deal.qualification && deal.qualification["champion"] != ""',
    'deal.account.industry == "Logistics"',
    "deal.amountAgainstUsual != null && deal.amountAgainstUsual > 2.0",
    "deal.stayPercentile != null && deal.stayPercentile > 0.9",
    'deal.name.startsWith("Ware") || deal.notes.contains("tablet")',
    "size(deal.freshContents) > 0",
    'deal.partner != null && deal.partner.tier == "GOLD"',
)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions_that_may_be_saved(condition: str) -> None:
    assert check(rule(condition=condition)) == ()


TEMPLATES = (
    "{{ deal.name }}",
    "{{ deal.notes|default('none', true) }}",
    "{% if deal.stalled %}It rests{% else %}It moves{% endif %}",
    "{{ 'late' if deal.daysToClose < 0 else 'in time' }}",
    "{{ deal.unmetCriteria|join(', ') }}",
    "{{ deal.qualification['champion'] }} helps",
    "{{ deal.account.name|upper }}",
)


@pytest.mark.parametrize("template", TEMPLATES)
def test_templates_that_may_be_saved(template: str) -> None:
    assert check(rule(title=template, rationale=template)) == ()


REFUSED_CONDITIONS = {
    "": "can’t be read",
    "deal.amount >": "can’t be read",
    "true": "speaks of “deal”",
    "account.name == 'x'": "speaks of “deal”",
    "deal.amount > 1.0 || user.admin": "speaks of “deal”",
    "deal.colour == 'red'": "has no “colour”",
    "deal.account.revenue > 1.0": "has no “revenue”",
    "deal.amount.value > 1.0": "has no “value”",
    "deal.amount": "neither true nor false",
    "deal.name > 5": "mixes values",
    "deal.unmetCriteria.exists(c, c == 'x')": "no loops",
    "deal.unmetCriteria.all (c, true)": "no loops",
    "deal.unmetCriteria.map(c, c) == []": "no loops",
    "deal.unmetCriteria.filter\n(c, true) == []": "no loops",
    "deal.name.matches('(a+)+$')": "no function “matches”",
    "deal.amount > 1.0 && timestamp('2026-01-01T00:00:00Z') < timestamp('2026-01-01T00:00:00Z')": "no function",
    "deal.amount > 1.0 && " + "true && " * 80 + "true": "at most 500",
    "deal.amount > " + "(" * 200 + "1.0" + ")" * 200: "",
}


@pytest.mark.parametrize(("condition", "said"), REFUSED_CONDITIONS.items())
def test_conditions_that_are_refused_say_why(condition: str, said: str) -> None:
    problems = check(rule(condition=condition))
    if said or problems:
        assert [problem.field for problem in problems] == ["condition"]
        assert said in problems[0].message


REFUSED_TEMPLATES = {
    "": "empty",
    "   ": "empty",
    "{{ deal.name": "can’t be read",
    "{{ name }}": "“name” is unknown",
    "{{ deal.colour }}": "has no “colour”",
    "{{ deal.account.revenue }}": "has no “revenue”",
    "{% for c in deal.unmetCriteria %}{{ c }}{% endfor %}": "no for",
    "{% set x = 1 %}a": "no assign",
    "{% macro m() %}x{% endmacro %}a": "no macro",
    "{% include 'x' %}": "no include",
    "{% import 'x' as y %}": "no import",
    "{{ deal.name * 100000 }}": "no mul",
    "{{ 9 ** 9 ** 9 }}": "no pow",
    "{{ deal.name ~ deal.name }}": "no concat",
    "{{ deal.name + deal.name }}": "no add",
    "{{ range(1000000000) }}": "",
    "{{ deal.name.__class__ }}": "has no “__class__”",
    "{{ deal.__class__ }}": "has no “__class__”",
    "{{ deal['__class__'] }}": "Only deal.qualification has items",
    "{{ deal['items'] }}": "Only deal.qualification has items",
    "{{ deal.qualification.items() }}": "no call",
    "{{ deal.name.format(1) }}": "no call",
    "{{ deal.name|attr('__class__') }}": "no filter “attr”",
    "{{ deal.name|replace('a', 'b' ) }}": "no filter “replace”",
    "{{ deal.name|center(1000000000) }}": "no filter “center”",
    "{{ deal|tojson }}": "no filter “tojson”",
    "{{ deal.unmetCriteria|map('upper')|join }}": "right after a list",
    "{{ deal.notes|join(deal.notes)|join(deal.notes) }}": "right after a list",
    "{{ deal.unmetCriteria|join(deal.notes) }}": "right after a list",
    "{{ deal.unmetCriteria|join('" + "x" * 11 + "') }}": "right after a list",
    "{{ deal.qualification }}": "use “join”",
    "{{ deal.unmetCriteria }}": "use “join”",
    "{{ deal.name[0:2] }}": "",
    "{{ self }}": "“self” is unknown",
    "{{ cycler.__init__.__globals__ }}": "",
    "x" * 1_001: "at most 1000",
    "{% if deal.amount < 0 %}never{% endif %}": "says nothing",
    "{{ " + "not " * 240 + "deal.stalled }}": "more than 16 deep",
    "{{ deal.name" + "|upper" * 150 + " }}": "more than 16 deep",
    "{% if deal.stalled %}" * 30 + "x" + "{% endif %}" * 30: "more than 16 deep",
    "{{ " + "1 if deal.stalled else " * 40 + "2 }}": "more than 16 deep",
    "{{ 1 < 2" + " < 3" * 200 + " }}": "more than 150 parts",
    "{{ " + "(" * 490 + "1" + ")" * 490 + " }}": "can’t be read",
}


@pytest.mark.parametrize(("template", "said"), REFUSED_TEMPLATES.items())
def test_templates_that_are_refused_say_why(template: str, said: str) -> None:
    (problem,) = check(rule(title=template))
    assert problem.field == "title"
    assert said in problem.message


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weight": 0.0}, "weight"),
        ({"weight": 1e9}, "weight"),
        ({"weight": float("nan")}, "weight"),
        ({"effort_minutes": 0}, "effort_minutes"),
        ({"kind": ActionKind.COMPLETE_CRITERION}, "kind"),
        ({"kind": ActionKind.ADVANCE_STAGE}, "kind"),
        ({"kind": ActionKind.SHARE_CONTENT}, "content_ids"),
    ],
)
def test_what_else_is_refused(changes: dict[str, Any], field: str) -> None:
    assert [problem.field for problem in check(rule(**changes))] == [field]


def test_every_problem_is_told_at_once() -> None:
    problems = check(rule(condition="true", title="{{ x }}", rationale="", weight=9.0))
    assert [problem.field for problem in problems] == ["weight", "condition", "title", "rationale"]


def test_an_empty_field_loses_the_rule_and_nothing_else() -> None:
    there = facts(deal={"currency": None})
    without, among = recommend(there, at=NOW), recommend(there, at=NOW, custom_rules=[rule(), rule(id="2", title="Go")])
    assert {one.candidate.key for one in without.actions} == {one.candidate.key for one in among.actions}
    assert among.lost == ()


BAD_ALL_THE_SAME = (
    rule(condition="deal.amount >"),
    rule(condition="deal.unmetCriteria.exists(c, true)"),
    rule(condition="deal.amount"),
    rule(condition="1 / 0 == 1 && deal.stalled"),
    rule(condition="deal.name == 5 || deal.amount > 'x'"),
    rule(title="{{ deal.notes|join(deal.notes)|join(deal.notes) }}"),
    rule(title="{{ deal.name.__class__.__mro__ }}"),
    rule(title="{{ deal.amount * 99999999 }}"),
    rule(title="{{ deal.qualification['nothing'] }}"),
    rule(title="{% if true %}{% endif %}"),
    rule(weight=0.0),
    rule(effort_minutes=-5),
)


@pytest.mark.parametrize("bad", BAD_ALL_THE_SAME)
def test_a_rule_that_was_never_checked_breaks_no_answer(bad: CustomRule) -> None:
    usual = recommend(facts(), at=NOW)
    answer = recommend(facts(), at=NOW, custom_rules=[bad, rule(id="rule/good")])
    assert len(answer.actions) == len(usual.actions) + 1
    assert any(ranked.candidate.title.startswith("Show Northwind") for ranked in answer.actions)


@pytest.mark.parametrize("template", TEMPLATES)
def test_long_facts_dont_make_long_titles(template: str) -> None:
    there = facts(deal={"name": "N" * 50_000, "notes": "x " * 500_000, "account": Account("A" * 50_000)})
    for candidate in proposed(rule(title=template, rationale=template), there):
        assert len(candidate.title) <= 120
        assert len(candidate.rationale) <= 600


def test_joined_lists_write_no_more_than_anybody_reads() -> None:
    many = template_of("{{ deal.unmetCriteria|join('0123456789') }}" * 20)
    written = many.render({"unmetCriteria": ["k" * 200] * 500}, 600)
    assert 600 < len(written) <= 1_000


WORDS = """
    deal .amount .notes .qualification .account.name .unmetCriteria ['x'] [0] ( ) {{ }} {% %} if endif else for in |join
    |upper |default ('x') 1 2.0 'a' "b" + * ** ~ - / == > && || ! ? : null true .exists( size( string( \\ ` _ @ é 😀 |
"""
PIECES = st.sampled_from(WORDS.split())


@settings(max_examples=100)
@given(condition=st.lists(PIECES, max_size=12).map(" ".join), title=st.lists(PIECES, max_size=12).map(" ".join))
def test_no_text_breaks_checking_or_proposing(condition: str, title: str) -> None:
    strange = rule(condition=condition, title=title)
    assert all(isinstance(problem, Problem) for problem in check(strange))
    assert recommend(facts(), at=NOW, custom_rules=[strange]).lost == ()


def test_every_documented_field_is_there() -> None:
    assert set(deal_variables(facts(), NOW)) == set(FIELDS)
    alone = replace(facts(), partner=None)
    assert deal_variables(alone, NOW)["partner"] is None
