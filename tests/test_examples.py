"""No test's outcome depends on how fast the machine is, as far as that can be read from the tests."""

import re
from pathlib import Path

from hypothesis import HealthCheck, settings

from tests.examples import RANDOM, STEADY

TESTS = Path(__file__).parent
TIMED = "attack"
"""What is measured there is time; it is run by itself, on request."""
OWN = {"examples.py", Path(__file__).name}
HASTE = re.compile(
    r"HealthCheck|deadline=None|asyncio\.timeout\([\d.]+\)|open_timeout=[\d.]+|within=\d\)|AsyncClient\((?![^)\n]*timeout)[^)\n]+\)"
)


def test_every_profile_knows_no_clock() -> None:
    for profile, derandomize in ((STEADY, True), (RANDOM, False)):
        found = settings.get_profile(profile)
        assert (found.deadline, found.database, found.derandomize) == (None, None, derandomize)
        assert set(found.suppress_health_check) == set(HealthCheck)
    assert settings().deadline is None


def test_every_time_out_is_the_one_for_what_hangs() -> None:
    hasty = {
        f"{path.relative_to(TESTS)}: {found[0]}"
        for path in TESTS.rglob("*.py")
        if path.name not in OWN and path.parent.name != TIMED
        for found in HASTE.finditer(path.read_text(encoding="utf-8"))
    }
    assert hasty == set()
