"""Row-level security: what `visibility` says of partners' data, held a second time by PostgreSQL.

The policies say it in their own words, shorter by what they have from each other: a row of a deal is seen if its deal
is, and who sees that is the matter of the policy on deals. Generated from the conditions, they took several times as
much of PostgreSQL's time. So each noun says its own (`app.nouns`), and a test holds them equal to the conditions, table
by table. They are raised after migrations, whenever their text or the tables have changed.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256

import asyncpg
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random

from app.database import Database
from app.database.rls import OPEN, WALLED, RlsSetting
from app.identity.scopes import VisibilityScope, scope_of
from app.identity.viewer import Viewer
from app.nouns import BY_TABLE, NOUNS, policies
from app.nouns.noun import RowSecurity, nobody
from app.settings import SettingsError

_LOCK = 0x57A6E9AB
"""Any constant will do; it keeps servers that start together from raising the wall at the same time."""

_SECURITY: Mapping[str, RowSecurity] = {
    noun.table: noun.row_security for noun in NOUNS if noun.row_security is not None
}


def rls_setting(viewer: Viewer) -> RlsSetting | None:
    """What the wall is told of a viewer; None: it stands open.

    In a transaction, which may change things, a seller stands behind the organisation's wall: a deal that is handed to
    a colleague is out of sight the moment it is written. Which deals a seller may change is for the application's
    own condition. What the house knows and no partner may read (rules, what was learned from all) is open there as
    well, since changes are decided by it.
    """
    if viewer.is_vendor:
        return None
    known: RlsSetting | None = viewer.noted.get("wall")
    if known is None:
        reading = policies.told(viewer, scope_of(viewer), writes=False)
        known = viewer.noted["wall"] = RlsSetting(
            reading, policies.told(viewer, VisibilityScope.ORGANIZATION, writes=True)
        )
    return known


def policy(table: str) -> str:
    """The condition of `table` for whoever the setting names. Raises `KeyError` for a table that nobody has judged."""
    return _SECURITY[table].policy.format(table=table)


def is_internal(table: str) -> bool:
    """Whether no partner may read of it."""
    return BY_TABLE[table].seen_by is nobody


def is_public(table: str) -> bool:
    """Whether it holds nothing of any partner's."""
    return _SECURITY[table].public


def tables_with_policies() -> list[str]:
    return sorted(_SECURITY)


