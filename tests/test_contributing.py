"""What CONTRIBUTING.md and the pages it leads to name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("CONTRIBUTING.md", "docs/architecture.md", "schema/engine/README.md")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_targets_of_make_exist(page: str) -> None:
    assert set(re.findall(r"(?:`|^)make ([a-z][a-z-]+)", text(page), re.MULTILINE)) - TARGETS == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text(page))
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_paths_exist(page: str) -> None:
    paths = set(re.findall(r"`((?:app|schema|tests|docs|guidance|catalogues)/[\w/]+(?:\.\w+)?)`", text(page)))
    assert paths
    assert {path for path in paths if not (ROOT / path).exists()} == set()
