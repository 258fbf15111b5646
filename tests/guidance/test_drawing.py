"""Held-out deals: who they are, what is drawn in them, and how likely each place was."""

from collections import Counter
from dataclasses import replace

import pytest

from guidance.actions import ActionKind, Candidate, Evidence, Target, Urgency
from guidance.drawing import COMPARABLE, MOST_DRAWN, comparable, drawn, is_held_out, undrawn
from guidance.ranking import Ranked
from guidance.scoring import Factors

DEALS = [f"deal/{number}" for number in range(4_000)]


def ranked(name: str, score: float, *, due: bool = False) -> Ranked:
    candidate = Candidate(
        ActionKind.CUSTOM, name, "Because.", (Evidence("fact", "value", "test"),), target=Target(criterion_id=name)
    )
    return Ranked(candidate, score, Factors(ActionKind.CUSTOM, 1.0, Urgency.NORMAL, 30, 0.35, due=due))


ORDER = (ranked("due", 0.2, due=True), ranked("a", 1.0), ranked("b", 0.95), ranked("far", 0.1), ranked("c", 0.92))


def test_five_in_a_hundred_deals_are_held_out_always_the_same_and_none_at_0() -> None:
    held = [deal for deal in DEALS if is_held_out(deal, 0.05)]
    assert 150 < len(held) < 250
    assert all(is_held_out(deal, 0.1) for deal in held)
    assert not any(is_held_out(deal, 0.0) for deal in DEALS)


def test_what_is_about_as_good_is_drawn_and_the_rest_stays_where_it_was() -> None:
    assert comparable(ORDER) == (1, 2, 4)
    for deal in DEALS[:50]:
        titles = [one.ranked.candidate.title for one in drawn(ORDER, deal)]
        assert (titles[0], titles[3]) == ("due", "far")
        assert sorted((titles[1], titles[2], titles[4])) == ["a", "b", "c"]


def test_the_logged_probability_is_how_often_it_stands_there() -> None:
    stood = Counter(
        (place, one.ranked.candidate.title, one.propensity)
        for deal in DEALS
        for place, one in enumerate(drawn(ORDER, deal))
    )
    assert len(stood) == 2 + 9
    for (_, _, propensity), times in stood.items():
        assert times / len(DEALS) == pytest.approx(propensity, abs=0.04)


def test_every_order_is_as_likely_as_any_other() -> None:
    orders = Counter(tuple(one.ranked.candidate.title for one in drawn(ORDER, deal)) for deal in DEALS)
    assert len(orders) == 6
    assert all(times / len(DEALS) == pytest.approx(1 / 6, abs=0.03) for times in orders.values())


def test_it_stands_as_it_stood_until_there_is_something_else_to_order() -> None:
    again = tuple(replace(one, score=one.score * 0.99) for one in ORDER)
    other = (*ORDER, ranked("new", 0.96))
    for deal in DEALS[:20]:
        assert [one.rank for one in drawn(again, deal)] == [one.rank for one in drawn(ORDER, deal)]
    kept = [
        [one.ranked.candidate.title for one in drawn(other, deal) if one.ranked.candidate.title in "abc"]
        == [one.ranked.candidate.title for one in drawn(ORDER, deal) if one.ranked.candidate.title in "abc"]
        for deal in DEALS[:600]
    ]
    assert sum(kept) / len(kept) == pytest.approx(1 / 6, abs=0.05)  # by chance alone


def test_ranks_and_probabilities_of_an_order_that_is_not_drawn() -> None:
    assert [(one.rank, one.propensity) for one in undrawn(ORDER)] == [(n, 1.0) for n in range(5)]
    assert drawn(ORDER[:2], "deal/1") == undrawn(ORDER[:2])
    assert drawn((), "deal/1") == ()


def test_never_more_than_a_few_are_drawn() -> None:
    many = [ranked(f"same {number}", 1.0) for number in range(20)]
    assert len(comparable(many)) == MOST_DRAWN
    assert comparable([ranked("best", 1.0), ranked("worse", COMPARABLE - 0.01)]) == (0,)
