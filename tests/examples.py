"""How generated examples are tried: one profile for all tests, so that no outcome depends on how fast the machine is.

`steady` tries the same examples each time, on every machine; that is what `make test` and CI run. `random` tries new
ones: `make test-random` prints the seed it took, and takes one with `SEED=`. A test says how many, and nothing else.
"""

from hypothesis import HealthCheck, settings

STEADY, RANDOM = "steady", "random"


def register() -> None:
    for name, derandomize in ((STEADY, True), (RANDOM, False)):
        settings.register_profile(
            name,
            derandomize=derandomize,
            database=None,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        )
    settings.load_profile(STEADY)
