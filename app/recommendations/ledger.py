"""The budget of the language model in PostgreSQL: one for all servers and workers."""

from datetime import date
from decimal import Decimal

from app.database import Database, Transaction
from app.events.log import Reader
from guidance.budget import Account, Sum, used_up

# In one order, so that two jobs never wait for each other.
_OPEN = """
INSERT INTO model_budget (id, owner, day)
SELECT gen_random_uuid(), x.owner, x.day FROM unnest($1::text[], $2::date[]) AS x(owner, day) ORDER BY x.owner
ON CONFLICT (owner, day) DO NOTHING
"""
_LOCK = """
SELECT b.owner, b.tokens, b.cost FROM model_budget b
JOIN unnest($1::text[], $2::date[]) AS x(owner, day) ON x.owner = b.owner AND x.day = b.day
ORDER BY b.owner FOR UPDATE OF b
"""
_ADD = """
UPDATE model_budget b SET tokens = b.tokens + $3, cost = b.cost + $4
FROM unnest($1::text[], $2::date[]) AS x(owner, day) WHERE x.owner = b.owner AND x.day = b.day
"""
_SPENT = "SELECT tokens, cost FROM model_budget WHERE owner = $1 AND day = $2"


async def charged(db: Reader, owner: str, day: date) -> Sum:
    """What an owner's day has been charged with so far: what was spent, and what is reserved for calls under way."""
    row = await db.fetchrow(_SPENT, owner, day)
    return Sum(row["tokens"], Decimal(row["cost"])) if row else Sum()


class DatabaseLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, accounts: tuple[Account, ...], amount: Sum) -> Account | None:
        async with self._database.transaction() as tx:
            await tx.execute(_OPEN, *_keys(accounts))
            rows = await tx.fetch(_LOCK, *_keys(accounts))
            after = {row["owner"]: Sum(row["tokens"], Decimal(row["cost"])) + amount for row in rows}
            if over := used_up(accounts, after):
                return over
            await _add(tx, accounts, amount)
        return None

    async def settle(self, accounts: tuple[Account, ...], reserved: Sum, spent: Sum) -> None:
        async with self._database.transaction() as tx:
            await tx.fetch(_LOCK, *_keys(accounts))
            await _add(tx, accounts, spent - reserved)


async def _add(tx: Transaction, accounts: tuple[Account, ...], amount: Sum) -> None:
    await tx.execute(_ADD, *_keys(accounts), amount.tokens, amount.cost)


def _keys(accounts: tuple[Account, ...]) -> tuple[list[str], list[date]]:
    return [account.owner for account in accounts], [account.day for account in accounts]
