"""A deal is registered while there is something to protect, and its protection doesn't end unnoticed."""

from datetime import timedelta
from typing import Any

import pytest

from guidance import recommend
from guidance.actions import ActionKind, Candidate, Urgency
from guidance.facts import Registration
from tests.guidance.builders import NOW, PROPOSAL, facts


def advised(registration: Registration | None, **changes: Any) -> Candidate | None:
    there = facts(registration=registration, **changes)
    found = [one.candidate for one in recommend(there, at=NOW).actions]
    return next((one for one in found if one.kind is ActionKind.REGISTER_DEAL), None)


def protected(days: int) -> Registration:
    return Registration(is_begun=True, protected_until=NOW + timedelta(days=days))


def test_a_deal_that_may_be_registered_is() -> None:
    one = advised(Registration(is_begun=False))
    assert one is not None
    assert (one.title, one.urgency) == ("Register this deal", Urgency.NORMAL)


@pytest.mark.parametrize(
    ("registration", "changes"),
    [
        (None, {}),
        (Registration(is_begun=True), {}),
        (Registration(is_begun=False), {"partner": None}),
        (Registration(is_begun=False), {"deal": {"source": "VENDOR"}}),
        (Registration(is_begun=False), {"stage": PROPOSAL}),
        (protected(22), {}),
        (protected(-1), {}),
    ],
    ids=["not asked for", "begun", "the vendor's own", "passed on", "late", "long", "ended"],
)
def test_else_there_is_nothing_to_do(registration: Registration | None, changes: dict[str, Any]) -> None:
    assert advised(registration, **changes) is None


@pytest.mark.parametrize(("days", "urgency"), [(21, Urgency.NORMAL), (7, Urgency.HIGH), (0, Urgency.HIGH)])
def test_protection_that_ends_soon_is_extended(days: int, urgency: Urgency) -> None:
    one = advised(protected(days))
    assert one is not None
    assert (one.title, one.urgency) == ("Ask for an extension of the registration", urgency)
