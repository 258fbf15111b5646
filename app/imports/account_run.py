"""Accounts of an export by themselves, as they arrive with its deals (`app.imports.accounts`)."""

from app.database import Transaction
from app.imports import accounts, rows, staging
from app.imports.directory import Counts
from app.imports.plan import Export
from app.imports.run import ImportRequest, partner_of
from app.imports.sources import SourceFile

ROLE = "accounts"
_TARGETS = "CREATE TEMP TABLE import_target (deal int, stored bool) ON COMMIT DROP"


async def write(tx: Transaction, order: ImportRequest, export: Export, source: SourceFile) -> Counts:
    connection = tx.connection
    partner_id = await partner_of(connection, order.partner)
    await staging.create(connection)
    await connection.execute(_TARGETS)
    await staging.copy(connection, "import_account", rows.accounts(export, source))
    export.settle()
    await staging.settle(connection, columned=False)
    taken: int = await connection.fetchval("SELECT count(*) FROM import_account")
    counts = await accounts.write(connection, export.mapping.system, export.mapping.no_account, partner_id)
    return Counts(counts.created, counts.updated, taken - counts.created - counts.updated)
