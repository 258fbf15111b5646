"""The win probability of a deal, as its field, filters and orders have it."""

from app import nouns
from app.database.sql import Sql, sql
from app.deals.queries import is_predicted
from schema.engine.declare import entity_by_prefix
from schema.engine.sql.frame import Frame


def win_probability(frame: Frame) -> Sql:
    """The prediction's where the vendor has chosen so, as far as the viewer sees one; else the stage's."""
    of_stage, prefix = frame.follow("stage_id").column("win_probability"), nouns.PREDICTION.prefix
    if not is_predicted() or prefix is None:
        return of_stage
    predicted = frame.follow("id", entity_by_prefix(prefix))
    return sql("coalesce({}, {})", predicted.column("win_probability"), of_stage)
