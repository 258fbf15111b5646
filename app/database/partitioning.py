"""The conversion of a log into a partitioned one, while it is read and written.

Its rows stay where they are: the table becomes the first part. What takes long, the check of their times and the index
of the new key, is done before, beside readers and writers; then one short transaction puts the new table in its place.
Begun anew after a failure, it goes on where it stopped.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from app.database.partitions import SCHEMA, attach, clock, make_ahead, month_of

PATIENCE = "20s"
MARGIN = timedelta(days=31)
"""For which the first part goes on at least: should the conversion not come to its end, there is time to see to it."""

_IS_PARTITIONED = "SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass($1)"
_INVALID = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid"
_ROW_TRIGGERS = """
SELECT tgname AS name, pg_get_triggerdef(oid) AS definition FROM pg_trigger
WHERE tgrelid = $1::regclass AND NOT tgisinternal AND tgtype & 1 = 1
"""
_STATEMENT_TRIGGERS = """
SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger
WHERE tgrelid = $1::regclass AND NOT tgisinternal AND tgtype & 1 = 0
"""
_INDEXES = """
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1::regclass AND NOT i.indisunique
"""
_GRANTS = """
SELECT g.privilege_type AS privilege, g.grantee::regrole::text AS role
FROM pg_class c, aclexplode(c.relacl) g WHERE c.oid = $1::regclass AND g.grantee NOT IN (0, c.relowner)
"""
_POLICIES = """
SELECT policyname AS name, cmd, array_to_string(roles, ', ') AS roles, qual, with_check
FROM pg_policies WHERE schemaname = 'public' AND tablename = $1
"""
_SECURED = "SELECT relrowsecurity FROM pg_class WHERE oid = $1::regclass"
_SEQUENCE = "SELECT pg_get_serial_sequence($1, 'seq')"


async def partition(connection: asyncpg.Connection, log: str) -> None:
    """Have `log` partitioned by `at`, its key being `(seq, at)`. Does nothing where it is already."""
    if await connection.fetchval(_IS_PARTITIONED, log):
        return
    await connection.execute(f"SET lock_timeout = '{PATIENCE}'")
    replaced = False
    try:
        ends = await _bounded(connection, log)
        await _keyed(connection, log)
        async with connection.transaction():
            await _replace(connection, log, ends)
            await make_ahead(connection, log, await clock(connection))
        replaced = True
    finally:
        if not replaced:  # else nothing could be written once that time has come
            await connection.execute(f"ALTER TABLE {log} DROP CONSTRAINT IF EXISTS {log}_past")
        await connection.execute("RESET lock_timeout")


async def _bounded(connection: asyncpg.Connection, log: str) -> datetime:
    """Have it proved that all rows, those to come included, lie before the end that is given."""
    ends = month_of(await clock(connection) + MARGIN).ends
    await connection.execute(f"ALTER TABLE {log} DROP CONSTRAINT IF EXISTS {log}_past")
    await connection.execute(f"ALTER TABLE {log} ADD CONSTRAINT {log}_past CHECK (at < '{ends.isoformat()}') NOT VALID")
    await connection.execute(f"ALTER TABLE {log} VALIDATE CONSTRAINT {log}_past")
    return ends


async def _keyed(connection: asyncpg.Connection, log: str) -> None:
    key = f"{log}_past_key"
    if await connection.fetchval(_INVALID, key):
        await connection.execute(f"DROP INDEX CONCURRENTLY {key}")
    await connection.execute("SET lock_timeout = '15min'")  # it waits for all that began before, such as a backup
    await connection.execute(f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {key} ON {log} (seq, at)")
    await connection.execute(f"SET lock_timeout = '{PATIENCE}'")


async def _replace(connection: asyncpg.Connection, log: str, ends: datetime) -> None:
    await connection.execute(f"LOCK TABLE {log} IN ACCESS EXCLUSIVE MODE")
    past = f"{log}_past"
    after_it = await _after_it(connection, log)
    sequence = await connection.fetchval(_SEQUENCE, log)
    if not await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", SCHEMA):
        await connection.execute(f"CREATE SCHEMA {SCHEMA}")
    for trigger in await connection.fetch(_ROW_TRIGGERS, log):
        await connection.execute(f"DROP TRIGGER {trigger['name']} ON {log}")
    indexes = [row["definition"] for row in await connection.fetch(_INDEXES, log)]
    for statement in (
        f"ALTER SEQUENCE {sequence} OWNED BY NONE",
        f"ALTER TABLE {log} DROP CONSTRAINT {log}_pkey",
        f"ALTER TABLE {log} ADD CONSTRAINT {past}_key PRIMARY KEY USING INDEX {past}_key",
        f"ALTER TABLE {log} RENAME TO {past}",
        f"ALTER TABLE {past} SET SCHEMA {SCHEMA}",
        f"CREATE TABLE {log} (LIKE {SCHEMA}.{past} INCLUDING DEFAULTS INCLUDING COMMENTS, PRIMARY KEY (seq, at))"
        " PARTITION BY RANGE (at)",
        f"ALTER SEQUENCE {sequence} OWNED BY {log}.seq",
        *indexes,
    ):
        await connection.execute(statement)
    await attach(connection, log, past, None, ends)
    await connection.execute(f"ALTER TABLE {SCHEMA}.{past} DROP CONSTRAINT {past}")
    for statement in after_it:
        await connection.execute(statement)


async def _after_it(connection: asyncpg.Connection, log: str) -> Sequence[str]:
    """What makes the new table what the old one is: triggers, grants and policies. Those of the old one for whole
    statements stay there as well."""
    statements = [row["definition"] for row in await connection.fetch(_ROW_TRIGGERS, log)]
    statements += [row["definition"] for row in await connection.fetch(_STATEMENT_TRIGGERS, log)]
    statements += [
        f"GRANT {row['privilege']} ON {log} TO {row['role']}" for row in await connection.fetch(_GRANTS, log)
    ]
    if await connection.fetchval(_SECURED, log):
        statements.append(f"ALTER TABLE {log} ENABLE ROW LEVEL SECURITY")
    for row in await connection.fetch(_POLICIES, log):
        using = f" USING ({row['qual']})" if row["qual"] else ""
        check = f" WITH CHECK ({row['with_check']})" if row["with_check"] else ""
        statements.append(f"CREATE POLICY {row['name']} ON {log} FOR {row['cmd']} TO {row['roles']}{using}{check}")
    return statements
