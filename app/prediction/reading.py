"""Lists that are stored with models and predictions, for those who may see them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from app.events.log import Reader
from app.identity.scopes import VisibilityScope
from app.prediction.words import Worded, worded
from app.vocabulary import ModelAudience

FIGURES = (
    "auc",
    "brier",
    "log_loss",
    "calibration_error",
    "interval_coverage",
    "median_days_error",
    "next_stage_log_loss",
    "won_in_30_days_auc",
)
"""Of a line of a back-test, which aren't there where nothing can be measured."""

TESTED = {
    VisibilityScope.EVERYTHING: tuple(audience.value for audience in ModelAudience),
    VisibilityScope.ORGANIZATION: (ModelAudience.PARTNER.value,),
    VisibilityScope.OWN_AND_SHARED: (),
}
"""Models whose figures a viewer may see exactly. Those of a back-test are of few deals each, so nobody sees them of
other partners' deals, and no seller of those of colleagues."""

_OF_MODELS = (
    "SELECT id, {}::text AS kept FROM prediction_model WHERE id = ANY ($1::uuid[]) AND audience = ANY ($2::text[])"
)
_BACKTEST, _CALIBRATION = _OF_MODELS.format("backtest"), _OF_MODELS.format("calibration")
_REASONS = """
SELECT d.id, d.reasons::text AS kept, p.language FROM prediction d JOIN opportunity o ON o.id = d.id
JOIN playbook p ON p.id = o.playbook_id WHERE d.id = ANY ($1::uuid[])
"""

Kept = Mapping[UUID, list[Any]]


async def backtests(db: Reader, scope: VisibilityScope, ids: Sequence[UUID]) -> Kept:
    return await _kept(db, _BACKTEST, ids, TESTED[scope])


async def calibrations(db: Reader, scope: VisibilityScope, ids: Sequence[UUID]) -> Kept:
    return await _kept(db, _CALIBRATION, ids, TESTED[scope])


async def reasons(db: Reader, ids: Sequence[UUID], language: str) -> Mapping[UUID, list[Worded]]:
    """In the reader's language."""
    rows = await db.fetch(_REASONS, list(ids))
    return {row["id"]: worded(orjson.loads(row["kept"]), language, row["language"]) for row in rows}


async def _kept(db: Reader, statement: str, ids: Sequence[UUID], *more: Sequence[str]) -> Kept:
    return {row["id"]: orjson.loads(row["kept"]) for row in await db.fetch(statement, list(ids), *more)}
