"""The state machine of registrations, as a table and as properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.registrations import rules
from app.registrations.rules import Actor, Refusal, State, allowed, decide
from app.vocabulary import RegistrationStatus as Status
from app.vocabulary import RegistrationStepKind as Kind

PARTNER = Actor(registers=True)
REVIEWER = Actor(registers=True, reviews=True, is_vendor=True)
AUTHOR = Actor(registers=True, reviews=True, is_vendor=True, contributed=True)
SYSTEM = Actor(is_system=True)

states = st.builds(
    State,
    status=st.sampled_from(Status),
    pending_extension=st.booleans(),
    extensions_left=st.integers(0, 3),
    submissions=st.integers(0, 4),
    resubmissions_left=st.none() | st.integers(0, 3),
)
actors = st.builds(
    Actor, registers=st.booleans(), reviews=st.booleans(), is_vendor=st.booleans(), contributed=st.booleans()
)

TABLE = {
    Status.DRAFT: ("SAVE SUBMIT WITHDRAW", "SAVE SUBMIT"),
    Status.SUBMITTED: ("WITHDRAW", "START_REVIEW REQUEST_CHANGES APPROVE REJECT"),
    Status.IN_REVIEW: ("WITHDRAW", "START_REVIEW REQUEST_CHANGES APPROVE REJECT"),
    Status.CHANGES_REQUESTED: ("SAVE SUBMIT WITHDRAW", "SAVE SUBMIT REJECT"),
    Status.APPROVED: ("REQUEST_EXTENSION", "EXTEND REVOKE"),
    Status.REJECTED: ("", "REINSTATE"),
    Status.WITHDRAWN: ("", "REINSTATE"),
    Status.EXPIRED: ("", "REINSTATE"),
    Status.REVOKED: ("", "REINSTATE"),
}


@pytest.mark.parametrize("status", Status)
def test_in_each_state_each_side_may_take_these_steps(status: Status) -> None:
    state = State(status, extensions_left=1)
    partner, reviewer = TABLE[status]
    assert " ".join(allowed(state, PARTNER)) == partner
    assert " ".join(allowed(state, REVIEWER)) == reviewer


def test_who_contributed_decides_nothing() -> None:
    for status in Status:
        steps = allowed(State(status, extensions_left=1), AUTHOR)
        assert not {Kind.START_REVIEW, Kind.APPROVE, Kind.EXTEND, Kind.REINSTATE}.intersection(steps), status


def test_limits_of_the_policy_are_kept() -> None:
    assert Kind.SUBMIT not in allowed(State(Status.CHANGES_REQUESTED, submissions=2, resubmissions_left=0), PARTNER)
    assert Kind.SUBMIT in allowed(State(Status.DRAFT, resubmissions_left=0), PARTNER)
    assert Kind.REQUEST_EXTENSION not in allowed(State(Status.APPROVED), PARTNER)
    pending = State(Status.APPROVED, pending_extension=True, extensions_left=1)
    assert allowed(pending, PARTNER) == []
    assert Kind.DECLINE_EXTENSION in allowed(pending, REVIEWER)


@given(states, actors)
def test_what_is_allowed_is_what_is_decided(state: State, actor: Actor) -> None:
    for kind in Kind:
        assert (kind in allowed(state, actor)) == (not isinstance(decide(state, kind, actor), Refusal))


@given(states, actors)
def test_a_partner_never_decides_and_changes_only_what_is_filled_in(state: State, actor: Actor) -> None:
    if actor.is_vendor:
        return
    taken = set(allowed(state, actor))
    assert taken <= {Kind.SAVE, Kind.SUBMIT, Kind.WITHDRAW, Kind.REQUEST_EXTENSION}
    assert not taken or actor.registers
    assert Kind.SAVE not in taken or state.status in (Status.DRAFT, Status.CHANGES_REQUESTED)


@given(states)
def test_only_the_system_ends_protection_by_time(state: State) -> None:
    assert set(allowed(state, SYSTEM)) <= {Kind.APPROVE, Kind.EXPIRE, Kind.REVIEW_AGAIN}


@given(st.lists(st.tuples(st.sampled_from(Kind), st.sampled_from((PARTNER, REVIEWER, SYSTEM))), max_size=30))
def test_nothing_is_approved_that_was_never_submitted(steps: list[tuple[Kind, Actor]]) -> None:
    state, submitted = State(Status.DRAFT, extensions_left=1), False
    for kind, actor in steps:
        status = decide(state, kind, actor)
        if isinstance(status, Refusal):
            continue
        submitted = submitted or kind is Kind.SUBMIT
        state = State(status, extensions_left=1)
        assert status is not Status.APPROVED or submitted or kind is Kind.REINSTATE
        assert status in rules.ALIVE or kind in (Kind.WITHDRAW, Kind.REJECT, Kind.EXPIRE, Kind.REVOKE)
