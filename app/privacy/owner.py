"""Transactions of the tables' owner, which the log of what was done lets change it, and row-level security see all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.database import Database, Transaction


@asynccontextmanager
async def as_owner(database: Database) -> AsyncIterator[Transaction]:
    """However long its statements take."""
    async with database.transaction() as tx:
        await tx.execute("SET LOCAL ROLE NONE")
        await tx.execute("SET LOCAL statement_timeout = 0")
        yield tx
