"""Row-level security: what `visibility` says of partners' data, held a second time by PostgreSQL.

The policies say it in their own words, shorter by what they have from each other: a row of a deal is seen if its deal
is, and who sees that is the matter of the policy on deals. Generated from the conditions, they took several times as
much of PostgreSQL's time. A test holds them equal to the conditions, table by table. They are raised after migrations,
whenever their text or the tables have changed.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256

import asyncpg
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random

from app.database import Database
from app.database.sql import FALSE, sql
from app.database.wall import OPEN, SETTING, WALLED, Seen
from app.identity.viewer import Viewer
from app.identity.visibility import Sight, condition_of, sight_of, tables
from app.settings import SettingsError

_LOCK = 0x57A6E9AB
"""Any constant will do; it keeps servers that start together from raising the wall at the same time."""

# What `_said` says, read back. Places and not names: it is read for every row, and JSON takes ten times as long.
_SAID = f"current_setting('{SETTING}', true)"
_ORGANIZATION = f"nullif(left({_SAID}, 36), '')::uuid"
_USER = f"nullif(substr({_SAID}, 37, 36), '')::uuid"
_WRITES = f"substr({_SAID}, 73, 1) = 'W'"
_SEES_ALL = f"substr({_SAID}, 74) = '{Sight.ORGANIZATION}'"

LIMITED = "sees_limited_playbook"
_OF_A_DEAL = "EXISTS (SELECT FROM opportunity vo WHERE vo.id = {table}.opportunity_id)"
_FOR_THEM = (
    f"({_WRITES} OR CASE WHEN (SELECT {_SEES_ALL}) THEN (SELECT {_ORGANIZATION}) ELSE (SELECT {_USER}) END"
    " = ANY (readers))"
)
"""Of an event with readers; who writes one has it read by colleagues."""

POLICIES: Mapping[str, str] = {
    # In a subquery, a value is read once for all rows, and PostgreSQL plans for some partner. It would look it up
    # by itself, before a statement has set it, find null, and plan for no row at all.
    "opportunity": f"partner_id = (SELECT {_ORGANIZATION}) AND ((SELECT {_SEES_ALL}) OR owner_id = {_USER}"
    f" OR EXISTS (SELECT FROM opportunity_share vs WHERE vs.opportunity_id = opportunity.id AND vs.user_id = {_USER}))",
    # As of the deal; a search reads many rows, so the user is read and what is shared is looked up once for all.
    "opportunity_words": f"partner_id = (SELECT {_ORGANIZATION}) AND ((SELECT {_SEES_ALL})"
    f" OR owner_id = (SELECT {_USER}) OR opportunity_id IN"
    f" (SELECT vs.opportunity_id FROM opportunity_share vs WHERE vs.user_id = (SELECT {_USER})))",
    # Asking for the deal would turn in a circle: the policy on deals asks for shares.
    "opportunity_share": f"user_id = {_USER}",
    **dict.fromkeys(
        (
            "qualification_answer",
            "criterion_mark",
            "former_mark",
            "correction",
            "opportunity_activity",
            "stage_transition",
            "recommendation",
        ),
        _OF_A_DEAL,
    ),
    # Which content it may speak of is for the application's own condition.
    "next_best_action": f"partner_id = (SELECT {_ORGANIZATION}) AND {_OF_A_DEAL}",
    "action_content": "EXISTS (SELECT FROM next_best_action vna WHERE vna.id = action_id)",
    # With an offset, EXISTS is asked for each row; without, all customers of the partner might be collected for one.
    "account": f"partner_id = (SELECT {_ORGANIZATION})"
    " OR EXISTS (SELECT FROM opportunity vo WHERE vo.account_id = account.id OFFSET 0)",
    "organization": f"id = {_ORGANIZATION} OR (kind = 'VENDOR' AND {_ORGANIZATION} IS NOT NULL)",
    "user_account": f"organization_id = {_ORGANIZATION} OR EXISTS"
    " (SELECT FROM organization vg WHERE vg.id = organization_id AND vg.kind = 'VENDOR')",
    "event": f"CASE WHEN type = 'OPPORTUNITY_LEFT' THEN partner_id = (SELECT {_ORGANIZATION}) AND {_FOR_THEM}"
    f" WHEN opportunity_id IS NULL THEN {_ORGANIZATION} IS NOT NULL"
    f" ELSE (partner_id IS NULL OR partner_id = (SELECT {_ORGANIZATION})) AND (readers IS NULL OR {_FOR_THEM})"
    f" AND {_OF_A_DEAL} END",
    "client_mutation": f"user_id = {_USER}",
    # What is for everybody is told by the row itself, at the price of nothing; the rest is asked of a function.
    "playbook": "(published_at IS NOT NULL"
    f" AND cardinality(available_to_partners) + cardinality(available_to_tiers) = 0) OR {LIMITED}(id)",
    "stage": f"published OR {LIMITED}(playbook_id)",
    # Whom else it is for is the application's own condition.
    "content": "NOT limited OR EXISTS (SELECT FROM stage_content vl WHERE vl.content_id = content.id)",
    "qualification_question": "EXISTS (SELECT FROM playbook vp WHERE vp.id = playbook_id)",
    **dict.fromkeys(
        ("criterion", "activity", "stage_content"), "EXISTS (SELECT FROM stage vst WHERE vst.id = {table}.stage_id)"
    ),
}
"""Of the tables that hold partners' data, and of playbooks with what is linked to them."""

