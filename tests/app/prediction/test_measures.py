"""Measures in plain Python are those that everybody means by their names."""

from random import Random

import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from app.prediction import measures


@pytest.fixture(scope="module")
def said() -> tuple[list[bool], list[float]]:
    drawn = Random(3)
    probabilities = [round(drawn.random(), 2) for _ in range(400)]
    return [drawn.random() < p for p in probabilities], probabilities


def test_they_are_those_of_scikit_learn(said: tuple[list[bool], list[float]]) -> None:
    outcomes, probabilities = said
    inner = [min(max(p, measures.SURE), 1 - measures.SURE) for p in probabilities]
    assert measures.auc(outcomes, probabilities) == pytest.approx(roc_auc_score(outcomes, probabilities))
    assert measures.brier(outcomes, probabilities) == pytest.approx(brier_score_loss(outcomes, probabilities))
    assert measures.log_loss(outcomes, inner) == pytest.approx(log_loss(outcomes, inner))


def test_calibration_is_by_ten_groups_that_hold_all() -> None:
    outcomes, probabilities = [True] * 50 + [False] * 50, [0.8] * 50 + [0.2] * 50
    groups = measures.calibration(outcomes, probabilities)
    assert [of for *_, of in groups] == [10] * 10
    assert measures.calibration_error(outcomes, probabilities) == pytest.approx(0.2)


def test_of_nothing_there_is_no_measure() -> None:
    assert measures.auc([True], [0.5]) is None
    assert (measures.brier([], []), measures.log_loss([], []), measures.calibration_error([], [])) == (None,) * 3
    assert not measures.gain([True], [0.5], [0.9], ["d"]).is_more_than_chance


def test_rows_of_one_deal_are_one_case() -> None:
    """A hundred rows of two deals are no more certain than two."""
    alone = measures.gain([True, False], [0.5, 0.5], [0.6, 0.5], ["a", "b"])
    many = measures.gain([True] * 50 + [False] * 50, [0.5] * 100, [0.6] * 50 + [0.5] * 50, ["a"] * 50 + ["b"] * 50)
    assert many.mean == pytest.approx(alone.mean)
    assert many.error == pytest.approx(alone.error)
