"""Models for deals that none was trained for yet: the playbook's own probabilities."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from app.database import Database
from app.models.columns import new_id
from app.prediction.codec import written
from app.prediction.ladder import ENOUGH_FOR_RATES, at_least
from app.prediction.learning import learn, with_basis
from app.prediction.shape import Shape
from app.prediction.store import Current, current
from app.vocabulary import ModelAudience, PredictionBasis

_WRITE = """
INSERT INTO prediction_model (id, playbook_key, version, audience, partner_id, of_whom, basis, trained_at, deals, wins,
  content, missing, current)
SELECT $1, $2, coalesce((SELECT max(version) FROM prediction_model WHERE playbook_key = $2 AND current), 1), $3, $4, $5,
  'STAGE_PROBABILITY', $6, 0, 0, $7::text::jsonb, $8, TRUE
ON CONFLICT DO NOTHING
"""


async def provided(
    db: Database, playbook: str, partners: Collection[str | None], shape: Shape, at: datetime
) -> Current:
    """The models in use, with one for each of these partners (None: for the vendor's own deals)."""
    models = (await current(db, [playbook]))[playbook]
    lacking = [partner for partner in partners if models.for_deal(partner) is None]
    if not lacking:
        return models
    content = written(with_basis(learn([], 0.0, shape).simple, PredictionBasis.STAGE_PROBABILITY))
    missing = [at_least(ENOUGH_FOR_RATES, "closed")]
    for partner in lacking:
        audience = ModelAudience.VENDOR if partner is None else ModelAudience.PARTNER
        whom = (audience.value, None if partner is None else UUID(partner), partner or audience.value)
        await db.fetch(_WRITE, new_id(), playbook, *whom, at, content, missing)
    return (await current(db, [playbook]))[playbook]
