"""The engine's README speaks of what is there, and of all of it."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ENGINE = ROOT / "schema" / "engine"
TEXT = (ENGINE / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| (`\w+`(?:, `\w+`)*) \| (`[\w/.]+`(?:, `[\w/.]+`)*) \|", TEXT.partition("## Glossary")[2], re.MULTILINE
)


def test_it_names_every_file_of_the_engine() -> None:
    named = set(re.findall(r"`((?:\w+/)?\w+\.py)`", TEXT))
    files = {str(file.relative_to(ENGINE)) for file in ENGINE.rglob("*.py") if file.name != "__init__.py"}
    assert files - named == set()


@pytest.mark.parametrize(("names", "files"), ROWS)
def test_the_glossary_names_what_its_files_have(names: str, files: str) -> None:
    found = re.findall(r"`([\w/.]+)`", files)
    paths = [next(path for path in (ENGINE / name, ROOT / name) if path.exists()) for name in found]
    modules = [import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in paths]
    for name in re.findall(r"`(\w+)`", names):
        assert any(hasattr(module, name) or hasattr(module, f"{name}_of") for module in modules), name


def test_the_glossary_is_read() -> None:
    assert len(ROWS) >= 20
