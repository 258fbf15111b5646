"""Asks the registry for known faults of the pages' npm packages: `python -m app.portal.audit`.

Ends with 0 when there are none that are high or critical, with 1 when there are, and with 2 when the registry doesn't
answer such questions: then nothing was looked at, which is no good news.
"""

import json
import subprocess
import sys
from typing import Any

from app.portal.build import WEB, NotBuilt, npm_command

NOTHING, FOUND, UNANSWERED = 0, 1, 2
GRAVE = ("high", "critical")


def audit() -> int:
    try:
        npm = npm_command()
    except NotBuilt as reason:
        return _unanswered(str(reason))
    done = subprocess.run(  # noqa: S603 # the command is ours
        [*npm, "audit", "--json", "--package-lock-only", "--fetch-retries=0"],
        cwd=WEB,
        capture_output=True,
        text=True,
        check=False,
    )
    counted = _counted(done.stdout)
    if counted is None:
        said = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        return _unanswered(f"It said: {said[0].removeprefix('npm error').strip()}" if said else "It said nothing.")
    listed = ", ".join(f"{count} {severity}" for severity, count in counted.items() if count and severity != "total")
    sys.stdout.write(f"Known faults of the pages' packages: {listed or 'none'}.\n")
    return FOUND if any(counted.get(severity) for severity in GRAVE) else NOTHING


def _unanswered(reason: str) -> int:
    sys.stderr.write(
        "NOT AUDITED: the registry in use doesn't answer questions about known faults, so nothing is known of any. "
        f"Ask where npm's own registry can be reached. {reason}\n"
    )
    return UNANSWERED


def _counted(answer: str) -> dict[str, int] | None:
    """By severity; None for what is no report."""
    try:
        read: Any = json.loads(answer)
    except json.JSONDecodeError:
        return None
    counted = read.get("metadata", {}).get("vulnerabilities") if isinstance(read, dict) else None
    return counted if isinstance(counted, dict) else None


if __name__ == "__main__":
    sys.exit(audit())
