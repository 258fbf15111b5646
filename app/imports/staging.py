"""Temporary tables that the export is copied into. They belong to the import's transaction and end with it.

`import_deal`    the opportunities; `deal` is the line of the row and its key in all these tables.
`import_move`    the history, or the dated columns of the opportunities; `late`: the other moment of a time shown twice.
`import_account`, `import_user`   what the accounts and users files say; `account_id`: which account it is or becomes.
`import_name`    number of a stage name → key of the stage that it means.
`import_place`   the stages of every version of the playbook, with their ranks.
`import_former`  stages of other versions that are called otherwise in this one → their keys there.
`import_owner`   an owner as the export names it → the user that it is.
`import_target`  the opportunities that are taken, and the row of `opportunity` that each is or becomes.
`import_reject`  those that are not, found by comparing with other rows.
"""

from collections.abc import Iterable

import asyncpg

TABLES = """
SET LOCAL work_mem = '64MB';
CREATE TEMP TABLE import_deal (
    deal int, id uuid, own_move uuid, external_id text, name text, stage int, amount numeric, currency text,
    expected_close_date date, account text, account_name text, owner text, next_step text, notes text,
    close_reason text, created_at timestamptz, entered_at timestamptz,
    moved_at timestamptz[], moved_to int[], move_ids uuid[]
) ON COMMIT DROP;
CREATE TEMP TABLE import_move (
    deal int, line int, id uuid, at timestamptz, late timestamptz, stage int, sort numeric
) ON COMMIT DROP;
CREATE TEMP TABLE import_account (
    external_id text, name text, industry text, country text, employees int, annual_revenue numeric, name_key text
) ON COMMIT DROP;
CREATE TEMP TABLE import_user (external_id text, name text, email text) ON COMMIT DROP;
CREATE TEMP TABLE import_owner (owner text, user_id uuid) ON COMMIT DROP;
CREATE TEMP TABLE import_name (stage int, key text) ON COMMIT DROP;
CREATE TEMP TABLE import_place (
    stage_id uuid, playbook_id uuid, key text, rank int, kind text
) ON COMMIT DROP;
CREATE TEMP TABLE import_former (stage_id uuid, key text) ON COMMIT DROP;
CREATE TEMP TABLE import_reject (deal int, field text, value text, reason text) ON COMMIT DROP;
"""

_COLUMNED_MOVES = """
INSERT INTO import_move (deal, line, id, at, stage, sort)
SELECT d.deal, d.deal, move.id, move.at, move.stage, move.place
FROM import_deal d, unnest(d.move_ids, d.moved_at, d.moved_to) WITH ORDINALITY AS move (id, at, stage, place)
"""

UUID7 = """encode(
    overlay(
        set_byte(uuid_send(gen_random_uuid()), 6, 112 | (get_byte(uuid_send(gen_random_uuid()), 6) & 15))
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6
    ), 'hex')::uuid"""
"""SQL for a UUID version 7: 48 bits of milliseconds, the version, then chance. PostgreSQL has its own from 18 on."""


async def create(connection: asyncpg.Connection) -> None:
    await connection.execute(TABLES)


async def copy(connection: asyncpg.Connection, table: str, records: Iterable[tuple[object, ...]]) -> None:
    """Stream `records` into `table` as they are made; none are kept."""
    await connection.copy_records_to_table(table, records=records)


async def settle(connection: asyncpg.Connection, *, columned: bool) -> None:
    """Finish staging: moves out of dated columns, and statistics for the statements that follow."""
    if columned:
        await connection.execute(_COLUMNED_MOVES)
    await connection.execute(
        "ALTER TABLE import_account ADD COLUMN account_id uuid, ADD COLUMN merged bool NOT NULL DEFAULT FALSE"
    )
    await connection.execute("ANALYZE import_deal; ANALYZE import_move")
