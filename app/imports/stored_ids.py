"""Stored ids of the system that an export comes from, prepared for lookup."""

from collections.abc import Iterable

import asyncpg

from app.deals.names import name_key
from app.imports.identifiers import SHORT, Ids, checksum
from app.imports.plan import Export

# Table → its column of external ids, the system's name in front of it where the column holds it.
_SHORT_DEALS = "SELECT id, external_id FROM opportunity WHERE external_system = $1 AND length(external_id) = 15"
_SHORT_OTHERS = """
SELECT id, substr(external_id, length($1) + 2) AS external_id FROM {table}
WHERE external_id LIKE $1 || ':%' AND length(external_id) = length($1) + 16
"""
_LENGTHEN = """
UPDATE {table} t SET external_id = {prefix} || given.external_id
FROM unnest($2::uuid[], $3::text[]) AS given (id, external_id)
WHERE t.id = given.id AND NOT EXISTS (
    SELECT FROM {table} other WHERE other.external_id = {prefix} || given.external_id {same}
)
"""
_DEALS = {"table": "opportunity", "prefix": "''", "same": "AND other.external_system = $1"}
_OTHERS = tuple({"table": table, "prefix": "$1 || ':'", "same": ""} for table in ("account", "user_account"))
_ACCOUNTS = "SELECT substr(external_id, length($1) + 2) AS id, name FROM account WHERE external_id LIKE $1 || ':%'"


async def prepare(connection: asyncpg.Connection, export: Export) -> None:
    """Ids of 15 characters that earlier imports kept become those of 18; accounts that deals know by name alone keep
    the spelling that they came with first."""
    system = export.mapping.system
    if export.mapping.ids is Ids.SALESFORCE:
        await _lengthen(connection, system, await connection.fetch(_SHORT_DEALS, system), _DEALS)
        for words in _OTHERS:
            rows = await connection.fetch(_SHORT_OTHERS.format(**words), system)
            await _lengthen(connection, system, rows, words)
    columns = export.mapping.files["opportunities"].columns
    if "account" not in columns and "account_name" in columns:
        for row in await connection.fetch(_ACCOUNTS, system):
            for known in (row["name"], row["id"]):
                export.account_names[name_key(known)] = row["id"]


async def _lengthen(
    connection: asyncpg.Connection, system: str, rows: Iterable[asyncpg.Record], words: dict[str, str]
) -> None:
    longer = {row["id"]: row["external_id"] for row in rows if SHORT.fullmatch(row["external_id"])}
    if longer:
        ids = [short + checksum(short) for short in longer.values()]
        await connection.execute(_LENGTHEN.format(**words), system, list(longer), ids)
