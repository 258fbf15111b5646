"""Training on demand, and the way back to an earlier model."""

from dataclasses import dataclass
from uuid import UUID

from app.database import Transaction
from app.deals.editing import within
from app.events import append, facts
from app.identity.viewer import Viewer
from app.jobs import defer_missing
from app.outcomes import Refused, refused
from app.vocabulary import ErrorCode

TRAIN, SCORE = "train_predictions", "score_predictions"

_TURN = "SELECT pg_advisory_xact_lock(hashtextextended($1, 7327))"
_PLAYBOOK = "SELECT FROM playbook WHERE key = $1 LIMIT 1"
_FREE = """
UPDATE prediction_model SET held = FALSE WHERE playbook_key = $1 AND current RETURNING id, audience, version
"""
_STANDING = "SELECT max(version) AS version FROM prediction_model WHERE playbook_key = $1 AND current"
_BEFORE = "SELECT max(version) AS version FROM prediction_model WHERE playbook_key = $1 AND version < $2"
_IS_THERE = "SELECT FROM prediction_model WHERE playbook_key = $1 AND version = $2 LIMIT 1"
_PUT_ASIDE = "UPDATE prediction_model SET current = FALSE, held = FALSE WHERE playbook_key = $1 AND current"
_PUT_BACK = """
UPDATE prediction_model SET current = TRUE, held = TRUE WHERE playbook_key = $1 AND version = $2
RETURNING id, audience, version
"""


@dataclass(frozen=True, slots=True)
class Retraining:
    """`model_id`: of the model in use until then."""

    model_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RolledBack:
    model_id: UUID


async def retrain(viewer: Viewer, playbook_key: str, *, tx: Transaction | None = None) -> Retraining | Refused:
    async with within(tx) as own:
        if await _unknown(own, playbook_key):
            return refused(ErrorCode.NOT_FOUND, "There is no such playbook.", "playbookKey")
        freed = await own.fetch(_FREE, playbook_key)
        await ask_for(own, TRAIN, playbook_key)
        if not freed:
            return Retraining()
        first = min(freed, key=lambda row: (row["audience"] != "VENDOR", row["id"]))
        await _tell(own, viewer, playbook_key, first["id"], first["version"], rolled_back=False)
        return Retraining(first["id"])


async def roll_back(
    viewer: Viewer | None, playbook_key: str, version: int | None, *, tx: Transaction | None = None
) -> RolledBack | Refused:
    """`version`: None is the one before that in use. Without a viewer: by a command."""
    async with within(tx) as own:
        if await _unknown(own, playbook_key):
            return refused(ErrorCode.NOT_FOUND, "There is no such playbook.", "playbookKey")
        wanted = version if version is not None else await _before(own, playbook_key)
        if wanted is None:
            return refused(ErrorCode.NOT_FOUND, "There is no earlier model to go back to.", "playbookKey")
        if not -(2**31) <= wanted < 2**31 or not await own.fetch(_IS_THERE, playbook_key, wanted):
            message = "There is no such version; `predictionModels` lists those that there are."
            return refused(ErrorCode.NOT_FOUND, message, "version")
        await own.execute(_PUT_ASIDE, playbook_key)
        put = await own.fetch(_PUT_BACK, playbook_key, wanted)
        first = min(put, key=lambda row: (row["audience"] != "VENDOR", row["id"]))
        await _tell(own, viewer, playbook_key, first["id"], wanted, rolled_back=True)
        await ask_for(own, SCORE, playbook_key)
        return RolledBack(first["id"])


async def ask_for(tx: Transaction, task: str, playbook_key: str) -> None:
    """Enqueue it for a playbook, once."""
    lock = f"{task}/{playbook_key}"
    await tx.fetch(_TURN, lock)
    await defer_missing(tx, task, {lock: {"playbook_key": playbook_key}})


async def _unknown(tx: Transaction, playbook_key: str) -> bool:
    await tx.fetch(_TURN, playbook_key)
    return not await tx.fetch(_PLAYBOOK, playbook_key)


async def _before(tx: Transaction, playbook_key: str) -> int | None:
    standing = await tx.fetchrow(_STANDING, playbook_key)
    assert standing is not None, "it is an aggregate"
    if standing["version"] is None:
        return None
    row = await tx.fetchrow(_BEFORE, playbook_key, standing["version"])
    return row["version"] if row is not None else None


async def _tell(
    tx: Transaction, viewer: Viewer | None, playbook_key: str, model_id: UUID, version: int, *, rolled_back: bool
) -> None:
    actor = viewer.user_id if viewer is not None else None
    event = facts.prediction_model_changed(
        model_id, playbook_key=playbook_key, version=version, rolled_back=rolled_back, actor_id=actor
    )
    await append(tx, event)
