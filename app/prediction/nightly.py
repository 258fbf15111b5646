"""The training of all playbooks every night, and of one on demand."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import orjson
import structlog

from app.database import Database, Transaction, database
from app.database.failures import MAYBE_UNREACHABLE
from app.events import append, facts, wake
from app.jobs import jobs
from app.models.columns import new_id
from app.prediction import source
from app.prediction.apart import TrainingFailed, train_apart
from app.prediction.codec import written
from app.prediction.deal import days
from app.prediction.groups import Group, groups
from app.prediction.ladder import for_partners
from app.prediction.operating import SCORE, TRAIN, ask_for
from app.prediction.report import present
from app.prediction.trainer import Trained
from app.prediction.training_process import Order
from app.vocabulary import ModelAudience

log = structlog.get_logger(__name__)

_PLAYBOOKS = """
SELECT DISTINCT p.key FROM playbook p WHERE EXISTS (SELECT FROM opportunity o WHERE o.playbook_id = p.id)
  AND NOT EXISTS (SELECT FROM prediction_model m WHERE m.playbook_key = p.key AND m.current AND m.held)
ORDER BY p.key
"""
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7327))"
_HELD = "SELECT FROM prediction_model WHERE playbook_key = $1 AND current AND held LIMIT 1"
_LAST = "SELECT coalesce(max(version), 0) AS version FROM prediction_model WHERE playbook_key = $1"
_PUT_ASIDE = "UPDATE prediction_model SET current = FALSE, held = FALSE WHERE playbook_key = $1 AND current"
_FORGET = """
DELETE FROM prediction_model WHERE playbook_key = $1 AND NOT current AND version <= $2
"""
KEPT_VERSIONS = 30
_WRITE = """
INSERT INTO prediction_model (id, playbook_key, version, audience, partner_id, of_whom, basis, trained_at, deals, wins,
  content, backtest, calibration, warnings, missing, better_than_baseline, current, held)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb, $12::text::jsonb, $13::text::jsonb, $14, $15, $16,
  TRUE, FALSE)
"""


async def train_playbook(
    db: Database, playbook_key: str, at: datetime, until: float | None = None, *, even_if_held: bool = False
) -> UUID | None:
    """The model of all deals that is in use from now on; None where there is no deal, or where somebody went back to an
    earlier model, be it meanwhile, unless `even_if_held`. `until`: by what was known then. Raises `TrainingFailed`."""
    deals, shape = await source.of_playbook(db, playbook_key), await source.shape_of(db, playbook_key)
    if not deals:
        return None
    places = {deal.id: place for place, deal in enumerate(deals)}
    made = groups(deals)
    now = present(deals, days(at)) if until is None else until
    of_all = [group.audience is ModelAudience.PARTNERS for group in made]
    order = Order(deals, now, shape, [[places[deal.id] for deal in group.deals] for group in made], of_all)
    answer = await train_apart(order)
    async with db.transaction() as tx:
        await tx.fetch(_TURN, playbook_key)
        if not even_if_held and await tx.fetch(_HELD, playbook_key):
            log.info("prediction.training_dropped", playbook=playbook_key)
            return None
        kept = await _keep(tx, playbook_key, made, answer.trained, at)
        await ask_for(tx, SCORE, playbook_key)
    wake()
    return kept


async def _keep(
    tx: Transaction, playbook_key: str, made: Sequence[Group], trained: Sequence[Trained], at: datetime
) -> UUID:
    """In the playbook's turn."""
    last = await tx.fetchrow(_LAST, playbook_key)
    version = (last["version"] if last is not None else 0) + 1
    await tx.execute(_PUT_ASIDE, playbook_key)
    ids = [await _insert(tx, playbook_key, version, group, one, at) for group, one in zip(made, trained, strict=True)]
    await tx.execute(_FORGET, playbook_key, version - KEPT_VERSIONS)
    await append(
        tx,
        facts.prediction_model_changed(
            ids[0], playbook_key=playbook_key, version=version, rolled_back=False, actor_id=None
        ),
    )
    return ids[0]


async def _insert(tx: Transaction, playbook_key: str, version: int, group: Group, one: Trained, at: datetime) -> UUID:
    id = new_id()
    about = (group.audience.value, group.partner, group.of_whom, one.model.basis.value, at, one.deals, one.wins)
    documents = (written(one.model), orjson.dumps(one.backtest).decode(), orjson.dumps(one.calibration).decode())
    missing = one.missing if group.audience is ModelAudience.VENDOR else for_partners(one.missing)
    said = (one.warnings, missing, one.better_than_baseline)
    await tx.execute(_WRITE, id, playbook_key, version, *about, *documents, *said)
    return id


async def train_all(db: Database, at: datetime) -> int:
    """A playbook whose training fails, or whose models can't be stored, keeps those it has; it is logged. How many were
    trained."""
    keys, trained = [row["key"] for row in await db.fetch(_PLAYBOOKS)], 0
    for key in keys:
        try:
            trained += await train_playbook(db, key, at) is not None
        except (TrainingFailed, asyncpg.PostgresError, *MAYBE_UNREACHABLE) as failure:
            log.error("prediction.training_failed", playbook=key, reason=str(failure))
    return trained


@jobs.task(name=TRAIN)
async def train_on_demand(playbook_key: str) -> None:
    await train_playbook(database(), playbook_key, datetime.now(UTC))


@jobs.periodic(cron="47 2 * * *")
@jobs.task(name="train_predictions_nightly", queueing_lock="train_predictions_nightly", lock="train_predictions")
async def train_every_night(timestamp: int) -> None:
    await train_all(database(), datetime.fromtimestamp(timestamp, UTC))
