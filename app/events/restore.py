"""A log restored from a dump into another database cluster, whose transaction ids start over."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from app.database import Database, Transaction
from app.events.log import START
from app.models.tables import all_models, table_of

# Any constant will do; it keeps two servers that start together from moving the log twice.
_LOCK = 0x57A6E9A8
_FAR = 2**60
_FOREIGN = "SELECT max(xid) AS xid FROM event HAVING max(xid) >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"


class Numbers(NamedTuple):
    """The columns of a table that hold transaction ids. `unique`: no two rows may have the same, even for a moment."""

    table: str
    columns: tuple[str, ...]
    unique: bool


@lru_cache(maxsize=1)
def transaction_ids() -> tuple[Numbers, ...]:
    """Of all tables: the columns called `xid`, alone or after what they say it of."""
    return tuple(_numbers())


def _numbers() -> Iterator[Numbers]:
    for model in all_models().values():
        fields = model._meta.fields_map
        columns = tuple(sorted(name for name in fields if name == "xid" or name.endswith("_xid")))
        if columns:
            yield Numbers(table_of(model), columns, any(fields[name].pk for name in columns))


async def adopt_restored_log(database: Database) -> bool:
    """Put a log whose xids this cluster has not reached yet before everything that will be written; True if it was so.

    Left alone, its events would count as unsettled for as long as the new cluster's ids are smaller, and new events
    would sort among the old. Their order is kept: all xids are moved down by the same amount, to zero and below, and
    with them all that was noted of transactions: the cursors of consumers, the events that deliveries and replays of
    webhooks stand at, what automations have caused.
    To be called at start-up, before anything is written.
    """
    async with database.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        foreign = await tx.fetchrow(_FOREIGN)
        if foreign is None:
            return False
        for numbers in transaction_ids():
            for amount in (_FAR, foreign["xid"] - _FAR) if numbers.unique else (foreign["xid"],):
                await _move(tx, numbers, amount)
        return True


async def _move(tx: Transaction, numbers: Numbers, amount: int) -> None:
    """Down by this much, but what stands at the log's very beginning."""
    changes = ", ".join(f"{one} = CASE WHEN {one} > $2 THEN {one} - $1 ELSE {one} END" for one in numbers.columns)
    there = " OR ".join(f"{one} > $2" for one in numbers.columns)
    await tx.execute(f"UPDATE {numbers.table} SET {changes} WHERE {there}", amount, START.xid)  # noqa: S608
