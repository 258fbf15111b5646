"""Finding out what a server takes, with as few refused requests as can be, and remembering it.

A refusal that names its reason changes that alone, and is believed. One that doesn't (status 500 with no word, as some
servers answer a response format) leads down to plainer requests; what was given up so is doubted, and taken up again,
one thing with each later order, until the server refuses it a second time. Everything is forgotten after a day.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from guidance.dialect import Dialect, Part, Rules

REFUSALS = frozenset({400, 404, 415, 422, 500, 501})
"""Statuses by which servers refuse something that they don't know."""
OTHER_REASONS = re.compile(
    r"context.?length|content.?(filter|policy)|api.?key|unknown model|model_not_found|"
    r"model.{0,80}(not (be )?found|not exist|no longer|not available|decommissioned|access)|"
    r"^(the )?(page |url |path |route )?not found\b|cannot post|no route",
    re.S,
)
"""Words of refusals that no other dialect mends."""
A_DAY = 24 * 3_600.0
MOST_STEPS = 6
"""Changes within one order, so that a server which refuses everything is asked a bounded number of times."""


class Capabilities:
    """What one model of one server is known to take."""

    def __init__(self, rules: Rules, clock: Callable[[], float] = monotonic) -> None:
        self.rules = rules
        self._clock = clock
        self._forget()

    def _forget(self) -> None:
        self.dialect: Dialect = self.rules.base
        self.doubted: tuple[Part, ...] = ()
        self.proven = False
        self.room = 1
        """How many times the usual bound answers have needed."""
        self._learned_at = self._clock()

    def negotiate(self) -> "Negotiation":
        if self._clock() - self._learned_at > A_DAY:
            self._forget()
        return Negotiation(self)

    def keep(self, agreed: "Negotiation") -> None:
        """An order was answered in this dialect."""
        if not self.proven:
            self._learned_at = self._clock()
        self.dialect, self.proven = agreed.dialect, True
        self.doubted = tuple(part for part in agreed.doubted if part in agreed.dialect.differing(self.rules.base))
        self.room = max(self.room, agreed.room)


class Negotiation:
    """That of one order."""

    def __init__(self, known: Capabilities) -> None:
        self._known = known
        self.dialect = known.dialect
        self.doubted = known.doubted
        self.room = known.room
        self._steps = 0
        self._trial: Part | None = None
        if self.doubted:
            self._trial = self.doubted[0]
            base = getattr(known.rules.base, self._trial)
            self.dialect = replace(known.dialect, **{self._trial: base})
            self.doubted = self.doubted[1:]

    def refused(self, status: int, complaint: str) -> bool:
        """Whether another dialect is to be tried now. `complaint`: the server's words, in lower case."""
        if status not in REFUSALS or self._steps >= MOST_STEPS:
            return False
        self._steps += 1
        if self._given_up_trial():
            return True
        asked = self._known.rules.hinted(self.dialect, complaint)
        if asked is not None:
            self.dialect = asked
            return True
        if status == 500 or OTHER_REASONS.search(complaint):
            return False
        return self._plainer()

    def failed(self, status: int, left: int) -> None:
        """Before a request is repeated that failed without a word, `left` times in all: the server may fail on what it
        doesn't know. One that has answered in this dialect is only waited for."""
        if status != 500 or self._given_up_trial() or self._known.proven:
            return
        self._plainer(at_once=left <= 1)

    def _given_up_trial(self) -> bool:
        if self._trial is None:
            return False
        self._trial, self.dialect = None, self._known.dialect
        return True

    def _plainer(self, *, at_once: bool = False) -> bool:
        """`at_once`: everything that may be the reason, for want of further tries."""
        rungs = list(self._known.rules.ladder(self.dialect))
        if not rungs:
            return False
        before, self.dialect = self.dialect, rungs[0]
        if at_once:
            self.dialect = next((rung for rung in rungs if not rung.system), rungs[0])
        given_up = self.dialect.differing(before)
        self.doubted = (*self.doubted, *(part for part in given_up if part not in self.doubted))
        return self.dialect != before
