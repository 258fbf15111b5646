"""Training: the only place that needs numpy and scikit-learn, which are imported when it happens.

A logistic model with a ridge, so that stages, partners and words with few deals stay near what holds for all. Rows of
one deal stand in the same fold when the ridge is chosen and the result calibrated.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.prediction.crowd import Crowd, everyone
from app.prediction.deal import Deal
from app.prediction.features import CATEGORIES, EVERY, Category, Feature
from app.prediction.landmarks import Landmark, numbered
from app.prediction.linear import BASE, Column, Linear, Term, columns, row, values
from app.prediction.next_stages import Ways
from app.prediction.stage_rates import StageRates
from app.prediction.trees import Tree, Trees

RIDGES = (0.01, 0.03, 0.1, 0.3, 1.0)
FOLDS = 4
SOLVER = "newton-cholesky"
"""Of many rows and few columns, the fastest by far."""
NEXT_RIDGE, FEWEST_ROWS = 0.01, 100
RAREST = 15
MOST_WORDS = 200
"""Deals that a word needs to be a term of its own; and terms of one category."""


def fit(
    rows: Sequence[Landmark],
    rates: StageRates,
    order: Mapping[str, int],
    left_out: Collection[str] = (),
    crowd: Crowd = everyone,
) -> Linear:
    """Raises `ModuleNotFoundError` where scikit-learn isn't installed."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.model_selection import GroupKFold

    of = _columns(rows, order, left_out, crowd, rates)
    cells = [row(one.moment.deal.stage, values(one.moment, rates), of) for one in rows]
    matrix, means, scales = _scaled(np.array(cells, dtype=float), of)
    outcomes = np.array([one.won for one in rows], dtype=int)
    weights = np.array([one.weight for one in rows])
    weights = weights / weights.mean()
    groups = [one.of for one in rows]

    def loss(ridge: float) -> float:
        total = 0.0
        for learnt, asked in GroupKFold(FOLDS).split(matrix, outcomes, groups):
            model = LogisticRegression(C=ridge, solver=SOLVER).fit(matrix[learnt], outcomes[learnt], weights[learnt])
            said = model.predict_proba(matrix[asked])[:, 1]
            total += log_loss(outcomes[asked], said, sample_weight=weights[asked], labels=[0, 1])
        return total

    best = min(RIDGES, key=loss)
    fitted = LogisticRegression(C=best, solver=SOLVER).fit(matrix, outcomes, weights)
    terms = [
        Term(feature, stage, float(mean), float(scale), float(weight), word)
        for (feature, stage, word), mean, scale, weight in zip(of, means, scales, fitted.coef_[0], strict=True)
    ]
    return Linear(float(fitted.intercept_[0]), tuple(term for term in terms if term.weight != 0.0))


def lead(
    rows: Sequence[Landmark],
    rates: StageRates,
    order: Mapping[str, int],
    left_out: Collection[str] = (),
    crowd: Crowd = everyone,
) -> dict[str, Ways]:
    """By stage, for those that were left often enough. Raises `ModuleNotFoundError` where scikit-learn isn't
    installed."""
    of = [column for column in _columns(rows, order, left_out, crowd, rates) if column[1] is None]
    by_stage: dict[str, list[Landmark]] = {}
    for one in rows:
        by_stage.setdefault(one.moment.deal.stage, []).append(one)
    found = {}
    for stage, there in by_stage.items():
        counted = Counter(one.next for one in there)
        counting = {to: crowd(one.moment.deal for one in there if one.next == to) for to in counted}
        told = [one for one in there if counted[one.next] >= RAREST and one.of in counting[one.next]]
        if len(told) >= FEWEST_ROWS and len({one.next for one in told}) > 1:
            found[stage] = _ways(stage, told, rates, of)
    return found


def _ways(stage: str, rows: Sequence[Landmark], rates: StageRates, of: Sequence[Column]) -> Ways:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    known = [values(one.moment, rates) for one in rows]
    _, means, scales = _scaled(np.array([row(stage, one, of) for one in known], dtype=float), of)
    to = tuple(sorted({one.next for one in rows}))
    empty = Ways(to, tuple(of), tuple(map(float, means)), tuple(map(float, scales)), (), ())
    cells = [
        empty.cells(stage, rates.next_stage(stage, one.moment.days_in_stage), features)
        for one, features in zip(rows, known, strict=True)
    ]
    weights = np.array([one.weight for one in rows])
    outcomes = np.array([to.index(one.next) for one in rows])
    fitted = LogisticRegression(C=NEXT_RIDGE, max_iter=500, tol=1e-3).fit(
        np.array(cells), outcomes, weights / weights.mean()
    )
    rows_of, shifts = fitted.coef_, fitted.intercept_
    if len(to) == 2:  # scikit-learn then keeps what speaks for the second alone
        rows_of, shifts = np.vstack([0 * rows_of[0], rows_of[0]]), np.array([0.0, shifts[0]])
    return replace(
        empty,
        intercepts=tuple(map(float, shifts)),
        weights=tuple(tuple(map(float, one)) for one in rows_of),
    )


