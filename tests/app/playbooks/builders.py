"""Viewers, playbook documents, and deals that stand on their stages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.database import Transaction, database
from app.database.backend import ConnectionClient
from app.database.connection import orm
from app.identity.viewer import Viewer
from app.models import Account, Activity, Criterion, Opportunity, Organization, Stage, StageTransition, User
from app.models.columns import new_id
from app.outcomes import Refused
from app.playbooks.drafts import create_playbook, update_playbook
from app.playbooks.publish import Published, publish
from app.playbooks.versions import PlaybookSaved
from app.vocabulary import OpportunityStatus, OrganizationKind, Role, StageKind, TransitionKind

LONG_AGO = datetime(2026, 1, 5, 9, tzinfo=UTC)
TABLES = """
    playbook qualification_question stage criterion activity stage_content content opportunity criterion_mark
    opportunity_activity qualification_answer stage_transition event
"""


def criterion(key: str, **changes: Any) -> dict[str, Any]:
    return {"key": key, "description": f"The {key} is confirmed.", **changes}


def activity(key: str, **changes: Any) -> dict[str, Any]:
    return {"key": key, "name": f"Do the {key}", **changes}


def stage(key: str, probability: float, **changes: Any) -> dict[str, Any]:
    return {
        "key": key,
        "name": key.title(),
        "definition": "The buyer has agreed to the next meeting in writing.",
        "win_probability": probability,
        "forecast_category": "PIPELINE",
        "target_days": 14,
        "exit_criteria": [criterion("budget"), criterion("champion")],
        "activities": [activity("call"), activity("demo")],
        **changes,
    }


ENDING = "The buyer has told us in writing how they decided, and why."
WON = {"key": "won", "name": "Won", "kind": "WON", "win_probability": 1, "forecast_category": "CLOSED"}
LOST = {"key": "lost", "name": "Lost", "kind": "LOST", "win_probability": 0, "forecast_category": "OMITTED"}
WON["definition"] = LOST["definition"] = ENDING


def stages(*keys: str) -> list[dict[str, Any]]:
    """Sound open stages of these keys, then won and lost."""
    return [*(stage(key, (n + 1) / (len(keys) + 1)) for n, key in enumerate(keys)), WON, LOST]


FOUR = ("qualify", "validate", "propose", "negotiate")


@dataclass(frozen=True)
class People:
    vendor: Organization
    partner: Organization
    account: Account
    admin: Viewer
    seller: Viewer


async def people() -> People:
    vendor = await Organization.create(key="vendor", name="Vendor", kind=OrganizationKind.VENDOR)
    partner = await Organization.create(key="partner", name="Partner", kind=OrganizationKind.PARTNER)
    admin = await User.create(organization=vendor, name="Ada", role=Role.CHANNEL_MANAGER)
    seller = await User.create(organization=partner, name="Sam", role=Role.PARTNER_MANAGER)
    account = await Account.create(name="Account")
    return People(
        vendor,
        partner,
        account,
        Viewer(admin.id, vendor.id, OrganizationKind.VENDOR, Role.CHANNEL_MANAGER),
        Viewer(seller.id, partner.id, OrganizationKind.PARTNER, Role.PARTNER_MANAGER),
    )


def saved(outcome: PlaybookSaved | Refused) -> UUID:
    assert isinstance(outcome, PlaybookSaved), outcome
    return outcome.playbook_id


def published(outcome: Published | Refused) -> Published:
    assert isinstance(outcome, Published), outcome
    return outcome


def errors(outcome: object) -> list[tuple[str, str]]:
    """(code, path) of each error; that every one has a message is asserted on the way."""
    assert isinstance(outcome, Refused), outcome
    assert all(error.message for error in outcome.errors)
    return [(error.code.value, ".".join(error.path)) for error in outcome.errors]


async def draft(viewer: Viewer, key: str = "sales", *keys: str) -> UUID:
    id = saved(await create_playbook(viewer, None, key=key, name=key.title()))
    return saved(await update_playbook(viewer, id, {"stages": stages(*(keys or FOUR))})) and id


async def in_force(viewer: Viewer, key: str = "sales", *keys: str) -> UUID:
    id = await draft(viewer, key, *keys)
    published(await publish(viewer, id))
    return id


async def stage_of(playbook_id: UUID, key: str) -> Stage:
    return await Stage.get(playbook_id=playbook_id, key=key)


async def deal(people: People, playbook_id: UUID, stage_key: str, **changes: Any) -> Opportunity:
    """A deal with the transition that made it."""
    at = await stage_of(playbook_id, stage_key)
    status = OpportunityStatus(at.kind.value)
    closed = None if at.kind is StageKind.OPEN else LONG_AGO
    made = await Opportunity.create(
        id=new_id(),
        name=f"Deal in {stage_key}",
        account=people.account,
        partner=people.partner,
        playbook_id=playbook_id,
        stage_id=at.id,
        status=status,
        closed_at=closed,
        **{"entered_stage_at": LONG_AGO, "created_at": LONG_AGO, "updated_at": LONG_AGO, **changes},
    )
    await StageTransition.create(
        opportunity_id=made.id, seq=1, to_stage_id=at.id, kind=TransitionKind.CREATED, at=LONG_AGO
    )
    return made


async def stay(deal: Opportunity, seq: int, from_id: UUID, to_id: UUID, days: float, kind: TransitionKind) -> None:
    await StageTransition.create(
        opportunity_id=deal.id,
        seq=seq,
        from_stage_id=from_id,
        to_stage_id=to_id,
        kind=kind,
        at=LONG_AGO + timedelta(days=seq),
        seconds_in_previous_stage=int(days * 86_400),
    )


async def criterion_of(playbook_id: UUID, stage_key: str, key: str) -> Criterion:
    return await Criterion.get(stage_id=(await stage_of(playbook_id, stage_key)).id, key=key)


async def activity_of(playbook_id: UUID, stage_key: str, key: str) -> Activity:
    return await Activity.get(stage_id=(await stage_of(playbook_id, stage_key)).id, key=key)


async def everything() -> dict[str, list[str]]:
    """All rows that working on playbooks and content may touch, as text, to be compared."""
    return {
        table: [row["text"] for row in await database().fetch(f"SELECT t::text AS text FROM {table} t ORDER BY 1")]
        for table in TABLES.split()
    }


@asynccontextmanager
async def undone() -> AsyncIterator[Transaction]:
    """A transaction that is rolled back at the end of the block."""
    async with database().pool.acquire() as connection:
        begun = connection.transaction()
        await begun.start()
        yield Transaction(connection, ConnectionClient(orm(), connection))
        await begun.rollback()


async def log() -> list[tuple[str, UUID | None, str]]:
    """(type, subject, payload) of all events in order."""
    rows = await database().fetch(
        "SELECT type, coalesce(opportunity_id, playbook_id, content_id) AS subject, payload::text AS payload FROM event"
        " ORDER BY xid, seq"
    )
    return [(row["type"], row["subject"], row["payload"]) for row in rows]
