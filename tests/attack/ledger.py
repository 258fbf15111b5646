"""What an attack sent, what came back, and what of that a right server would not have done."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.attack.wire import Answer

GRACE = 1.5  # seconds by which an answer may come after the deadline: it has a way to go, too
# What HTTP has for requests that are wrong, too large, too many or too slow, and for servers that can't now.
DECENT = frozenset(
    {101, 200, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 411, 413, 414, 415, 417, 421, 422, 426, 428, 429, 431}
    | {501, 503, 504, 505}
)


@dataclass(frozen=True, slots=True)
class Right:
    """What a right server may do. `refused`: True: answers hold no data; False: they hold data and no errors; None:
    either. `silent`: it may close the connection without an answer. `size` and `errors`: most bytes
    and errors of one answer.
    """

    refused: bool | None = None
    silent: bool = False
    size: int = 20_000_000
    statuses: frozenset[int] = DECENT
    errors: int = 1_000


REFUSED = Right(refused=True, size=200_000, errors=25)
EITHER = Right()
ANSWERED = Right(refused=False)
CLOSED = Right(silent=True)
# Budgets may end any series of answers; what never got that far was not refused for being wrong.
SPENT = frozenset({"RATE_LIMITED", "TOO_MANY_CONNECTIONS", "TOO_MANY_REQUESTS", "UNAVAILABLE"})


@dataclass(slots=True)
class Ledger:
    """`faults` would be faults at any speed; `late` are those that only time makes. `deadline`: the server's own, in
    seconds.
    """

    right: Right
    within: float
    deadline: float
    sent: int = 0
    worst: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)

    def answered(self, answer: Answer | None, seconds: float) -> None:
        """One answer to one request; None: the connection was closed, or nothing came."""
        self.took(seconds)
        if answer is None:
            self.statuses["none"] += 1
            if not self.right.silent:
                self.faults["closed without an answer"] += 1
            return
        self.statuses[str(answer.status)] += 1
        if answer.status not in self.right.statuses:
            self.faults[f"status {answer.status}"] += 1
        if "//" in answer.headers.get("location", ""):
            self.faults["sent elsewhere by the name of a host"] += 1
        if len(answer.body) > self.right.size:
            self.faults[f"an answer of more than {self.right.size:,} bytes"] += 1
        if answer.is_json:
            self._read(answer.body)

    def took(self, seconds: float) -> None:
        self.worst = max(self.worst, seconds)
        if seconds > self.deadline + GRACE:
            self.late["over the deadline"] += 1
        elif seconds > self.within:
            self.late[f"slower than {self.within:g} s"] += 1

    def held(self, what: str, number: int, allowed: int = 0) -> None:
        """`number` connections were still open that should have been closed by now."""
        self.statuses["closed" if number <= allowed else "held"] += 1
        if number > allowed:
            self.late[f"{number} {what}"] += 1

    def message(self, payload: Any) -> None:
        """A GraphQL answer that came over a WebSocket."""
        self._judge(payload)

    def _read(self, body: bytes) -> None:
        try:
            answer = json.loads(body)
        except ValueError:
            self.faults["an answer that is no JSON"] += 1
            return
        self._judge(answer)

    def _judge(self, answer: Any) -> None:
        errors = answer.get("errors", []) if isinstance(answer, dict) else []
        codes = [(error.get("extensions") or {}).get("code", "none") for error in errors if isinstance(error, dict)]
        self.codes.update(codes)
        if "INTERNAL" in codes:
            self.faults["code INTERNAL"] += 1
        if len(errors) > self.right.errors:
            self.faults[f"more than {self.right.errors} errors in an answer"] += 1
        data = isinstance(answer, dict) and answer.get("data")
        if self.right.refused is True and data:
            self.faults["answered what should have been refused"] += 1
        if self.right.refused is False and codes and not SPENT.intersection(codes):
            self.faults[f"refused what should have been answered ({codes[0]})"] += 1

    @property
    def said(self) -> str:
        """Statuses and codes, most frequent first."""
        return ", ".join(f"{name} ×{times}" for name, times in (self.statuses + self.codes).most_common(6))
