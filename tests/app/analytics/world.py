"""A small programme with random histories: what happened to its deals, written as the product writes it, each thing at
the time at which it is told that it happened; and beside it, by field, what each deal was since when."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from app.database import Database, Transaction
from app.identity.viewer import Viewer
from app.models.columns import new_id
from app.vocabulary import OrganizationKind, Role

START = datetime(2026, 1, 30, 20, tzinfo=UTC)
CURRENCIES = ("EUR", "USD", "JPY")
OPENED = ("qualify", "propose")
CLOSED = ("won", "lost")
FIELDS = ("amount", "owner", "partner", "close", "stage")

Deal = dict[str, list[tuple[datetime, Any]]]
"""By field, its values with the time of each, in order."""


@dataclass
class World:
    """`partners`: the vendor's own deals have none. `owners`: by partner. `stages`: by playbook and key."""

    database: Database
    random: Random
    partners: list[UUID | None] = field(default_factory=list)
    owners: dict[UUID | None, list[UUID]] = field(default_factory=dict)
    stages: dict[tuple[str, str], UUID] = field(default_factory=dict)
    playbooks: dict[str, UUID] = field(default_factory=dict)
    deals: dict[UUID, Deal] = field(default_factory=dict)
    created: dict[UUID, datetime] = field(default_factory=dict)
    clock: datetime = START

    @property
    def vendor(self) -> Viewer:
        return Viewer(self.owners[None][0], self.vendor_id, OrganizationKind.VENDOR, Role.VENDOR_ADMIN)

    vendor_id: UUID = field(default_factory=new_id)

    def manager(self, partner: UUID) -> Viewer:
        return Viewer(self.owners[partner][0], partner, OrganizationKind.PARTNER, Role.PARTNER_MANAGER)

    def seller(self, partner: UUID) -> Viewer:
        return Viewer(self.owners[partner][1], partner, OrganizationKind.PARTNER, Role.PARTNER_SELLER)

    def later(self) -> datetime:
        """Mostly by hours; at times not at all, since two things may happen at once, or by weeks."""
        hours = self.random.choice((0, 1, 5, 30, 100, 500))
        self.clock += timedelta(hours=hours, microseconds=self.random.randrange(3))
        return self.clock

    def state(self, id: UUID, at: datetime) -> dict[str, Any] | None:
        if at < self.created[id]:
            return None
        return {name: _at(values, at) for name, values in self.deals[id].items()}

    def money(self) -> tuple[Decimal, str] | None:
        digits = {"JPY": 1}.get(currency := self.random.choice(CURRENCIES), 100)
        return self.random.choice((None, *[(Decimal(self.random.randrange(100_000)) / digits, currency)] * 4))

    def moments(self) -> list[datetime]:
        """At which something happened, just before, and between."""
        known = {at for deal in self.deals.values() for values in deal.values() for at, _ in values}
        around = [at + timedelta(microseconds=shift) for at in known for shift in (-1, 0, 1)]
        return [*around, START - timedelta(days=400), self.clock + timedelta(days=400)]


def _at(values: list[tuple[datetime, Any]], at: datetime) -> Any:
    """The last one by then; the first one before."""
    place = bisect_right([since for since, _ in values], at)
    return values[max(0, place - 1)][1]


async def made(database: Database, seed: int) -> World:
    world = World(database, Random(seed))
    async with database.transaction() as tx:
        organizations = [world.vendor_id, new_id(), new_id()]
        for n, id in enumerate(organizations):
            kind = "PARTNER" if n else "VENDOR"
            await tx.execute(
                "INSERT INTO organization (id, key, name, kind) VALUES ($1, $2, $2, $3)", id, f"organization-{n}", kind
            )
            people = [new_id(), new_id()]
            for m, person in enumerate(people):
                role = ("PARTNER_MANAGER", "PARTNER_SELLER")[m] if n else "CHANNEL_MANAGER"
                await tx.execute(
                    "INSERT INTO user_account (id, organization_id, name, role) VALUES ($1, $2, $3, $4)",
                    *(person, id, f"Person {n}{m}", role),
                )
            partner = id if n else None
            world.partners.append(partner)
            world.owners[partner] = people
        for key in ("first", "second"):
            world.playbooks[key] = id = new_id()
            await tx.execute(
                "INSERT INTO playbook (id, key, version, name, status) VALUES ($1, $2, 1, $2, 'PUBLISHED')", id, key
            )
            for place, stage in enumerate((*OPENED, *CLOSED)):
                world.stages[key, stage] = stage_id = new_id()
                await tx.execute(
                    "INSERT INTO stage (id, playbook_id, key, name, position, kind, win_probability, forecast_category)"
                    " VALUES ($1, $2, $3, $3, $4, $5, 0.5, 'PIPELINE')",
                    *(stage_id, id, stage, place, "OPEN" if stage in OPENED else stage.upper()),
                )
        await tx.execute("INSERT INTO account (id, name, name_key) VALUES ($1, 'A', 'a')", world.vendor_id)
    return world


async def told(tx: Transaction, at: datetime) -> None:
    await tx.fetch("SELECT set_config('stagepath.moment', $1, true)", at.isoformat())


