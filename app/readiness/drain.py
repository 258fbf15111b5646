"""This process is about to stop: whoever sends it requests is told first, and served meanwhile."""

import time

_since: float | None = None


def begin() -> None:
    """Doing it again changes nothing."""
    global _since
    if _since is None:
        _since = time.monotonic()


def end() -> None:
    """A process that serves anew, as tests do."""
    global _since
    _since = None


def seconds() -> float | None:
    """Since when; None: it is not."""
    return None if _since is None else time.monotonic() - _since
