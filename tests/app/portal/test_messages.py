"""The portal's texts: every language has them all, with the same blanks."""

import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "app" / "portal" / "web" / "src" / "portal" / "messages"


def texts(language: str) -> dict[str, str]:
    read: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))
    return read


def keys(language: str) -> set[str]:
    """Without forms for a number, which each language has as it needs them."""
    return {key for key in texts(language) if not re.search(r"\.(zero|one|two|few|many)$", key)}


OTHERS = sorted(file.stem for file in FOLDER.glob("*.json") if file.stem != "en")


@pytest.mark.parametrize("language", OTHERS)
def test_each_language_has_all_texts(language: str) -> None:
    assert keys(language) == keys("en")


@pytest.mark.parametrize("language", OTHERS)
def test_each_text_has_the_same_blanks(language: str) -> None:
    english = texts("en")
    blanks = re.compile(r"\{\w+\}")
    differing = {
        key
        for key, text in texts(language).items()
        if key in english and sorted(blanks.findall(text)) != sorted(blanks.findall(english[key]))
    }
    assert differing == set()


def test_every_text_is_used() -> None:
    """By its name, or by the beginning of it that a program puts an end to."""
    sources = "\n".join(
        path.read_text("utf-8") for path in FOLDER.parent.rglob("*.ts*") if path.suffix in (".ts", ".tsx")
    )
    unused = {key for key in keys("en") if f'"{key}"' not in sources and f"`{key.rsplit('.', 1)[0]}.${{" not in sources}
    assert unused == set()
