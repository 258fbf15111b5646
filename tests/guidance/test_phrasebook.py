"""Phrasebooks are checked as they are loaded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from guidance import phrasebook as books
from guidance.phrasebook import FOLDER, PhrasebookError, install, load, phrasebook


@pytest.fixture(autouse=True)
def none_added() -> Iterator[None]:
    yield
    install({})


def written(folder: Path, name: str = "nl", **changes: object) -> Path:
    """An English one under another language, with paths such as `customer.question.opening` changed; None removes."""
    told = yaml.safe_load((FOLDER / "en.yaml").read_text(encoding="utf-8")) | {"language": name}
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = told
        for parent in parents:
            place = place[parent]
        if value is None:
            del place[last]
        else:
            place[last] = value
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    return folder


def test_the_shipped_ones_load() -> None:
    assert sorted(load(FOLDER)) == ["de", "en", "es", "fr"]


def test_one_added_is_used_and_one_replaced_stands_in(tmp_path: Path) -> None:
    install(load(written(tmp_path)))
    assert phrasebook("nl-BE") == load(tmp_path)["nl"]
    install(load(written(tmp_path, "en", greeting="Dear [Name],")))
    assert books.fallback().greeting == "Dear [Name],"
    install({})
    assert phrasebook("nl") is None
    assert books.fallback().greeting == "Hello [Name],"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"customer__question__opening": None}, "customer.question.opening: Field required"),
        ({"customer__question__opening": "About {deal}."}, "the slots of this block are: none"),
        ({"customer__question__opening": "About {."}, "the slots of this block are: none"),
        ({"customer__sharing__opening": "Attached."}, "it lacks {content}"),
        ({"signature": "Regards"}, "it lacks {seller}"),
        ({"customer__question__opening": ""}, "customer.question.opening"),
        ({"customer__question__opening": "x" * 601}, "customer.question.opening"),
        ({"customer__question__opening": "What does the Customer say?"}, "which is on its list of internal words"),
        ({"surplus": "x"}, "surplus: Extra inputs are not permitted"),
        ({"language": "Dutch"}, "language"),
        ({"language": "pt"}, "must be the name of the file"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PhrasebookError) as refused:
        load(written(tmp_path, **changes))
    assert complaint in str(refused.value)
    assert "nl.yaml" in str(refused.value)


@pytest.mark.parametrize("text", [": :", "[1, 2]", "\xff", ""])
def test_what_is_no_phrasebook_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "nl.yaml").write_bytes(text.encode("latin-1"))
    with pytest.raises(PhrasebookError):
        load(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhrasebookError, match="there are no phrasebooks"):
        load(tmp_path)
