"""Transactions that a test interleaves by hand, and a small world of deals to speak of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.database import Database, Transaction
from app.database.connection import orm
from app.events.facts import opportunity_updated
from app.events.log import NOTHING, NewEvent, about, append
from app.events.tail import CHANNEL, wake
from app.models import Account, Content, Opportunity, Organization, Playbook, Stage, TeamMember, User
from app.models.columns import new_id
from app.nouns import CONTENT
from app.vocabulary import (
    ContentKind,
    EventType,
    ForecastCategory,
    OrganizationKind,
    PartnerTier,
    PlaybookStatus,
    Role,
    StageKind,
)
from tests.app.events.hearing import Heard
from tests.waiting import PATIENCE

NEVER = 3600.0
"""Between two looks at the log, in seconds."""


@dataclass
class Writer:
    """A transaction that is begun, written in and ended step by step."""

    connection: asyncpg.Connection

    async def begin(self) -> None:
        """Draws the transaction id at once, as the first write of a transaction would."""
        await self.connection.execute("BEGIN")
        await self.connection.fetchval("SELECT pg_current_xact_id()")

    async def append(self, *notes: object) -> None:
        tx = Transaction(self.connection, orm())  # type: ignore[arg-type] # the log doesn't touch the ORM
        await append(tx, *(of_content(note=note) for note in notes))

    async def commit(self) -> None:
        await self.connection.execute("COMMIT")

    async def rollback(self) -> None:
        await self.connection.execute("ROLLBACK")


@asynccontextmanager
async def writers(database: Database, number: int) -> AsyncIterator[list[Writer]]:
    async with AsyncExitStack() as stack:
        yield [Writer(await stack.enter_async_context(database.pool.acquire())) for _ in range(number)]


@dataclass(frozen=True)
class World:
    vendor: Organization
    partner: Organization
    manager: User
    seller: User
    colleague: User
    stage: Stage
    published: Playbook
    draft: Playbook
    content: Content
    gold_content: Content
    own: Opportunity
    colleagues: Opportunity
    shared: Opportunity
    vendors: Opportunity


async def build_world() -> World:
    vendor = await Organization.create(key="vendor", name="Vendor", kind=OrganizationKind.VENDOR)
    partner = await Organization.create(
        key="partner", name="Partner", kind=OrganizationKind.PARTNER, tier=PartnerTier.SILVER
    )
    manager, seller, colleague = [
        await User.create(organization=partner, name=role, role=role)
        for role in (Role.PARTNER_MANAGER, Role.PARTNER_SELLER, Role.PARTNER_SELLER)
    ]
    now = datetime(2026, 3, 2, tzinfo=UTC)
    published = await Playbook.create(
        key="software", version=1, name="Software", status=PlaybookStatus.PUBLISHED, published_at=now
    )
    draft = await Playbook.create(key="draft", version=1, name="Draft")
    stage = await Stage.create(
        playbook=published,
        key="qualify",
        name="Qualify",
        position=1,
        kind=StageKind.OPEN,
        win_probability=0.2,
        forecast_category=ForecastCategory.PIPELINE,
        published=True,
    )
    content = await Content.create(key="deck", title="Deck", kind=ContentKind.DECK)
    gold_content = await Content.create(key="gold", title="Gold", kind=ContentKind.DECK, audience=[PartnerTier.GOLD])
    account = await Account.create(name="Account")

    async def deal(name: str, owner: User | None, belongs_to: Organization | None) -> Opportunity:
        return await Opportunity.create(
            id=new_id(),
            name=name,
            account=account,
            partner=belongs_to,
            owner=owner,
            playbook=published,
            stage=stage,
            entered_stage_at=now,
        )

    shared = await deal("shared", colleague, partner)
    await TeamMember.create(opportunity=shared, user=seller)
    return World(
        vendor,
        partner,
        manager,
        seller,
        colleague,
        stage,
        published,
        draft,
        content,
        gold_content,
        own=await deal("own", seller, partner),
        colleagues=await deal("colleagues", colleague, partner),
        shared=shared,
        vendors=await deal("vendors", None, None),
    )


async def write(database: Database, *events: NewEvent) -> list[int]:
    async with database.transaction() as tx:
        await append(tx, *events)
        rows = await tx.fetch("SELECT seq FROM event WHERE xid = pg_current_xact_id()::text::bigint ORDER BY seq")
    return [row["seq"] for row in rows]


def note(deal: UUID | None = None) -> NewEvent:
    return opportunity_updated(deal or new_id(), fields=["notes"], actor_id=None)


def of_content(type_: EventType = EventType.CONTENT_CHANGED, **payload: object) -> NewEvent:
    """Of a piece of content that there is not."""
    return NewEvent(type_, about(CONTENT, NOTHING), payload=payload)


async def take(heard: Heard, number: int) -> list[int]:
    async with asyncio.timeout(PATIENCE):
        return [(await anext(heard)).seq for _ in range(number)]


async def told(database: Database) -> None:
    heard = asyncio.Event()
    connection = await asyncpg.connect(database.url)
    try:
        await connection.add_listener(CHANNEL, lambda *_: heard.set())
        wake()
        async with asyncio.timeout(PATIENCE):
            await heard.wait()
    finally:
        await connection.close()
