"""Of any that claim one customer exactly one comes first, whatever was decided and however they are ordered."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.registrations.conflicts.precedence import Claim, Deal, Decision, yields_to, yields_to_deal
from app.vocabulary import ConflictDecision, RegistrationStatus

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Status = RegistrationStatus
claims = st.lists(
    st.builds(
        Claim,
        id=st.integers(0, 50).map(lambda n: UUID(int=n)),
        status=st.sampled_from([Status.SUBMITTED, Status.IN_REVIEW, Status.CHANGES_REQUESTED]),
        submitted_at=st.integers(0, 3).map(lambda n: NOON + timedelta(seconds=n)),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda claim: claim.id,
)


@given(claims)
def test_exactly_one_of_many_comes_first(some: list[Claim]) -> None:
    first = [one for one in some if not any(yields_to(one, other, None) for other in some if other is not one)]
    assert first == [min(some, key=lambda claim: (claim.submitted_at, claim.id))]


@settings(max_examples=50)
@given(claims, st.data())
def test_of_two_one_yields_unless_they_are_not_the_same(some: list[Claim], data: st.DataObject) -> None:
    for one, other in combinations(some, 2):
        kind = data.draw(st.sampled_from(ConflictDecision))
        favours = data.draw(st.sampled_from([one.id, other.id])) if kind is ConflictDecision.HAS_PRIORITY else None
        decided = Decision(kind, favours)
        yielding = [yields_to(one, other, decided), yields_to(other, one, decided)]
        assert sorted(yielding) == ([False, False] if kind is ConflictDecision.NOT_THE_SAME else [False, True])
        if favours is not None:
            assert yields_to(one, other, decided) == (favours == other.id)


def test_what_was_approved_stands_in_the_way_of_whatever_was_submitted_before_it() -> None:
    early = Claim(UUID(int=1), Status.SUBMITTED, NOON)
    approved = Claim(UUID(int=2), Status.APPROVED, NOON + timedelta(hours=1))
    assert yields_to(early, approved, None)
    assert not yields_to(early, approved, Decision(ConflictDecision.NOT_THE_SAME))
    assert yields_to(early, approved, Decision(ConflictDecision.HAS_PRIORITY, early.id))


def test_what_is_not_submitted_comes_last() -> None:
    draft, waiting = Claim(UUID(int=1), Status.DRAFT, None), Claim(UUID(int=2), Status.SUBMITTED, NOON)
    assert yields_to(draft, waiting, None)
    assert not yields_to(waiting, draft, None)


def test_a_deal_of_others_that_was_there_before_stands_in_the_way() -> None:
    own, rival = UUID(int=7), UUID(int=8)
    mine = Claim(UUID(int=1), Status.SUBMITTED, NOON)
    before, after = NOON - timedelta(days=1), NOON + timedelta(days=1)
    assert yields_to_deal(mine, own, Deal(UUID(int=3), rival, before), None)
    assert yields_to_deal(mine, own, Deal(UUID(int=3), None, before), None)
    assert not yields_to_deal(mine, own, Deal(UUID(int=3), rival, after), None)
    assert not yields_to_deal(mine, own, Deal(UUID(int=3), own, before), None)
    for kind in ConflictDecision:
        assert not yields_to_deal(mine, own, Deal(UUID(int=3), rival, before), Decision(kind))
