"""The wall in PostgreSQL lets through what the application's own condition does, and nothing else."""

import asyncio
from collections.abc import Iterable
from random import Random

import asyncpg
import pytest

from app.database import Database
from app.database.pool import Pool
from app.database.rls import NOTHING, OPEN, WALLED, as_viewer, carrying
from app.database.sql import sql
from app.demo.people import PARTNER_PEOPLE, demo_id
from app.identity.rls_policies import install_policies, is_internal, is_public, rls_setting, tables_with_policies
from app.identity.scopes import scope_of, slots_of
from app.identity.users import viewer_of
from app.identity.viewer import Viewer
from app.identity.visibility import tables, visible
from app.models.columns import new_id
from app.vocabulary import Role
from tests.schema.world import COLLEAGUE, MANAGER, RIVAL, SELLER, VENDOR, Demo

PEOPLE = (MANAGER, SELLER, COLLEAGUE, RIVAL, "Marta Vidal")


async def viewer(name: str) -> Viewer:
    found = await viewer_of(str(demo_id(f"user/{name}")))
    assert found is not None
    return found


@pytest.fixture
async def walled(sampled: Demo) -> Database:
    """The demo programme as_viewer the wall, with samples of every table, and a few deals shared."""
    database = sampled.database
    for name in (SELLER, RIVAL):
        await database.fetch(
            "INSERT INTO team_member (id, opportunity_id, user_id) SELECT gen_random_uuid(), o.id, u.id"
            " FROM user_account u JOIN opportunity o ON o.partner_id = u.organization_id AND o.owner_id <> u.id"
            " WHERE u.id = $1 ORDER BY o.id LIMIT 7 ON CONFLICT DO NOTHING",
            demo_id(f"user/{name}"),
        )
    # One of the vendor whom nothing gave a role.
    await database.fetch("UPDATE user_account SET placed = FALSE WHERE name = 'Ingrid Solberg'")
    # Deals that a partner sells along, or is asked to, with people of every partner on their teams.
    await database.fetch(
        "INSERT INTO deal_partner (id, opportunity_id, partner_id, inviter_id, status)"
        " SELECT gen_random_uuid(), o.id, g.id, CASE WHEN get_byte(uuid_send(o.id), 14) % 2 = 0 THEN o.partner_id END,"
        " CASE WHEN get_byte(uuid_send(o.id), 15) % 3 = 0 THEN 'INVITED' ELSE 'ACCEPTED' END"
        " FROM opportunity o JOIN organization g ON g.kind = 'PARTNER' AND g.id <> o.partner_id"
        " WHERE get_byte(uuid_send(o.id), 13) % 9 = get_byte(uuid_send(g.id), 13) % 9 ON CONFLICT DO NOTHING"
    )
    await database.fetch(
        "INSERT INTO team_member (id, opportunity_id, user_id) SELECT gen_random_uuid(), d.opportunity_id, u.id"
        " FROM deal_partner d JOIN user_account u ON u.organization_id = d.partner_id"
        " WHERE get_byte(uuid_send(u.id), 15) % 2 = 0 ON CONFLICT DO NOTHING"
    )
    # Deals that have been with somebody else, and word of those that left and came.
    await database.fetch(
        "INSERT INTO event (type, opportunity_id, partner_id, readers)"
        " SELECT t.type, o.id, g.id, CASE WHEN t.type LIKE '%D' THEN NULL ELSE ARRAY[t.reader, g.id] END"
        " FROM organization g JOIN opportunity o ON o.partner_id = g.id OR o.name < 'C' CROSS JOIN LATERAL"
        " (SELECT unnest(ARRAY['OPPORTUNITY_UPDATED', 'OPPORTUNITY_LEFT', 'OPPORTUNITY_CAME']) AS type,"
        "  (SELECT u.id FROM user_account u WHERE u.organization_id = g.id AND u.role = 'PARTNER_SELLER' ORDER BY u.id"
        "   LIMIT 1) AS reader) t WHERE g.kind = 'PARTNER'"
    )
    await database.fetch(
        "UPDATE next_best_action SET partner_id = (SELECT id FROM organization WHERE key = 'delta-works')"
        " WHERE get_byte(uuid_send(id), 15) % 3 = 0"
    )
    await database.fetch("UPDATE event SET readers = readers[1:1] WHERE seq % 2 = 0 AND readers IS NOT NULL")
    return database


def private(tables: Iterable[str]) -> set[str]:
    """Those that hold something of partners'."""
    return {table for table in tables if not is_public(table)}


async def rows(database: Database, table: str) -> set[str]:
    return {row["row"] for row in await database.fetch(f"SELECT t.ctid::text AS row FROM {table} t")}


