from pathlib import Path
from typing import Any

import pytest
import yaml

from app.imports.mapping import SHIPPED, MappingError, load

GOOD: dict[str, Any] = {
    "system": "crm",
    "title": "CRM",
    "files": {"opportunities": {"columns": {"external_id": "Id", "name": "Name", "stage": "Stage"}}},
}


def written(tmp_path: Path, **changes: object) -> str:
    path = tmp_path / "mapping.yaml"
    path.write_text(yaml.safe_dump({**GOOD, **changes}), encoding="utf-8")
    return str(path)


def columns(**changes: object) -> dict[str, Any]:
    return {"opportunities": {"columns": {**GOOD["files"]["opportunities"]["columns"], **changes}}}


@pytest.mark.parametrize("name", ["hubspot", "maven", "salesforce"])
def test_the_shipped_mappings_are_found_by_name_and_by_path(name: str) -> None:
    assert load(name) == load(str(SHIPPED / f"{name}.yaml"))
    assert load(name).system == name


def test_a_column_may_be_a_name_several_names_or_spelled_out(tmp_path: Path) -> None:
    mapping = load(written(tmp_path, files=columns(stage=["Stage", "Phase"], name={"join": ["A", "B"]})))
    of = mapping.files["opportunities"].columns
    assert (of["external_id"].column, of["stage"].column, of["name"].join) == (("Id",), ("Stage", "Phase"), ("A", "B"))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"system": "My CRM"}, "system: String should match pattern"),
        ({"system": "api"}, "`api` is Stagepath's own"),
        ({"sytem": "crm"}, "sytem: Extra inputs are not permitted"),
        ({"files": {}}, "`files` has no `opportunities`"),
        ({"files": {"deals": {"columns": {}}}}, "`deals` is not a file's role; roles are opportunities, history"),
        ({"files": columns(amuont="Amount")}, "opportunities: `amuont` is not a field; fields are external_id, name"),
        ({"files": {"opportunities": {"columns": {"name": "N", "stage": "S"}}}}, "no column for `external_id`"),
        ({"files": columns(stage={"optional": True})}, "give either `column` or `join`"),
        ({"files": columns(stage={"column": "S", "values": {"Yes": True}})}, "put every key and value in quotes"),
        ({"files": columns(created_at={"column": "C", "dates": ["dd/mm"]})}, "`dd/mm` is not a date format"),
        ({"dates": ["dd/mm/yyyy", "mm/dd/yyyy"]}, "read the same text as different days"),
        ({"numbers": {"decimal": ",", "thousands": ","}}, "`decimal` and `thousands` are the same sign"),
        ({"constants": {"currency": "EURO"}}, "“EURO” is not an ISO 4217 currency code"),
        ({"stages": {"Won": "Closed Won"}}, "“Closed Won” is not a stage's key"),
        ({"history_from_columns": [{"column": "C"}]}, "give either `stage` or `stages`"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, changes: dict[str, object], fault: str) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(MappingError) as refused:
        load(path)
    assert str(refused.value).startswith(f"{path}:\n")
    assert fault in str(refused.value)


def test_a_history_comes_from_a_file_or_from_columns_and_not_from_both(tmp_path: Path) -> None:
    history = {"columns": {"opportunity": "Id", "at": "At", "stage": "Stage"}}
    dated = [{"column": "C", "stage": "S"}]
    files = {**columns(), "history": history}
    with pytest.raises(MappingError, match="either a `history` file or `history_from_columns`"):
        load(written(tmp_path, files=files, history_from_columns=dated))


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(MappingError) as refused:
        load(written(tmp_path, system="", dates=["x"], constants={"currency": "E"}))
    assert len(str(refused.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("content", "fault"),
    [("- a\n- b\n", "is a YAML mapping that begins"), ("a: [", "while parsing"), ("\xff", "begins with")],
)
def test_what_is_no_mapping_at_all_is_said_to_be_none(tmp_path: Path, content: str, fault: str) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(MappingError, match=fault):
        load(str(path))


def test_a_file_that_is_not_there_is_told_with_the_ones_that_are() -> None:
    with pytest.raises(MappingError) as refused:
        load("nowhere")
    expected = "nowhere: no such mapping file, and none of the shipped ones (dynamics, hubspot, maven, salesforce)"
    assert str(refused.value) == expected


def test_the_example_in_the_documentation_is_a_mapping(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")
    path = tmp_path / "my-crm.yaml"
    path.write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    mapping = load(str(path))
    assert (mapping.system, mapping.constants.currency) == ("my-crm", "EUR")
    assert mapping.stages == {"Angebot": "proposal"}
