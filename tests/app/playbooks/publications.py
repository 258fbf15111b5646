"""Versions of a playbook one after the other, what stands where, and what publishing told."""

import asyncio
from uuid import UUID

from app.database import database
from app.models import CriterionMark, Opportunity, Stage
from app.outcomes import Refused
from app.playbooks.drafts import CopyOf, create_playbook, update_playbook
from app.playbooks.publish import Published
from tests.app.playbooks.builders import LONG_AGO, People, published, saved, stages
from tests.waiting import PATIENCE

Told = tuple[UUID, int, tuple[tuple[UUID, str, str], ...], UUID | None]


def told(outcome: Published | Refused) -> Told:
    """(version in force, deals moved, deals that stay with stage and reason, version archived)."""
    done = published(outcome)
    assert done.staying == len(done.unplaced)
    staying = tuple((one.opportunity_id, one.stage_key, one.reason.value) for one in done.unplaced)
    return done.playbook_id, done.moved, staying, done.archived_id


async def next_version(people: People, of: UUID, *keys: str) -> UUID:
    id = saved(await create_playbook(people.admin, CopyOf(of)))
    if keys:
        saved(await update_playbook(people.admin, id, {"stages": stages(*keys)}))
    return id


async def place_of(opportunity: Opportunity) -> tuple[UUID, str]:
    """(playbook, stage key) where the deal stands; that its stage belongs to its playbook is asserted on the way."""
    now = await Opportunity.get(id=opportunity.id)
    at = await Stage.get(id=now.stage_id)  # type: ignore[attr-defined]
    assert at.playbook_id == now.playbook_id  # type: ignore[attr-defined]
    return at.playbook_id, at.key  # type: ignore[attr-defined]


async def mark(opportunity: Opportunity, criterion_id: UUID, people: People, evidence: str) -> None:
    await CriterionMark.create(
        opportunity_id=opportunity.id,
        criterion_id=criterion_id,
        met=True,
        marked_at=LONG_AGO,
        marked_by_id=people.seller.user_id,
        evidence=evidence,
    )


async def marks_of(opportunity: Opportunity) -> dict[UUID, str | None]:
    rows = await CriterionMark.filter(opportunity_id=opportunity.id)
    assert all(row.met and row.marked_at == LONG_AGO for row in rows)
    return {row.criterion_id: row.evidence for row in rows}  # type: ignore[attr-defined]


async def waits_for_a_lock() -> None:
    """Until some session of this database waits for another's lock."""
    waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(PATIENCE):
        while not await database().fetch(waiting):
            pass
