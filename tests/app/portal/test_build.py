"""Building the pages where npm's registry can't be reached."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copy, copytree, ignore_patterns

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the build needs of a fresh one, under a path with characters that shells and Vite trip over."""
    root = tmp_path / 'it\'s "new" #1'
    (root / "app").mkdir(parents=True)
    copy(ROOT / "app" / "__init__.py", root / "app")
    copytree(ROOT / "app" / "portal", root / "app" / "portal", ignore=ignore_patterns("node_modules", "built"))
    copytree(ROOT / "schema" / "operations", root / "schema" / "operations")
    return root


def offline(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    nowhere = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_cache": str(checkout / "cache")}
    return subprocess.run(
        [sys.executable, "-m", "app.portal.build", *arguments],
        cwd=checkout,
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_can_not_be_checked_is_said(checkout: Path) -> None:
    done = offline(checkout, "check")
    assert done.returncode == 0
    assert done.stderr.startswith("The sources of the pages for browsers were not checked: ")


def test_it_says_so_and_is_no_failure(checkout: Path) -> None:
    done = offline(checkout)
    assert done.returncode == 0
    assert done.stdout == ""
    assert done.stderr.startswith("The pages for browsers, the portal and GraphiQL, were not built: ")
    assert done.stderr.endswith("The API serves all the same; `make install` tries again.\n")
    assert len(done.stderr.splitlines()) == 1
    assert not (checkout / "app" / "portal" / "built" / "graphiql.html").exists()
