"""The figures that advice has to reach, and that the evaluation would notice if it didn't."""

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from typer import Typer
from typer.testing import CliRunner

from guidance import recommend
from guidance.actions import ActionKind
from guidance.evaluation.answers import rules_result
from guidance.evaluation.command import AT, evaluate
from guidance.evaluation.golden import read_golden
from guidance.evaluation.measure import Marks, figures_of, marks_of
from guidance.evaluation.playbooks import Unmeasurable
from guidance.evaluation.thresholds import read_thresholds, shortfalls
from guidance.rules import RULES
from tests.guidance import model_server as say
from tests.guidance.model_server import ModelServer, model_server

CASES, PLAYBOOKS = Path(__file__).with_name("cases"), Path(__file__).parents[2] / "app" / "playbooks" / "templates"
command = Typer()
command.command()(evaluate)


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(CASES, tmp_path / "cases"))


def run(cases: Path, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, ["--cases", str(cases), "--playbooks", str(PLAYBOOKS), *more])
    return result.exit_code, result.output


@pytest.mark.parametrize("part", ["tuned", "held_out"])
def test_the_rules_reach_what_they_have_to(part: str) -> None:
    golden = read_golden(CASES, PLAYBOOKS, AT)
    result = rules_result(golden, AT)
    figures = getattr(result, part)
    assert list(shortfalls(figures, read_thresholds(CASES))) == []
    assert (figures.forbidden, figures.evidence, result.lost) == (0, 1.0, ())


def test_the_bar_is_the_one_that_was_set() -> None:
    wanted = read_thresholds(CASES)
    assert (wanted.must_recall, wanted.precision, wanted.forbidden, wanted.evidence) == (0.95, 0.8, 0, 1.0)


def test_cases_are_many_and_of_every_shipped_playbook() -> None:
    golden = read_golden(CASES, PLAYBOOKS, AT)
    shipped, own = ({path.stem for path in folder.glob("*.yaml")} for folder in (PLAYBOOKS, CASES / "playbooks"))
    assert {one.playbook for one in golden} == shipped | own
    assert not shipped & own
    assert len(golden) >= 170
    assert len({one.name for one in golden}) == len(golden)
    assert sum(one.held_out for one in golden if one.playbook in own) == 32
    assert sum(one.held_out for one in golden) >= 70


NOWHERE_EXPECTED = {ActionKind.SHARE_CONTENT, ActionKind.STUDY_CONTENT, ActionKind.CUSTOM}


def test_every_kind_of_advice_is_expected_somewhere() -> None:
    expected = {action.split()[0] for one in read_golden(CASES, PLAYBOOKS, AT) for action in one.case.must}
    assert expected | NOWHERE_EXPECTED == set(ActionKind)


def test_marks_count_what_was_found_and_what_was_wrong() -> None:
    golden = next(one for one in read_golden(CASES, PLAYBOOKS, AT) if one.case.name == "first days of qualification")
    answer = [ranked.candidate for ranked in recommend(golden.facts, at=AT).actions]
    call = next(one for one in answer if one.target.activity_id == "activity/first-call")
    wrong = replace(call, kind=ActionKind.RE_ENGAGE)
    marks = marks_of(golden, [wrong, *(one for one in answer if one is not call)])
    assert marks.missing == ("DO_ACTIVITY first-call",)
    assert marks.forbidden == ("RE_ENGAGE",)
    figures = figures_of([marks])
    assert (figures.must_recall, figures.forbidden) == (0.0, 1)
    assert figures.precision == pytest.approx(2 / 3)


def test_it_passes_on_the_cases_as_they_are(cases: Path) -> None:
    status, said = run(cases)
    assert (status, "regression" in said) == (0, False)


def test_a_regression_is_told_and_exits_1(cases: Path) -> None:
    file = cases / "saas.yaml"
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    for case in told["cases"]:
        case["wrong"] = [*case.get("wrong", []), "DO_ACTIVITY"]
    file.write_text(yaml.safe_dump(told), encoding="utf-8")
    status, said = run(cases, "--verbose")
    assert status == 1
    assert "regression: rules, cases open to tuning:" in said


def _break_yaml(cases: Path) -> None:
    (cases / "saas.yaml").write_text("playbook: [", encoding="utf-8")


def _misspell_a_target(cases: Path) -> None:
    file = cases / "saas.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("DO_ACTIVITY introduce", "DO_ACTIVITY introduse"), "utf-8")


def _misspell_a_field(cases: Path) -> None:
    file = cases / "saas.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("must:", "musts:", 1), "utf-8")


def _name_another_stage(cases: Path) -> None:
    file = cases / "saas.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("stage: demo", "stage: demonstration", 1), "utf-8")


def _take_all_away(cases: Path) -> None:
    for file in cases.rglob("*.yaml"):
        file.unlink()


