"""People's responses to a deal's advice, and whether they still hold."""

from collections import defaultdict
from datetime import UTC, datetime

from guidance.actions import Candidate
from guidance.facts import Answer, Facts, Response
from guidance.grounds import ground_of
from guidance.sleeping import wakes
from guidance.staleness import working_days_after


class Answers:
    """Days are of UTC, as those of due dates are."""

    def __init__(self, facts: Facts, at: datetime) -> None:
        self._facts, self._at, self._today = facts, at, at.astimezone(UTC).date()
        self._seen = {one.key: one.at for one in facts.seen}
        self._said = defaultdict[str, list[Response]](list)
        for response in facts.responses:
            self._said[response.key].append(response)

    def settle(self, candidate: Candidate) -> bool:
        """Whether it is left out. What was completed on this very state; what is snoozed, until its day; what was
        dismissed, until the facts behind it change (what blocks the deal merely sleeps: `guidance.sleeping`)."""
        return any(self._settles(one, candidate) for one in self._said.get(candidate.key, ()))

    def _settles(self, response: Response, candidate: Candidate) -> bool:
        match response.answer:
            case Answer.COMPLETED:
                return True
            case Answer.SNOOZED:
                return response.until is not None and self._at < wakes(response.until, response.at)
            case Answer.DISMISSED:
                return response.ground in (None, ground_of(candidate, self._facts))
        return False

    def ignored(self, candidate: Candidate) -> int:
        """Working days since it was first shown without an answer."""
        seen = self._seen.get(candidate.key)
        return 0 if seen is None else self._days_since(seen)

    def _days_since(self, at: datetime) -> int:
        return working_days_after(at.astimezone(UTC).date(), self._today)