async def visible_rows(database: Database, who: Viewer, table: str) -> set[str]:
    statement = sql(f"SELECT t.ctid::text AS row FROM {table} t WHERE {{}}", visible(scope_of(who), table, "t"))
    made = statement.statement()
    return {row["row"] for row in await database.fetch(made.text, *made.arguments(slots_of(who)))}


_OF_THEIR_DEALS = (
    "opportunity_id IN (SELECT o.id FROM opportunity o WHERE o.partner_id = $1 UNION ALL"
    " SELECT d.opportunity_id FROM deal_partner d WHERE d.partner_id = $1 AND d.status = 'ACCEPTED')"
)
WIDER = {
    # Of teams, each finds their own places besides.
    "team_member": f"user_id IN (SELECT u.id FROM user_account u WHERE u.organization_id = $1) OR {_OF_THEIR_DEALS}",
    "next_best_action": _OF_THEIR_DEALS,
    "action_content": f"action_id IN (SELECT n.id FROM next_best_action n WHERE {_OF_THEIR_DEALS})",
}
"""Where the wall is coarser than the application's condition, and what it holds all the same."""


async def rows_of_the_organization(database: Database, who: Viewer, table: str) -> set[str]:
    statement = f"SELECT t.ctid::text AS row FROM {table} t WHERE {WIDER[table]}"
    return {row["row"] for row in await database.fetch(statement, who.organization_id)}


async def test_no_table_is_empty(walled: Database) -> None:
    assert [table for table in tables_with_policies() if not await rows(walled, table)] == []


@pytest.mark.parametrize("name", PEOPLE)
async def test_the_wall_and_the_applications_condition_let_the_same_rows_through(walled: Database, name: str) -> None:
    who = await viewer(name)
    for table in private(tables()):
        wanted = await visible_rows(walled, who, table)
        with as_viewer(rls_setting(who)):
            found = await rows(walled, table)
        if table in WIDER:
            assert found >= wanted, table
            assert found <= await rows_of_the_organization(walled, who, table), table
        elif not is_internal(table) or who.is_vendor:
            assert found == wanted, table
        else:
            assert found == set(), table


async def test_the_vendor_sees_everything(walled: Database) -> None:
    seen = rls_setting(await viewer(VENDOR))
    for table in tables_with_policies():
        everything = await rows(walled, table)
        with as_viewer(seen):
            assert await rows(walled, table) == everything


async def test_without_a_viewer_nothing_is_seen(walled: Database) -> None:
    assert await rows(walled, "opportunity")
    for table in sorted(private(tables_with_policies())):
        with as_viewer(NOTHING):
            assert await rows(walled, table) == set(), table
    assert walled.walled is not None
    async with walled.walled.acquire() as connection:
        for table in sorted(private(tables_with_policies())):
            assert await connection.fetch(f"SELECT 1 FROM {table}") == [], table


async def test_every_table_is_behind_the_wall_or_closed_to_partners(walled: Database) -> None:
    (opened,) = await walled.fetch(
        "SELECT array_agg(c.relname::text ORDER BY 1) AS names FROM pg_class c"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
        " AND has_table_privilege($1, c.oid, 'SELECT') AND NOT relrowsecurity",
        WALLED,
    )
    assert opened["names"] is None


@pytest.mark.parametrize("role", [OPEN, WALLED])
async def test_the_roles_own_nothing(walled: Database, role: str) -> None:
    owned = await walled.fetch(
        "SELECT relname FROM pg_class WHERE relowner = to_regrole($1)"
        " UNION ALL SELECT proname FROM pg_proc WHERE proowner = to_regrole($1)",
        role,
    )
    assert owned == []
    (told,) = await walled.fetch("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = $1", role)
    assert not any(told.values())


async def test_connections_are_those_of_the_roles_also_after_they_are_reset(walled: Database) -> None:
    assert walled.walled is not None
    for pool, role in ((walled.pool, OPEN), (walled.walled, WALLED)):
        async with pool.acquire() as connection:
            await connection.reset()
            assert await connection.fetchval("SELECT current_user") == role


