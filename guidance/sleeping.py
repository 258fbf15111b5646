"""Advice that returns: what was snoozed, and what was dismissed although it blocks a deal's next move, since dismissing
it clears nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from guidance.actions import Candidate
from guidance.facts import Answer, Facts

SLEEP = timedelta(days=14)
NIGHT = timedelta(hours=12)


def wakes(until: date, said: datetime) -> datetime:
    """When a snoozed action returns: as its day begins in UTC. Where that had begun when it was put off, a night later:
    whoever says “tomorrow” of an evening in the Americas names the day that UTC has already."""
    day = datetime.combine(until, time(), UTC)
    return day if day > said else said + NIGHT


def awake(facts: Facts, found: Sequence[Candidate], at: datetime) -> Facts:
    """Without the dismissals that have slept long enough, so that nothing remembers them in the order either."""
    if not facts.responses:
        return facts
    blocking = {one.key for one in found if _blocks(one, facts)}
    kept = tuple(
        one
        for one in facts.responses
        if one.answer is not Answer.DISMISSED or one.key not in blocking or at - one.at < SLEEP
    )
    return facts if len(kept) == len(facts.responses) else replace(facts, responses=kept)


def _blocks(candidate: Candidate, facts: Facts) -> bool:
    onward, target = facts.onward(), candidate.target
    blockers = onward.blockers if onward else ()
    keys = {key for one in blockers for key in (one.criterion_key, one.activity_key) if key}
    asked = [(one.key, one.id) for one in (*facts.criteria, *facts.next_entry)]
    asked += [(one.key, one.id) for one in facts.activities]
    return any(key in keys and id in (target.criterion_id, target.activity_id) for key, id in asked)
