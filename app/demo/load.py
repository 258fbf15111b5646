"""Writing the demo programme into an empty database."""

from datetime import UTC, datetime

from app.analytics.rollups.folding import fold_all
from app.database import Database, Transaction
from app.deals.statistics import measure_stage_history, set_thresholds
from app.demo.programme import generate

# Any constant will do; it keeps two servers that start together from loading twice.
_LOCK = 0x57A6E9A9
_COUNT = "SELECT EXISTS (SELECT FROM organization) AS filled"


async def is_empty(database: Database) -> bool:
    row = await database.fetchrow(_COUNT)
    return row is not None and not row["filled"]


async def load(database: Database, at: datetime | None = None) -> bool:
    """All of it in one transaction, or nothing when there is something already. True when it was written."""
    async with database.transaction() as tx:
        # As the owner of the tables, who may COPY: the server's own role may not where row-level security holds.
        await tx.execute("SET LOCAL ROLE NONE")
        await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await tx.execute("SET LOCAL ROLE NONE")  # COPY is for who owns the tables, where row-level security stands
        row = await tx.fetchrow(_COUNT)
        if row is None or row["filled"]:
            return False
        for table, rows in generate(at=at or datetime.now(UTC)).items():
            await _copy(tx, table, rows)
        await measure_stage_history(tx, at or datetime.now(UTC))
        await set_thresholds(tx)
    await fold_all(database)
    return True


async def _copy(tx: Transaction, table: str, rows: list[dict[str, object]]) -> None:
    if rows:
        columns = list(rows[0])
        records = [tuple(row[column] for column in columns) for row in rows]
        await tx.connection.copy_records_to_table(table, columns=columns, records=records)
