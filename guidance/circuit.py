"""A circuit breaker for calls that run at the same time.

After enough failures in a row it is open: nobody calls. After the cool-down one call is let through on trial, and its
outcome closes or reopens the circuit. Of the libraries, pybreaker's asynchronous calls need Tornado, circuitbreaker
lets every waiting call through on trial, purgatory goes by the wall clock; none takes a clock.
"""

from collections.abc import Callable
from time import monotonic


class Circuit:
    def __init__(self, trips: int, cool_down: float, clock: Callable[[], float] = monotonic) -> None:
        self._trips, self._cool_down, self._clock = trips, cool_down, clock
        self._failures = 0
        self._opened_at: float | None = None
        self._on_trial = False

    def admit(self) -> float | None:
        """None when the caller may call, and then must say what became of it; else seconds to wait."""
        if self._opened_at is None:
            return None
        left = self._opened_at + self._cool_down - self._clock()
        if left > 0:
            return left
        if self._on_trial:
            return self._cool_down
        self._on_trial = True
        return None

    def succeeded(self) -> None:
        self._failures, self._opened_at, self._on_trial = 0, None, False

    def failed(self) -> None:
        self._failures += 1
        if self._on_trial or self._failures >= self._trips:
            self._opened_at = self._clock()
        self._on_trial = False

    def abandoned(self) -> None:
        """The call was cancelled, which tells nothing of the server."""
        self._on_trial = False
