"""The decision whether to ask a language model about a deal, without the asking."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.vocabulary import EnrichmentState

MOST_ATTEMPTS = 3
"""For one state of a deal, unless somebody asks for a fresh answer."""
ABANDONED_AFTER = timedelta(minutes=45)
"""A worker that was asked has died by then; the deadline of one answer is half an hour at most."""
BUDGET = "BUDGET_USED_UP"
"""How the `failure` of what was skipped for the day's budget begins."""
BUDGET_OF_ALL = "BUDGET_OF_ALL_USED_UP"
"""The same where a partner's own budget would do, but all together have used up theirs. It counts as a failure and is
tried again like one: SKIPPED would tell a partner how much others ask."""


@dataclass(frozen=True, slots=True)
class Enrichment:
    """`at`: since when it stands so. `attempts`: how often a model was asked in this state of the deal."""

    state: EnrichmentState
    at: datetime | None = None
    attempts: int = 0
    retry_at: datetime | None = None
    failure: str | None = None


def due_again(now: Enrichment, *, configured: bool, at: datetime, wanted: bool = False) -> bool:
    """Whether to ask again although the deal is as it was. `wanted`: somebody asks for a fresh answer."""
    if not configured:
        return False
    match now.state:
        case EnrichmentState.NOT_CONFIGURED:
            return True
        case EnrichmentState.PENDING:
            return now.at is not None and now.at + ABANDONED_AFTER <= at and now.attempts < MOST_ATTEMPTS
        case EnrichmentState.FAILED:
            waited = now.retry_at is None or now.retry_at <= at
            again = now.retry_at is not None and now.attempts < MOST_ATTEMPTS
            return waited and (wanted or again or _is_of_another_day(now, BUDGET_OF_ALL, at))
        case EnrichmentState.SKIPPED:
            return (now.failure or "").startswith(BUDGET) and (wanted or _is_of_another_day(now, BUDGET, at))
    return False


def _is_of_another_day(now: Enrichment, failure: str, at: datetime) -> bool:
    return (
        (now.failure or "").startswith(failure)
        and now.at is not None
        and now.at.astimezone(UTC).date() < at.astimezone(UTC).date()
    )


def decide(
    before: Enrichment | None,
    *,
    same_state: bool,
    worth_asking: bool,
    configured: bool,
    at: datetime,
    wanted: bool = False,
) -> tuple[Enrichment, bool]:
    """How the enrichment of an answer stands that the rules have just given, and whether to ask the model now.

    A model is asked once for each state of a deal, never about a closed deal or one with nothing to do.
    """
    if before is not None and same_state:
        if before.state is EnrichmentState.DONE:
            return before, False
        if not configured:
            return Enrichment(EnrichmentState.NOT_CONFIGURED, at), False
        if worth_asking and due_again(before, configured=configured, at=at, wanted=wanted):
            abandoned = before.state is EnrichmentState.PENDING
            return Enrichment(EnrichmentState.PENDING, at, before.attempts + abandoned), True
        return before, False
    if not configured:
        return Enrichment(EnrichmentState.NOT_CONFIGURED, at), False
    if not worth_asking:
        return Enrichment(EnrichmentState.SKIPPED, at), False
    return Enrichment(EnrichmentState.PENDING, at), True