def grow(
    rows: Sequence[Landmark], rates: StageRates, order: Mapping[str, int], left_out: Collection[str] = ()
) -> Trees:
    """Raises `ModuleNotFoundError` where scikit-learn isn't installed."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    of = _columns(rows, order, left_out, everyone, rates)
    matrix = np.array([row(one.moment.deal.stage, values(one.moment, rates), of) for one in rows], dtype=float)
    outcomes = np.array([one.won for one in rows], dtype=int)
    weights = np.array([one.weight for one in rows])
    boosted = HistGradientBoostingClassifier(
        learning_rate=0.06, max_iter=80, max_leaf_nodes=6, min_samples_leaf=80, l2_regularization=20.0
    )
    with threadpool_limits(1):  # threads that wait for each other on a busy machine take many times as long
        boosted.fit(matrix, outcomes, weights / weights.mean())
    grown = [_tree(predictor[0].nodes) for predictor in boosted._predictors]
    return Trees(tuple(of), float(boosted._baseline_prediction.ravel()[0]), tuple(grown))


def _tree(nodes: Any) -> Tree:
    """Of the nodes that scikit-learn keeps of a tree; the mean of each is that of its leaves, by their samples."""
    leaf, left, right = nodes["is_leaf"].astype(bool), nodes["left"].astype(int), nodes["right"].astype(int)
    value, count = nodes["value"].astype(float), nodes["count"].astype(float)
    for at in reversed(range(len(nodes))):  # children come after their parents
        if not leaf[at]:
            below = (left[at], right[at])
            value[at] = sum(value[one] * count[one] for one in below) / sum(count[one] for one in below)
    return Tree(
        column=tuple(-1 if leaf[at] else int(nodes["feature_idx"][at]) for at in range(len(nodes))),
        threshold=tuple(0.0 if leaf[at] else float(nodes["num_threshold"][at]) for at in range(len(nodes))),
        left=tuple(map(int, left)),
        right=tuple(map(int, right)),
        unknown_left=tuple(bool(one) for one in nodes["missing_go_to_left"]),
        value=tuple(map(float, value)),
    )


def _columns(
    rows: Sequence[Landmark], order: Mapping[str, int], left_out: Collection[str], crowd: Crowd, rates: StageRates
) -> list[Column]:
    entered = {one.moment.deal.stage for one in rows} & rates.exits.keys()
    of = columns([stage for stage in numbered(order) if stage in entered], _words(rows, crowd))
    told = {BASE, *(feature.key for feature in EVERY if len(_some(feature, rows)) > 1)}
    return [column for column in of if column[0] not in left_out and column[0] in told]


def _some(feature: Feature | Category, rows: Sequence[Landmark]) -> set[float | str]:
    """Two values that it has, if it has more than one."""
    found: set[float | str] = set()
    for one in rows:
        value = feature.read(one.moment)
        if value is not None:
            found.add(value)
        if len(found) > 1:
            break
    return found


def _scaled(matrix: Any, of: Sequence[Column]) -> tuple[Any, Any, Any]:
    """Columns with mean 0 and deviation 1; unknown cells at 0. Rare words of a category deviate less, so that the
    ridge holds them back."""
    import numpy as np

    known = ~np.isnan(matrix)
    counts = known.sum(axis=0)
    filled = np.where(known, matrix, 0.0)
    means = filled.sum(axis=0) / np.maximum(counts, 1)
    spread = np.sqrt((np.where(known, matrix - means, 0.0) ** 2).sum(axis=0) / np.maximum(counts, 1))
    scales = np.where(spread > 1e-9, spread, 1.0)
    pull = {category.key: category.scale for category in CATEGORIES}
    for index, (feature, _, word) in enumerate(of):
        if word is not None:
            scales[index] = 1.0 / pull[feature]
    return np.where(known, (matrix - means) / scales, 0.0), means, scales


def _words(rows: Sequence[Landmark], crowd: Crowd) -> dict[str, list[str]]:
    """A word all of whose deals count; those of a partner with more than half don't."""
    found = {}
    for category in CATEGORIES:
        deals = defaultdict[str, dict[str, Deal]](dict)
        for one in rows:
            if (word := category.read(one.moment)) is not None:
                deals[word][one.of] = one.moment.deal
        most = sorted(deals, key=lambda word: -len(deals[word]))[:MOST_WORDS]
        large = sorted(word for word in most if len(deals[word]) >= RAREST)
        kept = [word for word in large if crowd(deals[word].values()) >= deals[word].keys()]
        if len(large) > 1 and kept:
            found[category.key] = kept
    return found