def statements() -> Iterator[str]:
    """All of the wall. Running them again makes it what it is."""
    yield f"GRANT USAGE ON SCHEMA public TO {OPEN}, {WALLED}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {OPEN}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {OPEN}, {WALLED}"
    yield f"REVOKE UPDATE, DELETE ON audit_entry, audit_seal FROM {OPEN}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {WALLED}"
    yield f"GRANT INSERT ON audit_entry TO {WALLED}"
    # Servers of the version before ask for shares until they are replaced; nothing is written there any more.
    yield f"GRANT SELECT ON opportunity_share TO {WALLED}"
    yield "ALTER TABLE opportunity_share ENABLE ROW LEVEL SECURITY"
    yield "DROP POLICY IF EXISTS open ON opportunity_share"
    yield f"CREATE POLICY open ON opportunity_share TO {OPEN} USING (TRUE) WITH CHECK (TRUE)"
    yield "DROP POLICY IF EXISTS walled ON opportunity_share"
    yield f"CREATE POLICY walled ON opportunity_share TO {WALLED} USING (user_id = {policies.USER})"
    # Readers of the event log leave out parts of it by these.
    yield f"GRANT SELECT (parent, begins_at, first_xid, last_xid) ON log_partition TO {WALLED}"
    # Enqueueing runs as whoever enqueues; what waits in the queue stays unreadable but for numbers and locks.
    yield f"GRANT INSERT, SELECT (id, queueing_lock, status) ON procrastinate_jobs TO {WALLED}"
    yield f"GRANT INSERT ON procrastinate_events TO {WALLED}"
    yield from (wall.function for wall in _SECURITY.values() if wall.function is not None)
    for table in tables_with_policies():
        yield f"GRANT {_SECURITY[table].rights} ON {table} TO {WALLED}"
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"DROP POLICY IF EXISTS open ON {table}"
        yield f"CREATE POLICY open ON {table} TO {OPEN} USING (TRUE) WITH CHECK (TRUE)"
        yield f"DROP POLICY IF EXISTS walled ON {table}"
        yield f"CREATE POLICY walled ON {table} TO {WALLED} USING ({policy(table)})"
    for table in (table for table in tables_with_policies() if _SECURITY[table].lockable):
        yield f"GRANT UPDATE ON {table} TO {WALLED}"
        yield f"DROP POLICY walled ON {table}"
        yield f"CREATE POLICY walled ON {table} FOR SELECT TO {WALLED} USING ({policy(table)})"
        yield f"DROP POLICY IF EXISTS lockable ON {table}"
        yield f"CREATE POLICY lockable ON {table} FOR UPDATE TO {WALLED} USING (TRUE) WITH CHECK (FALSE)"
    for table, own in ((table, _SECURITY[table].own_columns) for table in tables_with_policies()):
        if own is None:
            continue
        yield f"GRANT UPDATE ({own.columns}) ON {table} TO {WALLED}"
        yield f"DROP POLICY walled ON {table}"
        yield f"CREATE POLICY walled ON {table} FOR SELECT TO {WALLED} USING ({policy(table)})"
        yield f"DROP POLICY IF EXISTS own ON {table}"
        yield (
            f"CREATE POLICY own ON {table} FOR UPDATE TO {WALLED} USING ({own.condition}) WITH CHECK ({own.condition})"
        )


_TABLES = "SELECT string_agg(tablename, ' ' ORDER BY tablename) AS names FROM pg_tables WHERE schemaname = 'public'"
_STANDS = "SELECT obj_description('opportunity'::regclass, 'pg_class')"


@retry(
    # Every table is locked in turn, beside servers and jobs that are at work on them in an order of their own.
    retry=retry_if_exception_type(asyncpg.DeadlockDetectedError),
    stop=stop_after_attempt(6),
    wait=wait_random(0.05, 0.5),
    reraise=True,
)
async def install_policies(database: Database) -> bool:
    """Make roles, grants and policies what they should be; False when they were. The connection has to own the tables.

    Raises `SettingsError` when the roles are missing and can't be made.
    """
    async with database.pool.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        try:
            return await _raise(connection)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _raise(connection: asyncpg.Connection) -> bool:
    await ensure_roles(connection)
    names = await connection.fetchval(_TABLES)
    wanted = sha256("\n".join((names, *statements())).encode()).hexdigest()
    version = f"wall {wanted}"
    if await connection.fetchval(_STANDS) == version:
        return False
    async with connection.transaction():
        await connection.execute(";\n".join(statements()))
        await connection.execute(f"COMMENT ON TABLE opportunity IS '{version}'")
    return True


async def ensure_roles(connection: asyncpg.Connection) -> None:
    """The roles belong to the whole cluster, so that another database's server may be making them just now.

    Raises as `install_policies`.
    """
    try:
        for role in (OPEN, WALLED):
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await connection.execute(_CREATE.format(role=role))
            if not await connection.fetchval("SELECT pg_has_role(current_user, $1, 'MEMBER')", role):
                await connection.execute(f"GRANT {role} TO CURRENT_USER")
    except asyncpg.InsufficientPrivilegeError:
        raise SettingsError(
            f"row-level security needs the roles {OPEN} and {WALLED}, and this database user may not make them. Have"
            f" an administrator run: CREATE ROLE {OPEN}; CREATE ROLE {WALLED}; GRANT {OPEN}, {WALLED} TO CURRENT_USER;"
            " or set STAGEPATH_ROW_LEVEL_SECURITY=false"
        ) from None


_CREATE = """
DO $$ BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
"""