def _take_the_bar_away(cases: Path) -> None:
    (cases / "thresholds.yml").unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_break_yaml, "saas.yaml"),
        (_misspell_a_target, "the playbook has no “introduse”"),
        (_misspell_a_field, "cases.0.must"),
        (_name_another_stage, "there is no stage “demonstration”"),
        (_take_all_away, "there are no cases"),
        (_take_the_bar_away, "thresholds.yml"),
    ],
)
def test_what_cant_be_measured_exits_2_and_says_where(damage: object, said: str, cases: Path) -> None:
    assert callable(damage)
    damage(cases)
    status, output = run(cases)
    assert status == 2
    assert output.startswith("unmeasurable: ")
    assert said in output


def test_a_model_without_a_server_is_unmeasurable(cases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert run(cases, "--model", "some-model")[0] == 2


@pytest.fixture
def few(cases: Path) -> Path:
    """Two files, so that a model is asked seldom."""
    for file in cases.rglob("*.yaml"):
        if file.stem not in ("saas", "telecom"):
            file.unlink()
    return cases


async def _measured(server: ModelServer, few: Path, *more: str) -> tuple[int, str]:
    return await asyncio.to_thread(run, few, "--model", "some-model", *more)


async def test_a_model_is_measured_beside_the_rules(few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "results.json"
    async with model_server() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "key")
        status, said = await _measured(server, few, "--results", str(kept))
        asked = len(server.asked)
    assert (status, asked) == (0, 30)
    assert "30 answered, 0 refused, 0 without an answer" in said
    (name, result), *_ = json.loads(kept.read_text(encoding="utf-8")).items()
    assert (name, result["forbidden"], result["answered"]) == ("v3/some-model", 0, 30)


async def test_a_model_that_answers_nothing_is_unmeasurable(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with model_server() as server:
        server.answers(say.status(401))
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "key")
        status, said = await _measured(server, few)
    assert (status, "some-model answered no case" in said) == (2, True)


@pytest.fixture
def two(few: Path) -> Path:
    """Two files of one case each."""
    for file in few.rglob("*.yaml"):
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
        file.write_text(yaml.safe_dump(told | {"cases": told["cases"][:1]}), encoding="utf-8")
    return few


async def test_a_model_gets_the_time_that_is_set(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with model_server() as server:
        server.answers(say.silence())
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "key")
        monkeypatch.setenv("STAGEPATH_LLM_TIMEOUT_SECONDS", "0.1")
        status, said = await _measured(server, two)
    assert status == 2
    assert "0 answered, 0 refused, 2 without an answer" in said


def test_unmeasurable_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(Unmeasurable, match="there are no cases"):
        read_golden(tmp_path, PLAYBOOKS, AT)


def test_every_case_says_which_rules_it_is_there_for_and_every_rule_has_one() -> None:
    golden = read_golden(CASES, PLAYBOOKS, AT)
    assert [one.name for one in golden if not one.case.rules] == []
    for part in (False, True):
        assert {rule for one in golden if one.held_out is part for rule in one.case.rules} >= {
            "advance", "complete_criteria", "do_activities", "re_engage", "repair_close_date", "repair_amount",
            "involve_vendor", "requalify_or_close", "prepare_next_stage",
        }  # fmt: skip
    silent = {"use_content"}  # what it proposes is welcome, and nowhere expected
    assert {rule for one in golden for rule in one.case.rules} == {rule.__name__ for rule in RULES} - silent


def test_a_heavy_case_counts_for_as_much_as_it_weighs() -> None:
    perfect = Marks("one", must=1, found=1, shown=2, welcome=2, actions=2, with_evidence=2)
    missed = replace(perfect, found=0, welcome=1, weight=3.0)
    figures = figures_of([perfect, missed])
    assert figures.must_recall == pytest.approx(0.25)
    assert figures.precision == pytest.approx(5 / 8)


def test_a_miss_is_shown_with_its_facts_and_first_actions(cases: Path) -> None:
    file = cases / "saas.yaml"
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    told["cases"][0]["must"] = ["CLOSE_LOST"]
    file.write_text(yaml.safe_dump(told), encoding="utf-8")
    _, said = run(cases)
    assert "saas: an introduction that nobody has made (open): missing CLOSE_LOST" in said
    assert "facts: registered-lead for 0 of 5 days; 0 days quiet; no close date; no amount; unmet " in said
    assert "1. DO_ACTIVITY introduce (normal): " in said


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ({"first": "STUDY_CONTENT"}, "before STUDY_CONTENT"),
        ({"before": [["STUDY_CONTENT", "DO_ACTIVITY introduce"]]}, "DO_ACTIVITY introduce before STUDY_CONTENT"),
        ({"told": [{"action": "any", "says": ["Zinnober"]}]}, "any doesn’t say “Zinnober”"),
        ({"told": [{"action": "any", "never": ["stage"]}]}, "any says “stage”"),
        ({"drafts": [{"action": "DO_ACTIVITY introduce", "reader": "VENDOR"}]}, "is for CUSTOMER"),
        ({"drafts": [{"action": "STUDY_CONTENT"}]}, "STUDY_CONTENT has no message"),
    ],
)
def test_order_and_texts_are_judged(wanted: dict[str, object], fault: str, cases: Path) -> None:
    file = cases / "saas.yaml"
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    told["cases"] = [told["cases"][0] | wanted]
    file.write_text(yaml.safe_dump(told), encoding="utf-8")
    status, said = run(cases)
    assert status == 1
    assert fault in said
