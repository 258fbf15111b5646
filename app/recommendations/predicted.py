"""A stored prediction as guidance knows it."""

import orjson

from app.prediction.words import STAGE, said_of
from app.vocabulary import PredictionTrend
from guidance import facts as known


def predicted(stored: str | None) -> known.Prediction | None:
    """None also where it was stored before there was anything to compare it with."""
    if stored is None:
        return None
    basis, win, usual, reasons, change, trend = orjson.loads(stored)
    if usual is None:
        return None
    against = [
        said_of(feature, value, False)[0] for feature, value, points in reasons if points < 0 and feature != STAGE
    ]
    return known.Prediction(
        basis=known.PredictionBasis(basis),
        win_probability=win,
        usual=usual,
        against=tuple(against),
        change=known.Change(known.Lever(change[0]), change[1]) if change else None,
        falling=trend == PredictionTrend.DECLINING,
    )
