"""Starting where paths, locales and users are as they happen to be."""

import signal
from pathlib import Path
from typing import Any, cast

from tests.cases.test_cases import Verdict, verdict
from tests.commands import LAST_LINE, started

__all__ = ["verdict"]

PLACES: dict[str, dict[str, str]] = {
    "what a shell would run": {"STAGEPATH_STATE_DIR": "./a & b/x$(touch PWNED)`touch PWNED`;touch PWNED"},
    "letters beyond ASCII, in a locale that isn't there": {
        "STAGEPATH_STATE_DIR": './it\'s "ü" 東',
        "LANG": "en_GB.UTF-8",
        "LC_ALL": "de_DE.UTF-8",
    },
}


def test_places(tmp_path: Path, verdict: Verdict) -> None:
    faults = []
    for name, environment in PLACES.items():
        with started(
            tmp_path, "serve", "--port", "0", until=LAST_LINE, STAGEPATH_DEMO="false", **cast(Any, environment)
        ) as running:
            if not any("Health" in line and "http://" in line for line in running.said):
                faults.append(f"{name}: {running.said}")
            status = running.end(signal.SIGTERM)
            logged = running.logged[-2_000:]
        if status != 0 or (tmp_path / "PWNED").exists():
            faults.append(f"{name}: status {status}, PWNED {(tmp_path / 'PWNED').exists()}: {logged}")
    verdict("22", f"{len(PLACES)} of our own", faults)
