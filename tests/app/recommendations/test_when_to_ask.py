"""When a model is asked: decided from plain data."""

from datetime import UTC, datetime, timedelta

import pytest

from app.recommendations.enrichment import ABANDONED_AFTER, MOST_ATTEMPTS, Enrichment, decide, due_again
from app.vocabulary import EnrichmentState

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
AGO = NOW - timedelta(minutes=5)
YESTERDAY = NOW - timedelta(days=1)
PENDING, DONE, FAILED, SKIPPED, NOT_CONFIGURED = (
    EnrichmentState.PENDING,
    EnrichmentState.DONE,
    EnrichmentState.FAILED,
    EnrichmentState.SKIPPED,
    EnrichmentState.NOT_CONFIGURED,
)
OF_ALL = "BUDGET_OF_ALL_USED_UP: the day’s budget is used up"
OVER = "BUDGET_USED_UP: the day’s budget is used up"

ASKED_AGAIN = [
    ("it was never set up", Enrichment(NOT_CONFIGURED, AGO), False, True),
    ("it is being asked", Enrichment(PENDING, AGO), True, False),
    ("the worker died", Enrichment(PENDING, NOW - ABANDONED_AFTER), False, True),
    ("the worker died time and again", Enrichment(PENDING, NOW - ABANDONED_AFTER, MOST_ATTEMPTS), True, False),
    ("it has answered", Enrichment(DONE, AGO, 1), True, False),
    ("its answer was no good", Enrichment(FAILED, AGO, 1), False, False),
    ("its answer was no good, but somebody insists", Enrichment(FAILED, AGO, 1), True, True),
    (
        "its server said to come back later",
        Enrichment(FAILED, AGO, 1, retry_at=NOW + timedelta(minutes=1)),
        True,
        False,
    ),
    ("later is now", Enrichment(FAILED, AGO, 1, retry_at=NOW), False, True),
    ("later has been too often", Enrichment(FAILED, AGO, MOST_ATTEMPTS, retry_at=AGO), False, False),
    ("today's budget is used up", Enrichment(SKIPPED, AGO, failure=OVER), False, False),
    ("yesterday's budget was used up", Enrichment(SKIPPED, YESTERDAY, failure=OVER), False, True),
    ("all together have used up today's budget", Enrichment(FAILED, AGO, 3, AGO, OF_ALL), False, False),
    ("all together have used up yesterday's budget", Enrichment(FAILED, YESTERDAY, 3, AGO, OF_ALL), False, True),
    ("there is nothing to word", Enrichment(SKIPPED, YESTERDAY, failure="NOTHING_TO_DO: nothing"), True, False),
]


@pytest.mark.parametrize(("name", "now", "wanted", "again"), ASKED_AGAIN, ids=lambda value: str(value)[:50])
def test_when_the_same_state_is_asked_about_again(name: str, now: Enrichment, wanted: bool, again: bool) -> None:
    assert due_again(now, configured=True, at=NOW, wanted=wanted) is again, name
    assert due_again(now, configured=False, at=NOW, wanted=wanted) is False
    after, asks = decide(now, same_state=True, worth_asking=True, configured=True, at=NOW, wanted=wanted)
    assert asks is again
    assert after.state is (PENDING if again else now.state)


@pytest.mark.parametrize("before", [None, *(Enrichment(state, AGO) for state in EnrichmentState)])
def test_a_new_state_is_asked_about_once_if_there_is_a_model_and_something_to_do(before: Enrichment | None) -> None:
    def decided(worth_asking: bool, configured: bool) -> tuple[EnrichmentState, bool]:
        after, asks = decide(before, same_state=False, worth_asking=worth_asking, configured=configured, at=NOW)
        return after.state, asks

    assert decided(worth_asking=True, configured=True) == (PENDING, True)
    assert decided(worth_asking=False, configured=True) == (SKIPPED, False)
    assert decided(worth_asking=True, configured=False) == (NOT_CONFIGURED, False)


def test_what_a_model_said_stays_when_it_is_taken_away() -> None:
    after, asks = decide(Enrichment(DONE, AGO, 1), same_state=True, worth_asking=True, configured=False, at=NOW)
    assert (after, asks) == (Enrichment(DONE, AGO, 1), False)
