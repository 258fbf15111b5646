"""The record of actions that people have seen. Kept in memory as answers go out and written together every moment, so
that reading costs no write of its own; a server that dies loses its last moment."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import structlog

from app.database import Database
from app.identity.viewer import Viewer
from app.recommendations.standing import LIVE

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0
_LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

# Both hold no deal's lock: rows are locked in the order in which `app.recommendations.store.write` does so.
_MARK = """
WITH seen AS (
  SELECT id FROM next_best_action WHERE id = ANY ($1::uuid[]) AND shown_at IS NULL ORDER BY id FOR NO KEY UPDATE
)
UPDATE next_best_action n SET shown_at = $2, shown_position = n.position, shown_propensity = n.propensity
FROM seen WHERE n.id = seen.id
"""
# Only the first time that these actions stand in this order; `candidates` is read by `app.recommendations.shown_log`.
_LOG = f"""
WITH noted AS (
  SELECT r.opportunity_id, r.slate, x.served, x.at
  FROM unnest($1::uuid[], $2::int[], $3::timestamptz[]) AS x(id, served, at)
  JOIN recommendation r ON r.opportunity_id = x.id WHERE r.slate IS DISTINCT FROM r.slate_shown
  ORDER BY r.opportunity_id FOR NO KEY UPDATE OF r
), logged AS (
  INSERT INTO shown_slate (id, opportunity_id, digest, at, served, playbook_key, stage_key, candidates)
  SELECT gen_random_uuid(), x.opportunity_id, x.slate, x.at, x.served, min(n.playbook_key), min(n.stage_key),
    jsonb_agg(jsonb_build_object('id', n.id, 'key', n.key, 'rank', n.undrawn_position, 'propensity', n.propensity,
      'prompt_version', n.prompt_version, 'model', n.model, 'factors', n.factors) ORDER BY n.position, n.id)
  FROM noted x JOIN next_best_action n ON n.opportunity_id = x.opportunity_id
    AND (n.status IN {LIVE} OR (n.status IN ('COMPLETED', 'DISMISSED') AND n.responded_at >= x.at))
  WHERE x.slate IS NOT NULL GROUP BY x.opportunity_id, x.slate, x.served, x.at
  ON CONFLICT (opportunity_id, digest) DO NOTHING
)
UPDATE recommendation r SET slate_shown = x.slate FROM noted x WHERE r.opportunity_id = x.opportunity_id
"""  # noqa: S608 (the texts are constants)

_waiting: set[UUID] = set()
_slates: dict[UUID, tuple[int, datetime]] = {}


def sells(viewer: Viewer, partner_id: UUID | None) -> bool:
    """Whether advice counts as shown when this viewer has seen it, as one of those who sell the deal: its partner's
    people, or the vendor's where there is no partner."""
    return viewer.organization_id == partner_id if partner_id else viewer.is_vendor


def note(ids: Iterable[UUID]) -> None:
    _waiting.update(ids)


def note_slates(deals: Mapping[UUID, int]) -> None:
    """`deals`: how many actions of each were served."""
    if deals:
        at = datetime.now(UTC)
        _slates.update({id: (first, at) for id, first in deals.items() if id not in _slates})


def forget() -> None:
    """All that waits, as if nobody had seen it."""
    _waiting.clear()
    _slates.clear()


async def flush(database: Database) -> None:
    """Write what waits."""
    ids, slates = sorted(_waiting), dict(sorted(_slates.items()))
    if not ids and not slates:
        return
    _waiting.clear()
    _slates.clear()
    try:
        if ids:
            await database.fetch(_MARK, ids, datetime.now(UTC))
        if slates:
            first, at = zip(*slates.values(), strict=True)
            await database.fetch(_LOG, list(slates), first, at)
    except _LOST:
        _waiting.update(ids)
        _slates.update(slates | _slates)
        raise


@asynccontextmanager
async def recorded(database: Database) -> AsyncIterator[None]:
    """While the block runs, and once more at its end."""
    writer = asyncio.create_task(_write(database), name="shown")
    try:
        yield
    finally:
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer
        with suppress(*_LOST):
            await flush(database)


async def _write(database: Database) -> None:
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await flush(database)
        except _LOST as error:
            log.warning("can't record which actions were seen", error=str(error))
