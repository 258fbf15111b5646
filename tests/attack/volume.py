"""Deals by the ten thousand: what a query costs shows where there is much to look through."""

import asyncpg

_COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = 'opportunity' AND is_generated = 'NEVER'
"""
_FRESH = {"id": "gen_random_uuid()", "name": "name || ' ' || copy", "external_id": "NULL"}


async def multiply(database_url: str, deals: int) -> None:
    """Copies of the deals there are, as many of each, until there are about `deals`; without their histories."""
    connection = await asyncpg.connect(database_url)
    try:
        there = await connection.fetchval("SELECT count(*) FROM opportunity")
        columns = [row[0] for row in await connection.fetch(_COLUMNS)]
        values = ", ".join(_FRESH.get(column, f'"{column}"') for column in columns)
        names = ", ".join(f'"{column}"' for column in columns)
        copies = f"SELECT {values} FROM opportunity, generate_series(1, $1::int) AS copy"
        await connection.execute(f"INSERT INTO opportunity ({names}) {copies}", deals // there)
        await connection.execute("ANALYZE opportunity")
    finally:
        await connection.close()
