"""Deals with made-up histories on one playbook, written into the tables as imports and people write them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid5

from app.database import Database

NAMES = UUID("018f0000-0000-7000-8000-00000000a11a")
BEGUN = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPEN = ("first", "second", "third", "fourth")
ENDS = ("won", "lost")


def name(*parts: object) -> UUID:
    return uuid5(NAMES, "/".join(map(str, parts)))


@dataclass(frozen=True)
class History:
    """`path`: stages with the moments at which they were entered. `partner`: a number; None: the vendor's own."""

    number: int
    path: Sequence[tuple[str, datetime]]
    partner: int | None = None
    amount: Decimal | None = None

    @property
    def status(self) -> str:
        return {"won": "WON", "lost": "LOST"}.get(self.path[-1][0], "OPEN")


def kind(before: str | None, after: str) -> str:
    if before is None:
        return "CREATED"
    if after in ENDS:
        return after.upper()
    if before in ENDS:
        return "REOPENED"
    distance = OPEN.index(after) - OPEN.index(before)
    return "BACK" if distance < 0 else "FORWARD" if distance == 1 else "SKIP"


def some_history(chance: Random, number: int) -> History:
    """Forwards for the most part; back, past a stage, closed and reopened now and then."""
    at = BEGUN + timedelta(minutes=chance.randrange(300 * 24 * 60))
    path = [(chance.choice(OPEN[:2]), at)]
    for _ in range(chance.randrange(7)):
        stage = path[-1][0]
        at += timedelta(minutes=chance.choice((0, 1, chance.randrange(40 * 24 * 60))))
        if at >= NOW:
            break
        place = OPEN.index(stage) if stage in OPEN else 0
        if stage in ENDS and chance.random() < 0.7:
            break
        onwards = OPEN[place + 1 : place + 2] or ("won",)
        choices = [*onwards * 6, *OPEN[place + 2 :], *OPEN[:place], "lost", "lost", "won"]
        path.append((chance.choice(OPEN if stage in ENDS else choices), at))
    amount = chance.choice((None, Decimal(chance.randrange(1, 10**6)).scaleb(-1)))
    return History(number, path, chance.choice((None, 1, 2)), amount)


async def write(database: Database, histories: Sequence[History]) -> None:
    partners = sorted({one.partner for one in histories if one.partner is not None})
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL ROLE NONE")
        await tx.execute(
            "INSERT INTO account (id, name) VALUES ($1, 'Customer') ON CONFLICT DO NOTHING", name("account")
        )
        for partner in partners:
            await tx.execute(
                "INSERT INTO organization (id, key, name, kind) VALUES ($1, $2, $2, 'PARTNER') ON CONFLICT DO NOTHING",
                name("partner", partner),
                f"partner-{partner}",
            )
        await tx.execute(
            "INSERT INTO playbook (id, key, version, name, status, published_at)"
            " VALUES ($1, 'trial', 1, 'Trial', 'PUBLISHED', now()) ON CONFLICT DO NOTHING",
            name("playbook"),
        )
        for position, stage in enumerate((*OPEN, *ENDS)):
            await tx.execute(
                "INSERT INTO stage (id, playbook_id, key, name, position, kind, win_probability, forecast_category,"
                " target_days, published) VALUES ($1, $2, $3, $3, $4, $5, 0.5, 'PIPELINE', $6, TRUE)"
                " ON CONFLICT DO NOTHING",
                *(name("stage", stage), name("playbook"), stage, position),
                stage.upper() if stage in ENDS else "OPEN",
                14 if stage in OPEN else None,
            )
        await _deals(tx.connection, histories)


async def _deals(connection: object, histories: Sequence[History]) -> None:
    deals: list[tuple[object, ...]] = []
    moves: list[tuple[object, ...]] = []
    for one in histories:
        deal, (stage, since) = name("deal", one.number), one.path[-1]
        partner = None if one.partner is None else name("partner", one.partner)
        closed = None if one.status == "OPEN" else since
        money = (one.amount, None if one.amount is None else "EUR")
        place = (name("playbook"), name("stage", stage))
        deals.append(
            (
                *(deal, f"Deal {one.number}", one.status, "VENDOR", name("account"), partner, *place),
                *(since, one.path[0][1], closed, *money),
            )
        )
        moves += _moves(one, deal)
    copy = connection.copy_records_to_table  # type: ignore[attr-defined]
    columns = "id name status source account_id partner_id playbook_id stage_id entered_stage_at created_at closed_at"
    await copy("opportunity", columns=[*columns.split(), "amount", "currency"], records=deals)
    columns = "id opportunity_id seq from_stage_id to_stage_id kind at seconds_in_previous_stage"
    await copy("stage_transition", columns=columns.split(), records=moves)


def _moves(history: History, deal: UUID) -> Iterator[tuple[object, ...]]:
    before: tuple[str, datetime] | None = None
    for seq, (stage, at) in enumerate(history.path, start=1):
        seconds = None if before is None else int((at - before[1]).total_seconds())
        origin = None if before is None else name("stage", before[0])
        move = name("move", history.number, seq)
        yield move, deal, seq, origin, name("stage", stage), kind(before and before[0], stage), at, seconds
        before = (stage, at)
