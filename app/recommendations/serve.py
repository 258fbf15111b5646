"""The next best actions of deals: what stands is served as it is; what is out of date is made anew by the rules first.

One statement while nothing has changed. A language model's answer is never waited for.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.database import Database, Transaction
from app.database.rls import as_viewer
from app.events import wake
from app.identity.viewer import Viewer
from app.jobs import defer_missing
from app.recommendations import shown
from app.recommendations.enrichment import Enrichment, due_again
from app.recommendations.facts import Gathered, gather
from app.recommendations.languages import catalogues
from app.recommendations.model import configured
from app.recommendations.standing import Standing, standing
from app.recommendations.store import Changes, changes_for, held, lock, write
from app.vocabulary import EnrichmentState, GuidanceSource
from guidance import Recommended, recommend

ENRICH = "enrich_recommendations"


@dataclass(frozen=True, slots=True)
class Served:
    action_ids: tuple[UUID, ...]
    generated_at: datetime
    source: GuidanceSource
    enrichment: EnrichmentState


async def recommendations(
    db: Database, viewer: Viewer, ids: Sequence[UUID], *, first: int, refresh: bool = False, at: datetime
) -> Mapping[UUID, Served]:
    """Of the visible ones among `ids`. `refresh`: make them anew, and ask the model again where it failed."""
    found = await standing(db, viewer, ids, at)
    stale = [id for id, answer in found.items() if _is_stale(answer, at) or (refresh and answer.is_open)]
    if stale:
        with as_viewer(None):  # what the rules rest on was learned from all partners
            heard_in = catalogues([viewer.language])
            await renew(db, stale, at, wanted=stale if refresh else (), languages=heard_in)
        found |= await standing(db, viewer, stale, at)
    _note(viewer, found, first)
    return {id: _served(answer, first) for id, answer in found.items()}


async def renew(
    db: Database,
    ids: Sequence[UUID],
    at: datetime,
    *,
    wanted: Collection[UUID] = (),
    read: bool = True,
    told: bool = False,
    languages: frozenset[str] = frozenset(),
) -> None:
    """Ask the rules again and keep what they say. `wanted`: where a model that failed is to be asked once more. `read`:
    somebody reads it, so that a model is asked where none was yet. `told`: a first answer is an event, too.
    `languages`: to tell it in beside those of all who may read it."""
    gathered = await gather(db, ids, at, languages=languages)
    made = {}
    for id, one in gathered.items():
        made[id] = advice(one, at)
        await asyncio.sleep(0)  # the vendor's own rules may take a while together: others have a turn between deals
    if made:
        async with db.transaction() as tx:
            await lock(tx, list(made))
            await keep(tx, gathered, made, at, wanted=wanted, read=read, told=told)
        wake()


def advice(gathered: Gathered, at: datetime) -> Recommended:
    return recommend(gathered.facts, learned=gathered.learned, custom_rules=gathered.custom_rules, at=at)


async def keep(
    tx: Transaction,
    gathered: Mapping[UUID, Gathered],
    made: Mapping[UUID, Recommended],
    at: datetime,
    *,
    wanted: Collection[UUID] = (),
    read: bool = True,
    told: bool = False,
) -> None:
    """Store the rules' answers for deals whose locks are held, and enqueue what the model is to be asked. `read` and
    `told` as in `renew`."""
    changes, asking = Changes.none(), configured()
    before = await held(tx, list(gathered))
    for id, one in gathered.items():
        known = before.get(id)
        if known is not None and (known.version, known.basis_at) > (one.version, one.basis_at):
            continue  # somebody else knew more
        asks = asking and (read or (known is not None and known.was_asked))
        changes_for(one, made[id], known, changes, at=at, configured=asks, wanted=id in wanted, told=told)
    await write(tx, changes)
    await defer_missing(tx, ENRICH, {f"enrich:{id}": {"opportunity_id": str(id)} for id in changes.asked})


def _is_stale(answer: Standing, at: datetime) -> bool:
    if not answer.is_open:
        return not answer.is_empty  # a closed deal needs no answer but the end of what was open
    if answer.state is None or not answer.fresh or answer.enrichment is None:
        return True
    if not configured():
        return answer.enrichment is EnrichmentState.PENDING
    now = Enrichment(answer.enrichment, answer.enrichment_at, answer.attempts, answer.retry_at, answer.failure)
    return due_again(now, configured=True, at=at)


def _note(viewer: Viewer, answers: Mapping[UUID, Standing], first: int) -> None:
    seen = {id: answer for id, answer in answers.items() if shown.sells(viewer, answer.partner_id)}
    shown.note(id for answer in seen.values() for id, known in answer.actions[:first] if not known)
    shown.note_slates({id: first for id, answer in seen.items() if answer.actions and not answer.logged})


def _served(answer: Standing, first: int) -> Served:
    if not answer.is_open:
        skipped = EnrichmentState.SKIPPED if configured() else EnrichmentState.NOT_CONFIGURED
        return Served((), answer.generated_at, GuidanceSource.RULES, skipped)
    assert answer.enrichment is not None
    ids = tuple(id for id, _ in answer.actions[:first])
    return Served(ids, answer.generated_at, answer.source, answer.enrichment)