# It asks for stages and deals itself, so it runs as their owner, on whom no policy is imposed: or policies would turn
# in a circle. Stages that a deal came through are seen as well, since its history is.
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {LIMITED}(asked uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $seen$
BEGIN
  RETURN EXISTS (
    SELECT FROM playbook p WHERE p.id = asked AND p.published_at IS NOT NULL
      AND ({_ORGANIZATION} = ANY (p.available_to_partners)
      OR (SELECT g.tier FROM organization g WHERE g.id = {_ORGANIZATION}) = ANY (p.available_to_tiers))
  ) OR EXISTS (
    SELECT FROM opportunity WHERE playbook_id = asked AND {POLICIES["opportunity"]}
  ) OR EXISTS (
    SELECT FROM stage s JOIN stage_transition t ON t.to_stage_id = s.id OR t.from_stage_id = s.id
    JOIN opportunity ON opportunity.id = t.opportunity_id WHERE s.playbook_id = asked AND {POLICIES["opportunity"]}
  );
END $seen$
"""

VENDORS = frozenset(
    {"playbook", "qualification_question", "stage", "criterion", "activity", "content", "stage_content"}
)
_SHUT = frozenset({"handover", "kept_text"})
"""Of no use to partners' people, whatever they change: the vendor alone gives deals to others."""
_LOCKABLE = ("playbook",)
"""Partners' people may lock these rows, so that nobody archives what a deal is about to begin on; never change them."""
_READ_ONLY = VENDORS | {"organization", "user_account", "opportunity_words"}
_APPENDED = frozenset({"correction", "event", "former_mark", "stage_transition"})
_OWN_COLUMNS = {"user_account": ("language, time_zone", f"id = {_USER}")}
"""What partners' people may change of rows that they read otherwise, and of which rows."""


def seen_by(viewer: Viewer) -> Seen | None:
    """What the wall is told of a viewer; None: it stands open.

    In a transaction, which may change things, a seller stands behind the organisation's wall: a deal that is handed to
    a colleague is out of sight the moment it is written. Which deals a seller may change is for the application's
    own condition. What the house knows and no partner may read (rules, what was learned from all) is open there as
    well, since changes are decided by it.
    """
    if viewer.is_vendor:
        return None
    known: Seen | None = viewer.noted.get("wall")
    if known is None:
        said = _said(viewer, sight_of(viewer), writes=False)
        known = viewer.noted["wall"] = Seen(said, _said(viewer, Sight.ORGANIZATION, writes=True))
    return known


def _said(viewer: Viewer, sight: Sight, *, writes: bool) -> str:
    return f"{viewer.organization_id}{viewer.user_id}{'W' if writes else 'R'}{sight.value}"


def policy(table: str) -> str:
    """The condition of `table` for whoever the setting names. Raises `KeyError` for a table that nobody has judged."""
    if table in _SHUT:
        return "FALSE"
    if is_house(table):
        return _WRITES
    return POLICIES[table].format(table=table)


def is_house(table: str) -> bool:
    """Whether no partner may read of it."""
    return table in tables() and condition_of(Sight.ORGANIZATION, table, table).parts == sql("({})", FALSE).parts


def walled_tables() -> list[str]:
    return sorted({*tables(), *POLICIES})


def statements() -> Iterator[str]:
    """All of the wall. Running them again makes it what it is."""
    yield f"GRANT USAGE ON SCHEMA public TO {OPEN}, {WALLED}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {OPEN}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {OPEN}, {WALLED}"
    yield f"REVOKE UPDATE, DELETE ON audit_entry, audit_seal FROM {OPEN}"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {WALLED}"
    yield f"GRANT INSERT ON audit_entry TO {WALLED}"
    # Enqueueing runs as whoever enqueues; what waits in the queue stays unreadable but for numbers and locks.
    yield f"GRANT INSERT, SELECT (id, queueing_lock, status) ON procrastinate_jobs TO {WALLED}"
    yield f"GRANT INSERT ON procrastinate_events TO {WALLED}"
    yield _FUNCTION
    for table in walled_tables():
        yield f"GRANT {_rights(table)} ON {table} TO {WALLED}"
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"DROP POLICY IF EXISTS open ON {table}"
        yield f"CREATE POLICY open ON {table} TO {OPEN} USING (TRUE) WITH CHECK (TRUE)"
        yield f"DROP POLICY IF EXISTS walled ON {table}"
        yield f"CREATE POLICY walled ON {table} TO {WALLED} USING ({policy(table)})"
    for table in _LOCKABLE:
        yield f"GRANT UPDATE ON {table} TO {WALLED}"
        yield f"DROP POLICY walled ON {table}"
        yield f"CREATE POLICY walled ON {table} FOR SELECT TO {WALLED} USING ({policy(table)})"
        yield f"DROP POLICY IF EXISTS lockable ON {table}"
        yield f"CREATE POLICY lockable ON {table} FOR UPDATE TO {WALLED} USING (TRUE) WITH CHECK (FALSE)"
    for table, (columns, own) in _OWN_COLUMNS.items():
        yield f"GRANT UPDATE ({columns}) ON {table} TO {WALLED}"
        yield f"DROP POLICY walled ON {table}"
        yield f"CREATE POLICY walled ON {table} FOR SELECT TO {WALLED} USING ({policy(table)})"
        yield f"DROP POLICY IF EXISTS own ON {table}"
        yield f"CREATE POLICY own ON {table} FOR UPDATE TO {WALLED} USING ({own}) WITH CHECK ({own})"


def _rights(table: str) -> str:
    if table in _READ_ONLY:
        return "SELECT"
    return "SELECT, INSERT" if table in _APPENDED else "SELECT, INSERT, UPDATE, DELETE"


_TABLES = "SELECT string_agg(tablename, ' ' ORDER BY tablename) AS names FROM pg_tables WHERE schemaname = 'public'"
_STANDS = "SELECT obj_description('opportunity'::regclass, 'pg_class')"


@retry(
    # Every table is locked in turn, beside servers and jobs that are at work on them in an order of their own.
    retry=retry_if_exception_type(asyncpg.DeadlockDetectedError),
    stop=stop_after_attempt(6),
    wait=wait_random(0.05, 0.5),
    reraise=True,
)
async def raise_walls(database: Database) -> bool:
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

    Raises as `raise_walls`.
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
