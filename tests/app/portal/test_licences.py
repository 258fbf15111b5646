"""Licences of the npm packages that the pages are built from."""

import json
from pathlib import Path

import pytest

LOCK = Path(__file__).parents[3] / "app" / "portal" / "web" / "package-lock.json"
FREE = {"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD"}
BUILD_ONLY = {"lightningcss": "MPL-2.0"}
"""Tools whose own code is in none of the built files."""
ALSO = {"argparse": "PSF-2.0", "isbot": "Unlicense"}


def packages() -> list[tuple[str, dict[str, object]]]:
    listed = json.loads(LOCK.read_text("utf-8"))["packages"]
    return [(path.rsplit("node_modules/", 1)[1], entry) for path, entry in listed.items() if path]


@pytest.mark.parametrize(("name", "entry"), [p for p in packages() if not p[1].get("dev")])
def test_each_may_be_passed_on(name: str, entry: dict[str, object]) -> None:
    tool = name.split("-")[0]
    assert entry.get("license") in FREE | {ALSO.get(name), BUILD_ONLY.get(tool)} - {None}


def test_each_is_locked_by_its_hash() -> None:
    assert [name for name, entry in packages() if not entry.get("integrity")] == []
