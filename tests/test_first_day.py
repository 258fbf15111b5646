"""The first day, as `docs/first_day.py` has it: from an empty database to a won deal, by commands and the API alone."""

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.commands import ROOT, STAGEPATH, environment, stagepath, started

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_script_does_what_the_readme_says_and_only_once() -> None:
    # Not in pytest's directory, which every other run closes to the user that PostgreSQL runs as.
    with TemporaryDirectory(prefix="stagepath-") as made:
        folder = Path(made)
        with started(folder, "serve", "--port", "0", STAGEPATH_DEMO="false") as running:
            assert any("stagepath admin create" in line for line in running.said)
            [graphql] = [line.split()[1] for line in running.said if line.startswith("  GraphQL")]
            done = first_day(folder, graphql)
            assert done.returncode == 0, done.stderr
            shown = re.search(r"```text\n(Ada Okafor.*?)\n```", README, re.DOTALL)
            assert shown is not None
            assert without_ids(done.stdout) == without_ids(shown[1] + "\n")
            again = first_day(folder, graphql)
            assert again.returncode != 0
            assert "There is an administrator already" in again.stderr
            assert "`stagepath admin create` has failed" in again.stderr
            assert "STAGEPATH_STATE_DIR" in again.stderr
            assert "Traceback" not in again.stderr
        listed = stagepath(folder, "users", "list").stdout
        assert [line.split("  ")[1].strip() for line in listed.splitlines()] == ["Ada Okafor", "Jonas Meier"]


def first_day(folder: Path, graphql: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "docs" / "first_day.py", graphql],
        cwd=folder,
        env=environment(folder, STAGEPATH=str(STAGEPATH), NO_PROXY="127.0.0.1"),
        capture_output=True,
        text=True,
        check=False,
    )


def without_ids(text: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", text)
