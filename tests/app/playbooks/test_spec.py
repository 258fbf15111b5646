"""What a playbook's content may be."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.models import Activity, Criterion, Playbook, QualificationQuestion, Stage
from app.playbooks.spec import (
    MAX_ENTRIES,
    MAX_NAME,
    MAX_TEXT,
    ActivitySpec,
    CriterionSpec,
    PlaybookSpec,
    QuestionSpec,
    StageSpec,
)
from app.vocabulary import CriterionCheck, ForecastCategory, StageKind


def stage(key: str = "discovery", **changes: Any) -> dict[str, Any]:
    return {
        "key": key,
        "name": key.title(),
        "win_probability": 0.5,
        "forecast_category": "PIPELINE",
        **changes,
    }


def won(key: str = "closed-won", **changes: Any) -> dict[str, Any]:
    return stage(key, **{"kind": "WON", "win_probability": 1, "forecast_category": "CLOSED", **changes})


def lost(key: str = "closed-lost", **changes: Any) -> dict[str, Any]:
    return stage(key, **{"kind": "LOST", "win_probability": 0, "forecast_category": "OMITTED", **changes})


def playbook(*stages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"key": "direct", "name": "Direct", "stages": list(stages or (stage(), won(), lost())), **changes}


def faults(content: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        PlaybookSpec.model_validate(content)
    return [(".".join(map(str, error["loc"])), error["msg"]) for error in refused.value.errors()]


def criterion(key: str = "budget", **changes: Any) -> dict[str, Any]:
    return {"key": key, "description": "The budget is confirmed.", **changes}


def activity(key: str = "call", **changes: Any) -> dict[str, Any]:
    return {"key": key, "name": "Call the buyer", **changes}


def test_the_least_playbook_is_an_open_a_won_and_a_lost_stage() -> None:
    spec = PlaybookSpec.model_validate(playbook())
    assert [(s.key, s.kind, s.win_probability) for s in spec.stages] == [
        ("discovery", StageKind.OPEN, 0.5),
        ("closed-won", StageKind.WON, 1.0),
        ("closed-lost", StageKind.LOST, 0.0),
    ]
    assert spec.stages[0] == StageSpec(
        key="discovery", name="Discovery", win_probability=0.5, forecast_category=ForecastCategory.PIPELINE
    )


def test_there_may_be_several_lost_stages() -> None:
    spec = PlaybookSpec.model_validate(playbook(stage(), lost(), won(), lost("disqualified")))
    assert [s.key for s in spec.stages] == ["discovery", "closed-lost", "closed-won", "disqualified"]


def test_a_criterion_with_an_expression_is_decided_by_it() -> None:
    assert CriterionSpec.model_validate(criterion()).check_kind is CriterionCheck.MANUAL
    decided = CriterionSpec.model_validate(criterion(expression="deal.amount > 0.0"))
    assert decided.check_kind is CriterionCheck.EXPRESSION


def test_nothing_of_a_spec_can_be_changed() -> None:
    spec = PlaybookSpec.model_validate(playbook())
    with pytest.raises(ValidationError, match="frozen"):
        spec.name = "Other"  # type: ignore[misc]
    assert spec.name == "Direct"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            playbook(stage(), stage(name="Other"), won(), lost()),
            [("stages.1.key", "another stage has the key “discovery” already")],
        ),
        (
            playbook(stage(entry_criteria=[criterion()], exit_criteria=[criterion("x"), criterion()]), won(), lost()),
            [("stages.0.exit_criteria.1.key", "another criterion of this stage has the key “budget” already")],
        ),
        (
            playbook(stage(entry_criteria=[criterion(), criterion()]), won(), lost()),
            [("stages.0.entry_criteria.1.key", "another criterion of this stage has the key “budget” already")],
        ),
        (
            playbook(stage(activities=[activity(), activity()]), won(), lost()),
            [("stages.0.activities.1.key", "another activity of this stage has the key “call” already")],
        ),
        (
            playbook(stage(contents=["deck", "battlecard", "deck"]), won(), lost()),
            [("stages.0.contents.2", "another content of this stage has the key “deck” already")],
        ),
        (
            playbook(questions=[{"key": "need", "label": "Need"}, {"key": "need", "label": "Needs"}]),
            [("questions.1.key", "another question has the key “need” already")],
        ),
        (playbook(stage(), lost()), [("stages", "a playbook needs exactly one won stage and has none")]),
        (
            playbook(stage(), won(), won("renewed"), lost()),
            [("stages.2.kind", "a playbook has exactly one won stage, and “Closed-Won” already is it")],
        ),
        (playbook(stage(), won()), [("stages", "a playbook needs at least one lost stage")]),
        (playbook(won(), lost()), [("stages", "a playbook needs at least one open stage")]),
        (
            playbook(stage(), won(), stage("later"), lost()),
            [("stages.2", "closed stages come last: “Later” is open and stands after “Closed-Won”")],
        ),
        (
            playbook(stage(), won(win_probability=0.99), lost()),
            [("stages.1.win_probability", "the win probability of a won stage is 1")],
        ),
        (
            playbook(stage(), won(), lost(win_probability=0.01)),
            [("stages.2.win_probability", "the win probability of a lost stage is 0")],
        ),
        (
            playbook(stage(), stage("poc", aliases=["Pilot", "DISCOVERY"]), won(), lost()),
            [("stages.1.aliases.1", "“DISCOVERY” already stands for the stage “Discovery”")],
        ),
        (
            playbook(stage(aliases=["Pilot"]), stage("poc", name="pilot"), won(), lost()),
            [("stages.1.name", "“pilot” already stands for the stage “Discovery”")],
        ),
    ],
)
def test_a_fault_is_named_with_its_path(content: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults(content) == expected


def test_braces_in_a_name_are_text() -> None:
    content = playbook(stage(name="{message}"), stage("poc", name="{message}"), won(), lost())
    assert faults(content) == [("stages.1.name", "“{message}” already stands for the stage “{message}”")]


def test_all_faults_of_a_playbook_are_named_at_once() -> None:
    content = playbook(won(), stage(), stage(), questions=[{"key": "q", "label": "Q"}, {"key": "q", "label": "Q"}])
    assert faults(content) == [
        ("questions.1.key", "another question has the key “q” already"),
        ("stages.2.key", "another stage has the key “discovery” already"),
        ("stages.2.name", "“Discovery” already stands for the stage “Discovery”"),
        ("stages", "a playbook needs at least one lost stage"),
        ("stages.1", "closed stages come last: “Discovery” is open and stands after “Closed-Won”"),
        ("stages.2", "closed stages come last: “Discovery” is open and stands after “Closed-Won”"),
    ]


def test_criteria_and_activities_of_different_stages_may_share_a_key() -> None:
    shared: dict[str, Any] = {"exit_criteria": [criterion()], "activities": [activity()]}
    spec = PlaybookSpec.model_validate(playbook(stage(**shared), stage("poc", **shared), won(), lost()))
    assert [s.exit_criteria[0].key for s in spec.stages[:2]] == ["budget", "budget"]


def test_an_alias_may_repeat_the_name_of_its_own_stage() -> None:
    spec = PlaybookSpec.model_validate(playbook(stage(aliases=["Discovery"]), won(), lost()))
    assert spec.stages[0].aliases == ("Discovery",)


@pytest.mark.parametrize("key", ["Discovery", "two words", "-a", "a-", "a--b", "a_b", "é", "a\u00a0b", "a.b"])
def test_a_key_that_is_not_kebab_case_is_refused(key: str) -> None:
    said = f"“{key}” isn't a key: use lower-case letters and digits, with single hyphens between words"
    assert faults(playbook(stage(key, name="Discovery"), won(), lost())) == [("stages.0.key", said)]


@given(st.from_regex(r"[a-z0-9]{1,20}(-[a-z0-9]{1,20}){0,3}", fullmatch=True))
def test_every_kebab_case_key_is_accepted(key: str) -> None:
    assert QuestionSpec(key=key, label="Need").key == key


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": "n" * (MAX_NAME + 1)}, "stages.0.name"),
        ({"name": "  "}, "stages.0.name"),
        ({"key": "k" * (MAX_NAME + 1), "name": "Discovery"}, "stages.0.key"),
        ({"definition": "d" * (MAX_TEXT + 1)}, "stages.0.definition"),
        ({"definition": "a\0b"}, "stages.0.definition"),
        ({"name": "a\0b"}, "stages.0.name"),
        ({"definition": "\ud800"}, "stages.0.definition"),
        ({"aliases": ["a" * (MAX_NAME + 1)]}, "stages.0.aliases.0"),
        ({"aliases": [f"a{n}" for n in range(MAX_ENTRIES + 1)]}, "stages.0.aliases"),
        ({"win_probability": -0.01}, "stages.0.win_probability"),
        ({"win_probability": 1.01}, "stages.0.win_probability"),
        ({"win_probability": float("nan")}, "stages.0.win_probability"),
        ({"target_days": 0}, "stages.0.target_days"),
        ({"target_days": 3_651}, "stages.0.target_days"),
        ({"kind": "PAUSED"}, "stages.0.kind"),
        ({"buyer_phase": "BORED"}, "stages.0.buyer_phase"),
        ({"forecast_category": "SURE"}, "stages.0.forecast_category"),
        ({"colour": "red"}, "stages.0.colour"),
        ({"exit_criteria": [criterion(description="")]}, "stages.0.exit_criteria.0.description"),
        ({"exit_criteria": [criterion(expression="")]}, "stages.0.exit_criteria.0.expression"),
        ({"exit_criteria": [criterion(check="MANUAL")]}, "stages.0.exit_criteria.0.check"),
        ({"activities": [activity(effort_minutes=0)]}, "stages.0.activities.0.effort_minutes"),
        ({"activities": [activity(serves=["nowhere"])]}, "stages.0.activities.0.serves.0"),
        ({"contents": ["Not a key"]}, "stages.0.contents.0"),
    ],
)
def test_a_value_out_of_bounds_is_refused_at_its_path(changes: dict[str, Any], path: str) -> None:
    assert [found for found, _ in faults(playbook(stage(**changes), won(), lost()))] == [path]


def test_the_longest_texts_are_accepted() -> None:
    longest = stage("k" * MAX_NAME, name="n" * MAX_NAME, definition="d" * MAX_TEXT, target_days=3_650)
    spec = PlaybookSpec.model_validate(playbook(longest, won(), lost(), description="d" * MAX_TEXT))
    assert (len(spec.stages[0].name), len(spec.stages[0].definition)) == (MAX_NAME, MAX_TEXT)


def test_texts_lose_the_space_around_them() -> None:
    assert QuestionSpec(key="need", label=" Need ", prompt="\nWhy?\n") == QuestionSpec(
        key="need", label="Need", prompt="Why?"
    )


@pytest.mark.parametrize(
    ("spec", "table", "apart"),
    [
        (PlaybookSpec, Playbook, {"questions", "stages"}),
        (QuestionSpec, QualificationQuestion, set()),
        (StageSpec, Stage, {"entry_criteria", "exit_criteria", "activities", "contents"}),
        (CriterionSpec, Criterion, set()),
        (ActivitySpec, Activity, set()),
    ],
)
def test_every_field_is_a_column_unless_it_has_a_table_of_its_own(spec: Any, table: Any, apart: set[str]) -> None:
    assert set(spec.model_fields) - apart <= set(table._meta.fields_map)
