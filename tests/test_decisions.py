"""Decision records keep their form, and the packages are this checkout's."""

import re
from pathlib import Path

import pytest

import app
import expressions
import guidance
import schema

ROOT = Path(__file__).parents[1]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def test_there_are_records_with_numbers_of_their_own() -> None:
    numbers = [record.name[:4] for record in RECORDS]
    assert len(numbers) >= 12
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_is_a_page_of_context_decision_and_consequences(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    assert re.findall(r"^(#+ .*)$", text, re.MULTILINE)[1:] == ["## Context", "## Decision", "## Consequences"]
    assert len(text.splitlines()) <= 60


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_the_files_and_settings_that_a_record_names_are_there(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:app|schema|guidance|expressions|prompts|docs|bench|tests)/[\w./-]*)`", text):
        assert (ROOT / path).exists(), path
    settings = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"`(STAGEPATH_[A-Z_]+|DATABASE_URL)\b", text):
        assert f"| `{name}` |" in settings, name


@pytest.mark.parametrize("package", [app, schema, guidance, expressions], ids=lambda package: package.__name__)
def test_packages_of_common_names_are_ours(package: object) -> None:
    [path] = package.__path__  # type: ignore[attr-defined]
    assert Path(path).parent == ROOT
