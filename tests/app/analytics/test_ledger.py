"""Postings of any history add up, place by place, to what is open there."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.analytics.ledger import Place, Posting, State, postings, removal
from app.vocabulary import OpportunityStatus, PipelineFlow

START = datetime(2026, 3, 1, tzinfo=UTC)
A, B = UUID(int=1), UUID(int=2)
OPEN, WON, LOST = OpportunityStatus.OPEN, OpportunityStatus.WON, OpportunityStatus.LOST

MONEY = st.one_of(
    st.just((None, None)),
    st.tuples(st.integers(0, 10_000).map(Decimal), st.sampled_from(("EUR", "USD"))),
)
PLACES = st.builds(
    Place,
    st.sampled_from((None, A, B)),
    st.sampled_from((None, A, B)),
    st.sampled_from(("one", "two")),
    st.sampled_from((None, date(2026, 4, 1), date(2026, 7, 1))),
)
STATES = st.builds(
    lambda status, money, place: State(status, money[0], money[1], place),
    st.sampled_from(OpportunityStatus),
    MONEY,
    PLACES,
)


def dated(states: Iterable[State]) -> list[tuple[datetime, State]]:
    return [(START + timedelta(days=day), state) for day, state in enumerate(states)]


def balance(found: Iterable[Posting], at: datetime) -> dict[tuple[Place, str], Decimal]:
    sums: dict[tuple[Place, str], Decimal] = {}
    for one in found:
        if one.at <= at and one.currency is not None:
            sums[one.place, one.currency] = sums.get((one.place, one.currency), Decimal(0)) + one.amount
    return {place: amount for place, amount in sums.items() if amount}


@given(st.lists(STATES, min_size=1, max_size=12))
def test_they_add_up_to_the_amount_where_the_deal_is_open_and_to_nothing_elsewhere(states: list[State]) -> None:
    history = dated(states)
    found = postings(history)
    for at, state in history:
        is_there = state.is_open and state.amount
        expected = {(state.place, state.currency): state.amount} if is_there else {}
        assert balance(found, at) == expected
    assert balance([*found, *removal(START + timedelta(days=99), found)], START + timedelta(days=99)) == {}


def flows(*states: State) -> list[tuple[str, str | None, int]]:
    return [(one.flow.value, one.currency, int(one.amount)) for one in postings(dated(states))]


def test_each_change_is_called_what_it_is() -> None:
    here = Place(A, A, "one", None)
    there = here._replace(partner_id=B)
    ten = State(OPEN, Decimal(10), "EUR", here)
    assert flows(ten) == [("CREATED", "EUR", 10)]
    assert flows(ten, ten._replace(amount=Decimal(15)))[1:] == [("INCREASED", "EUR", 5)]
    assert flows(ten, ten._replace(amount=Decimal(7)))[1:] == [("DECREASED", "EUR", -3)]
    assert flows(ten, ten._replace(currency="USD"))[1:] == [("DECREASED", "EUR", -10), ("INCREASED", "USD", 10)]
    assert flows(ten, ten._replace(amount=None, currency=None))[1:] == [("DECREASED", "EUR", -10)]
    moved = ten._replace(place=there, amount=Decimal(12), status=WON)
    assert flows(ten, moved)[1:] == [
        ("LEFT", "EUR", -10),
        ("CAME", "EUR", 10),
        ("INCREASED", "EUR", 2),
        ("WON", "EUR", -12),
    ]
    lost = ten._replace(status=LOST)
    assert flows(ten, lost, lost._replace(amount=Decimal(3)), ten)[1:] == [
        ("LOST", "EUR", -10),
        ("REOPENED", "EUR", 10),
    ]
    assert flows(lost, lost._replace(status=WON)) == []
    assert flows(ten, ten) == [("CREATED", "EUR", 10)]
    nothing = State(OPEN, None, None, here)
    assert flows(nothing, nothing._replace(status=WON)) == [("CREATED", None, 0), ("WON", None, 0)]


def test_a_pair_says_of_each_side_which_the_other_is() -> None:
    here, there = Place(A, A, "one", None), Place(B, None, "one", None)
    state = State(OPEN, Decimal(10), "EUR", here)
    _, left, came = postings(dated([state, state._replace(place=there)]))
    assert (left.flow, left.place, left.other) == (PipelineFlow.LEFT, here, there)
    assert (came.flow, came.place, came.other) == (PipelineFlow.CAME, there, here)
