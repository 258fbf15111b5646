"""Where an action stands among those of all deals."""

from decimal import Decimal
from typing import Any

import pytest

from app.deals.money import minor_units
from app.recommendations.rank import UNITS, rank_among_deals, worth


def rows(*scores: float) -> list[dict[str, Any]]:
    return [{"key": f"k{n}", "position": n, "score": score} for n, score in enumerate(scores)]


def ranks(given: list[dict[str, Any]], worth_of_deal: float = 1.0, due: tuple[str, ...] = ()) -> list[float]:
    rank_among_deals(given, worth_of_deal, due)
    return [row["rank"] for row in given]


@pytest.mark.parametrize("due", [(), ("k0",), ("k1",), ("k0", "k1"), ("k0", "k2")])
def test_a_deals_actions_keep_their_order_whatever_they_score(due: tuple[str, ...]) -> None:
    found = ranks(rows(0.2, 0.9, 0.5, 0.5), due=due)
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 4


def test_what_is_due_in_a_small_deal_comes_before_what_is_not_in_a_large_one() -> None:
    assert ranks(rows(0.01), due=("k0",))[0] > ranks(rows(50.0), worth(Decimal(10**12), "EUR"))[0]


def test_what_is_due_but_placed_below_what_is_not_stays_below_it() -> None:
    first, second = ranks(rows(0.3, 0.3), due=("k1",))
    assert first > second
    assert first < ranks(rows(0.01), due=("k0",))[0]


def test_the_second_action_of_a_deal_makes_room_for_the_first_of_others() -> None:
    assert ranks(rows(0.5, 0.5))[1] < ranks(rows(0.4))[0]


def test_more_is_worth_more_and_nothing_known_the_least() -> None:
    amounts = [None, Decimal(0), Decimal(5_000), Decimal(10_000), Decimal(1_000_000), Decimal("1e400")]
    found = [worth(amount, "EUR") for amount in amounts]
    assert found == sorted(found)
    assert found[0] == found[1] == 1
    assert worth(Decimal(1_000_000), "EUR") < 4 * worth(Decimal(5_000), "EUR")


def test_an_amount_in_another_currency_is_of_its_own_order_of_magnitude() -> None:
    assert abs(worth(Decimal(1_600_000), "JPY") - worth(Decimal(10_000), "EUR")) < 1
    assert [code for code in UNITS if minor_units(code) is None] == []
