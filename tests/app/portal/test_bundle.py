"""The bytes that browsers load before a page of the portal stands, compressed as the server hands them out."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.portal.files import BUILT
from tests.portal.routes import PAGES

MOST_BYTES = 250_000
"""Of program and style, for whoever comes for the first time."""
MOST_OF_A_PAGE = 60_000
"""Of what a page adds to what is around it."""

pytestmark = pytest.mark.skipif(not (BUILT / "portal.html").exists(), reason="npm can't be had: no pages were built")

ROUTES = sorted(PAGES.glob("*/route.tsx"))


@cache
def manifest() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((BUILT / "manifest.json").read_text("utf-8"))
    return read


def files_of(entry: str) -> set[str]:
    """What an entry of the manifest loads at once."""
    found: set[str] = set()
    left = [entry]
    seen: set[str] = set()
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        chunk = manifest()[name]
        found |= {chunk["file"], *chunk.get("css", ())}
        left += chunk.get("imports", ())
    return found


def compressed(files: set[str]) -> int:
    return sum((BUILT / f"{file}.br").stat().st_size for file in files)


def page_of(route: Path) -> str:
    loaded = re.search(r'import\("\./(\w+)"\)', route.read_text("utf-8"))
    assert loaded, f"{route} is to load its page when it is first opened"
    return f"src/portal/pages/{route.parent.name}/{loaded[1]}.tsx"


@pytest.mark.parametrize("route", ROUTES, ids=[route.parent.name for route in ROUTES])
def test_each_page_is_light_for_whoever_comes_for_the_first_time(route: Path) -> None:
    around, page = files_of("portal.html"), files_of(page_of(route))
    assert compressed(around | page) < MOST_BYTES
    assert compressed(page - around) < MOST_OF_A_PAGE
