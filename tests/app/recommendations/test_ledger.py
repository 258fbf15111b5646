"""The budget holds however many jobs ask at once, on whatever machines."""

import asyncio
from datetime import date
from decimal import Decimal

from app.database import Database
from app.recommendations.ledger import DatabaseLedger
from guidance.budget import EVERYONE, Account, Limits, Sum

DAY = date(2026, 9, 1)


def accounts(partner: str, everyone: int | None, each: int | None) -> tuple[Account, ...]:
    return Account(EVERYONE, DAY, Limits(everyone)), Account(partner, DAY, Limits(each))


async def sums(database: Database) -> dict[str, tuple[int, Decimal]]:
    rows = await database.fetch("SELECT owner, tokens, cost FROM model_budget ORDER BY owner")
    return {row["owner"]: (row["tokens"], row["cost"]) for row in rows}


async def test_calls_at_once_can_not_overrun_a_limit_together(database: Database) -> None:
    ledger = DatabaseLedger(database)
    asked = [ledger.reserve(accounts(f"p{n % 3}", 1_000, None), Sum(100, Decimal("0.5"))) for n in range(30)]
    granted = await asyncio.gather(*asked)
    assert granted.count(None) == 10
    assert (await sums(database))[EVERYONE] == (1_000, Decimal("5.0"))


async def test_a_partner_that_is_over_its_limit_takes_nothing_from_everyones(database: Database) -> None:
    ledger = DatabaseLedger(database)
    assert await ledger.reserve(accounts("p", 1_000, 150), Sum(100)) is None
    assert (await ledger.reserve(accounts("p", 1_000, 150), Sum(100))) == accounts("p", 1_000, 150)[1]
    assert await ledger.reserve(accounts("q", 1_000, 150), Sum(100)) is None
    assert {owner: tokens for owner, (tokens, _) in (await sums(database)).items()} == {"": 200, "p": 100, "q": 100}


async def test_what_was_reserved_is_replaced_by_what_was_spent(database: Database) -> None:
    ledger, both = DatabaseLedger(database), accounts("p", 1_000, None)
    assert await ledger.reserve(both, Sum(900, Decimal(9))) is None
    await ledger.settle(both, Sum(900, Decimal(9)), Sum(50, Decimal("0.5")))
    assert await sums(database) == {"": (50, Decimal("0.5")), "p": (50, Decimal("0.5"))}
    tomorrow = tuple(Account(a.owner, date(2026, 9, 2), a.limits) for a in both)
    assert await ledger.reserve(tomorrow, Sum(1_000)) is None