async def test_many_at_once_and_cut_off_at_any_moment_each_see_their_own(walled: Database) -> None:
    """Two connections for forty tasks: whoever comes next finds a connection that served another one a moment ago."""
    assert walled.walled is not None
    await walled.walled.close()
    walled.walled = await Pool(walled.url, size=2, server_settings=walled.session | {"role": WALLED})
    people = [await viewer(name) for names in PARTNER_PEOPLE.values() for name in names]
    wanted = {who: await visible_rows(walled, who, "opportunity") for who in people}
    assert len({frozenset(seen) for seen in wanted.values()}) > 5
    of_organization = {who.organization_id: wanted[who] for who in people if who.role is Role.PARTNER_MANAGER}
    random, checked = Random(7), 0

    async def look(who: Viewer) -> None:
        nonlocal checked
        with as_viewer(rls_setting(who)):
            for _ in range(3):
                if random.random() < 0.5:
                    found = await rows(walled, "opportunity")
                    assert found == wanted[who]
                else:
                    async with walled.transaction() as tx:
                        found = {row["row"] for row in await tx.fetch("SELECT ctid::text AS row FROM opportunity")}
                    assert found == of_organization[who.organization_id]
                checked += 1

    async def cut_off(task: asyncio.Task[None], turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()

    for _ in range(8):
        tasks = [asyncio.create_task(look(random.choice(people))) for _ in range(40)]
        cutters = [asyncio.create_task(cut_off(task, random.randrange(60))) for task in tasks[::3]]
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*cutters)
        assert [error for error in ended if error and not isinstance(error, asyncio.CancelledError)] == []
    assert checked > 300
    assert walled.walled is not None
    async with walled.walled.acquire() as one, walled.walled.acquire() as other:
        for connection in (one, other):
            assert await connection.fetch("SELECT 1 FROM opportunity") == []


async def test_a_statement_that_changes_something_runs_in_a_transaction_of_its_viewer(walled: Database) -> None:
    who = await viewer(SELLER)
    change = "UPDATE opportunity SET next_step = 'x' WHERE id = $1 RETURNING id"
    assert carrying(change, 1) is None
    foreign = (await walled.fetch("SELECT id FROM opportunity WHERE partner_id <> $1 LIMIT 1", who.organization_id))[0]
    own = (await walled.fetch("SELECT id FROM opportunity WHERE owner_id = $1 LIMIT 1", who.user_id))[0]
    with as_viewer(rls_setting(who)):
        assert await walled.fetch(change, foreign["id"]) == []
        assert len(await walled.fetch(change, own["id"])) == 1


async def test_nobody_writes_through_the_wall(walled: Database) -> None:
    who = await viewer(SELLER)
    foreign = (await walled.fetch("SELECT id FROM opportunity WHERE partner_id <> $1 LIMIT 1", who.organization_id))[0]
    statements: list[tuple[str, *tuple[object, ...]]] = [
        ("INSERT INTO account (id, partner_id, name) VALUES ($1, $2, 'x')", new_id(), demo_id("org/brightwater")),
        ("INSERT INTO criterion_mark (id, opportunity_id, criterion_id, met, marked_at)"
         " SELECT $1, $2, c.id, TRUE, now() FROM criterion c LIMIT 1", new_id(), foreign["id"]),
        ("UPDATE opportunity SET partner_id = $1 WHERE owner_id = $2", demo_id("org/brightwater"), who.user_id),
        ("UPDATE playbook SET name = 'x' WHERE key = $1", "it-software"),
        ("UPDATE stage SET name = 'x' WHERE key = $1", "negotiation"),
        ("UPDATE user_account SET role = 'VENDOR_ADMIN' WHERE id = $1", who.user_id),
        ("DELETE FROM event WHERE opportunity_id <> $1", foreign["id"]),
        ("SELECT args FROM procrastinate_jobs WHERE id <> $1", 0),
        ("SELECT detail FROM audit_entry WHERE seq <> $1", 0),
    ]  # fmt: skip
    for statement, *parameters in statements:
        with as_viewer(rls_setting(who)), pytest.raises(asyncpg.InsufficientPrivilegeError):
            await walled.fetch(statement, *parameters)


async def test_they_are_raised_beside_others_who_lock_tables_in_another_order(database: Database) -> None:
    for _ in range(5):
        if await raised_by_the_one_given_up(database):
            return
    pytest.fail("PostgreSQL gave up the other each time")


async def raised_by_the_one_given_up(database: Database) -> bool:
    """Whether it was who raises the wall; on a slow machine it may be the other."""
    first, *_, last = tables_with_policies()
    await database.fetch("COMMENT ON TABLE opportunity IS 'no wall'")
    async with database.pool.acquire() as other:
        transaction = other.transaction()
        await transaction.start()
        await other.execute(f"LOCK TABLE {last} IN ACCESS SHARE MODE")
        raising = asyncio.create_task(install_policies(database))
        waits = (
            "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE NOT granted AND relname = $1"
        )
        while not await other.fetchval(waits, last):
            assert not raising.done()
            await asyncio.sleep(0)
        try:
            await other.execute(f"LOCK TABLE {first} IN ACCESS SHARE MODE")
        except asyncpg.DeadlockDetectedError:
            await transaction.rollback()
            await raising
            return False
        await transaction.commit()
        assert await raising
    assert not await install_policies(database)
    return True