async def create(world: World) -> UUID:
    """At times long ago, as by an import."""
    random, id = world.random, new_id()
    at = world.later() - timedelta(days=random.choice((0, 0, 0, 90)))
    partner, playbook = random.choice(world.partners), random.choice(list(world.playbooks))
    stage = playbook, random.choice((*OPENED, *OPENED, *CLOSED))
    owner = random.choice((None, *world.owners[partner]))
    money, close = world.money(), random.choice((None, date(2026, 3, 1), date(2026, 6, 1)))
    async with world.database.transaction() as tx:
        await told(tx, at)
        await tx.execute(
            "INSERT INTO opportunity (id, name, account_id, source, playbook_id, stage_id, status, partner_id,"
            " owner_id, amount, currency, expected_close_date, created_at, entered_stage_at, closed_at)"
            " VALUES ($1, 'Deal', $2, 'PARTNER', $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)",
            *(id, world.vendor_id, world.playbooks[playbook], world.stages[stage], _status(stage), partner, owner),
            *(money and money[0], money and money[1], close, at, None if stage[1] in OPENED else at),
        )
        await tx.execute(
            "INSERT INTO stage_transition (id, opportunity_id, seq, to_stage_id, kind, at)"
            " VALUES ($1, $2, 1, $3, 'CREATED', $4)",
            *(new_id(), id, world.stages[stage], at),
        )
    world.created[id] = at
    values = {"amount": money, "owner": owner, "partner": partner, "close": close, "stage": stage}
    world.deals[id] = {name: [(at, values[name])] for name in FIELDS}
    return id


def _status(stage: tuple[str, str]) -> str:
    return "OPEN" if stage[1] in OPENED else stage[1].upper()


async def change(world: World, id: UUID) -> None:
    """One or several fields at once."""
    random, at, now = world.random, world.later(), world.state(id, world.clock)
    assert now is not None
    new: dict[str, Any] = {}
    for name in random.sample(("amount", "owner", "partner", "close"), random.choice((1, 1, 2, 4))):
        match name:
            case "amount":
                new["amount"] = world.money()
            case "close":
                new["close"] = random.choice((None, date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1)))
            case "partner":
                new["partner"] = random.choice(world.partners)
                new["owner"] = random.choice((None, *world.owners[new["partner"]]))
            case "owner":
                new.setdefault("owner", random.choice((None, *world.owners[new.get("partner", now["partner"])])))
    after = {**now, **new}
    async with world.database.transaction() as tx:
        await told(tx, at)
        await tx.execute(
            "UPDATE opportunity SET amount = $2, currency = $3, owner_id = $4, partner_id = $5,"
            " expected_close_date = $6, version = version + 1 WHERE id = $1",
            *(id, after["amount"] and after["amount"][0], after["amount"] and after["amount"][1], after["owner"]),
            *(after["partner"], after["close"]),
        )
    for name, value in new.items():
        world.deals[id][name].append((at, value))


async def move(world: World, id: UUID) -> None:
    """To another stage, be it of another playbook, or closed and open again."""
    random, at, now = world.random, world.later(), world.state(id, world.clock)
    assert now is not None
    before: tuple[str, str] = now["stage"]
    others = [one for one in world.stages if one != before and (one[0] == before[0] or one[1] in OPENED)]
    stage = random.choice(others)
    async with world.database.transaction() as tx:
        await tx.execute(
            "UPDATE opportunity SET stage_id = $2, playbook_id = $3, status = $4, entered_stage_at = $5, closed_at = $6"
            " WHERE id = $1",
            *(id, world.stages[stage], world.playbooks[stage[0]], _status(stage), at),
            None if stage[1] in OPENED else at,
        )
        await tx.execute(
            "INSERT INTO stage_transition (id, opportunity_id, seq, from_stage_id, to_stage_id, kind, at)"
            " SELECT $1, $2, 1 + max(seq), $3, $4, 'FORWARD', $5 FROM stage_transition WHERE opportunity_id = $2",
            *(new_id(), id, world.stages[before], world.stages[stage], at),
        )
    world.deals[id]["stage"].append((at, stage))


async def put_right(world: World, id: UUID) -> None:
    """A closed deal closed earlier than it is said to have, though not before its last move."""
    moves = world.deals[id]["stage"]
    if len(moves) < 2 or moves[-1][1][1] in OPENED:
        return
    (since, _), (at, stage) = moves[-2:]
    right = since + (at - since) * world.random.random()
    async with world.database.transaction() as tx:
        await tx.execute(
            "UPDATE stage_transition SET at = $2 WHERE opportunity_id = $1 AND seq ="
            " (SELECT max(seq) FROM stage_transition WHERE opportunity_id = $1)",
            *(id, right),
        )
        await tx.execute("UPDATE opportunity SET closed_at = $2, entered_stage_at = $2 WHERE id = $1", id, right)
    moves[-1] = (right, stage)


async def happen(world: World, times: int) -> None:
    for _ in range(times):
        act = world.random.choice((None, change, change, change, move, move, put_right))
        if act is None or not world.deals:
            await create(world)
        else:
            await act(world, world.random.choice(list(world.deals)))
