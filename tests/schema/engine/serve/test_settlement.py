"""The charge for an operation that ran: its price, or what it took where the two are far apart."""

import pytest

from schema.engine.serve.settlement import debited, refunded, stepped

A_SECOND = 20_000


@pytest.mark.parametrize(
    ("units", "steps"),
    [(0, 0), (-5, 0), (0.1, 10), (10, 10), (10.1, 15), (16, 20), (71, 100), (101, 150), (1000, 1000), (12_345, 15_000)],
)
def test_steps_are_few_and_never_too_little(units: float, steps: int) -> None:
    assert stepped(units) == steps


@pytest.mark.parametrize(
    ("requested", "seconds", "more"),
    [
        (11, 0.0099, 0),  # any statement may take that long on a busy day
        (11, 0.01, 200),
        (300, 0.015, 0),
        (300, 0.016, 20),
        (11, 15, 300_000),
    ],
)
def test_what_statements_took_beyond_a_price_is_debited(requested: int, seconds: float, more: int) -> None:
    assert debited(requested, seconds, A_SECOND) == more


@pytest.mark.parametrize(
    ("requested", "seconds", "back"),
    [
        (20, 0.000_001, 0),  # small prices stay as they are
        (110, 0.000_02, 100),  # from memory
        (200, 0.001, 0),  # a tenth of what it paid for
        (200, 0.000_5, 100),
        (4310, 0.000_5, 4210),
        (20_000, 0.000_1, 19_890),  # so much was held ready: one in 200 is kept
        (20_000, 0.5, 0),
    ],
)
def test_what_paid_for_work_that_there_was_none_of_is_refunded(requested: int, seconds: float, back: int) -> None:
    assert refunded(requested, seconds, A_SECOND) == back


def test_nothing_is_settled_where_time_costs_nothing() -> None:
    assert (debited(11, 20, 0), refunded(20_000, 0.000_1, 0)) == (0, 0)


def test_no_charge_is_dearer_for_less_work_or_nearly_free_for_a_high_price() -> None:
    for requested in (21, 110, 2_000, 20_000):
        charges = [requested - refunded(requested, n / 100_000, A_SECOND) for n in range(1, 2_000)]
        assert charges == sorted(charges)
        assert charges[0] >= 10 + requested // 200
        assert charges[-1] == requested or charges[-1] >= 2_000
