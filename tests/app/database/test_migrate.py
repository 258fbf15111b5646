"""The migrations make the tables that the models describe, all of them and nothing less."""

import asyncio
import contextvars
import itertools
import re
from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from tortoise import Tortoise
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from app import models
from app.database import Database
from app.database.connection import orm
from app.database.job_queue import shipped
from app.database.migrate import migrate
from app.database.migrations import GIVE_UP_SOON, AddIndexMeanwhile
from app.database.versions import known_tables
from app.demo.load import load
from app.demo.people import demo_id
from app.events.facts import opportunity_updated
from app.events.log import append
from app.identity.users import viewer_of
from app.models import Recommendation, User
from app.recommendations.serve import recommendations
from tests.copies import administer
from tests.schema.world import SELLER, VENDOR, Demo, deal_of

FIRST_THAT_LETS_READ = "0023"
LOCKED = re.compile(r"(?:TRIGGER \w+\s[^;]*?\bON|ALTER TABLE|CREATE (?:UNIQUE )?INDEX \w+ ON) (\w+)")
"""Tables by the SQL that locks them: triggers, changes and indexes."""
LOCKING = (ops.CreateModel, ops.AddField, ops.AddIndex, ops.AddConstraint, ops.AlterField)


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    assert await migrate(database) == []


async def test_every_column_of_every_model_exists(database: Database) -> None:
    rows = await database.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    )
    stored = {(row["table_name"], row["column_name"]) for row in rows}
    described = {
        (model._meta.db_table, column)
        for model in Tortoise.apps["models"].values()
        for column in model._meta.fields_db_projection.values()
    }
    assert described
    assert described <= stored


async def test_every_constraint_of_every_model_exists(database: Database) -> None:
    # `makemigrations` writes constraints into a table's options, from which nothing creates them.
    rows = await database.fetch(
        "SELECT conname AS name FROM pg_constraint UNION SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
    )
    stored = {row["name"] for row in rows}
    described = {
        constraint.name
        for model in Tortoise.apps["models"].values()
        for constraint in model._meta.constraints
        if isinstance(constraint, UniqueConstraint | CheckConstraint)
    }
    assert described
    assert described <= stored


async def test_an_orm_write_inside_a_transaction_is_rolled_back_with_it(database: Database) -> None:
    from app.models import Organization
    from app.vocabulary import OrganizationKind

    class Refused(Exception):
        pass

    try:
        async with database.transaction() as tx:
            await Organization.create(using_db=tx.orm, key="acme", name="Acme", kind=OrganizationKind.VENDOR)
            assert await tx.fetchrow("SELECT 1 FROM organization") is not None
            raise Refused
    except Refused:
        pass
    assert await database.fetch("SELECT 1 FROM organization") == []


async def test_the_job_queue_is_there_and_every_migration_of_it_is_remembered(database: Database) -> None:
    assert await database.fetch("SELECT * FROM procrastinate_jobs") == []
    remembered = [row["name"] for row in await database.fetch("SELECT name FROM job_queue_migration ORDER BY name")]
    assert remembered == [file.stem for file in shipped()]


async def test_a_queue_of_an_older_version_is_brought_up_to_date(database: Database) -> None:
    newest = "03.04.00_50_post_add_retry_failed_job_procedure"
    await database.fetch("DELETE FROM job_queue_migration WHERE name = $1", newest)
    await database.fetch("DROP TRIGGER procrastinate_trigger_status_events_update_v1 ON procrastinate_jobs")
    assert await migrate(database) == [newest]
    triggers = await database.fetch(
        "SELECT 1 FROM pg_trigger WHERE tgname = 'procrastinate_trigger_status_events_update_v1'"
    )
    assert len(triggers) == 1


async def test_tasks_that_are_not_ours_have_the_orm_after_migrating(database: Database) -> None:
    """As those of requests are not: nothing of the task that migrated is passed on to them."""
    await migrate(database)
    counting = asyncio.create_task(_count_users(), context=contextvars.Context())
    assert await counting == 0


async def _count_users() -> int:
    return await User.all().count()


async def test_accounts_that_are_there_already_get_the_key_of_their_name(database: Database) -> None:
    names = ["Müller GmbH", "MÜLLER  GmbH", "Nord"]
    for name in names:
        await database.fetch("INSERT INTO account (id, name) VALUES (gen_random_uuid(), $1)", name)
    fill = import_module("app.migrations.0007_account_name_key").fill
    async with database.transaction() as tx:
        await fill(None, SimpleNamespace(client=tx.orm))
    rows = await database.fetch("SELECT name, name_key FROM account ORDER BY name_key, name")
    assert [row["name_key"] for row in rows] == ["müller gmbh", "müller gmbh", "nord"]


async def test_deals_that_are_there_already_can_be_found(database: Database) -> None:
    """As the migration fills its table for deals of the version before, so the words of every deal can be made anew."""
    migration = import_module("app.migrations.0008_opportunity_words")
    assert await load(database)
    everything = "SELECT md5(string_agg(w::text, ' ' ORDER BY opportunity_id)) AS all, count(*) AS n FROM {} w"
    kept = (await database.fetch(everything.format("opportunity_words")))[0]
    await database.fetch("TRUNCATE opportunity_words")
    await database.fetch(migration.FILL)
    assert (await database.fetch(everything.format("opportunity_words")))[0] == kept
    assert kept["n"] == (await database.fetch("SELECT count(*) AS n FROM opportunity"))[0]["n"] > 0
    await database.fetch("TRUNCATE opportunity CASCADE")
    assert await database.fetch("SELECT 1 FROM opportunity_words") == []


@pytest.mark.parametrize("lower", ["by collation", "by hand"])
async def test_letters_are_folded_whatever_collations_there_are(database: Database, lower: str) -> None:
    """Databases whose collations know no letters beyond ASCII have a list of them."""
    migration = import_module("app.migrations.0008_opportunity_words")
    if lower == "by hand":
        await database.fetch("DROP FUNCTION search_fold CASCADE")
        await database.fetch(migration.fold_of(migration.lower_by_hand()))
    given = "ÄÖÜẞŁØÆ ĐÞŒĦ İIı ΣΊΣΥΦΟΣ КОРОЛЁВ ЙӨҮ ԱԲԳ ǅ ЉЊ Ḁ ＡＢ"
    rows = await database.fetch("SELECT search_fold($1) AS folded", given)
    assert rows[0]["folded"] == "aoussloae dthoeh iii σισυφοσ королев иөү աբգ dz љњ a ab"


async def test_playbooks_from_a_starter_get_its_words_and_contents_a_reader(demo: Demo) -> None:
    fill = import_module("app.migrations.0009_readers").fill
    for_customers = await demo.value("SELECT count(*) FROM content WHERE kind IN ('DECK', 'CASE_STUDY', 'DEMO')")
    async with demo.database.transaction() as tx:
        await tx.execute("UPDATE criterion SET reader = 'PARTNER', customer_wording = NULL")
        await tx.execute("UPDATE activity SET reader = 'PARTNER', customer_wording = NULL")
        await tx.execute("UPDATE content SET reader = 'PARTNER'")
        await tx.execute("UPDATE criterion SET description = 'Ours.' WHERE key = 'technical-win'")
        await fill(None, SimpleNamespace(client=tx.orm))
    words = "SELECT customer_wording FROM {} WHERE key = '{}'"
    expected = "When can we expect your signed purchase order?"
    assert await demo.value(words.format("criterion", "order-received")) == expected
    assert (await demo.value(words.format("activity", "redlines"))).startswith("I suggest a call between your lawyers")
    assert await demo.value(words.format("criterion", "technical-win")) is None
    assert await demo.value("SELECT count(*) FROM content WHERE reader = 'CUSTOMER'") == for_customers > 0


async def test_an_address_that_several_have_is_that_of_the_one_who_can_sign_in(demo: Demo) -> None:
    migration = import_module("app.migrations.0014_members")
    async with demo.database.transaction() as tx:
        await tx.execute("UPDATE user_account SET email_key = NULL")
        await tx.execute("UPDATE user_account SET email = 'SAME@x.de', active = FALSE WHERE name = 'Jonas Frei'")
        await tx.execute("UPDATE user_account SET email = 'same@x.de' WHERE name IN ('Lena Brandt', 'Mirela Kovač')")
        await migration.fill(None, SimpleNamespace(client=tx.orm))
    rows = await demo.database.fetch("SELECT name, email FROM user_account WHERE email_key = 'same@x.de'")
    assert len(rows) == 1
    assert rows[0]["name"] in ("Lena Brandt", "Mirela Kovač")
    assert await demo.value("SELECT count(*) FROM user_account WHERE email_key IS NULL") == 2


async def test_deals_that_changed_partners_before_leave_the_former_ones_words_with_them(demo: Demo) -> None:
    """As they were left by the version before: everything stayed in the deal, the owner too."""
    migration = import_module("app.migrations.0016_handover")
    deal = (await deal_of(demo, SELLER))[4:]
    former, author = demo_id("org/alpine-it"), demo_id(f"user/{SELLER}")
    await demo.value("UPDATE opportunity SET notes = 'Old notes', next_step = 'Old step' WHERE id = $1", deal)
    await demo.value(
        "INSERT INTO qualification_answer (id, opportunity_id, question_key, answer, answered_at, answered_by_id)"
        " VALUES (gen_random_uuid(), $1, 'champion', 'Old answer', now(), $2)"
        " ON CONFLICT (opportunity_id, question_key) DO UPDATE SET answer = 'Old answer', answered_by_id = $2",
        deal,
        author,
    )
    await demo.value(
        "UPDATE stage_transition SET reason = 'Old', actor_id = $2 WHERE opportunity_id = $1", deal, author
    )
    await demo.value("UPDATE opportunity SET partner_id = $2 WHERE id = $1", deal, demo_id("org/brightwater"))
    for fields in (["partner"], ["nextStep"]):
        async with demo.database.transaction() as tx:
            await append(tx, opportunity_updated(UUID(deal), fields=fields, actor_id=None))
    async with demo.database.transaction() as tx:
        for statement in (migration.GIVEN, migration.EVENTS, migration.WORDS, migration.KEEP, *migration.CLEAR):
            await tx.execute(statement)
    row = (await demo.database.fetch("SELECT notes, next_step, owner_id FROM opportunity WHERE id = $1", deal))[0]
    assert tuple(row) == (None, "Old step", None)
    of_deal = "SELECT partner_id, kind, text FROM kept_text WHERE opportunity_id = $1 ORDER BY kind"
    kept = await demo.database.fetch(of_deal, deal)
    assert {tuple(row) for row in kept} >= {(former, "ANSWER", "Old answer"), (former, "NOTES", "Old notes")}
    assert {row["partner_id"] for row in kept} == {former}
    gone = "SELECT count(*) FROM {} WHERE opportunity_id = $1 AND {} IS NOT NULL"
    assert await demo.value(gone.format("stage_transition", "reason"), deal) == 0
    assert await demo.value(gone.format("qualification_answer", "answer"), deal) == 0
    events = await demo.database.fetch("SELECT partner_id FROM event WHERE opportunity_id = $1 ORDER BY xid, seq", deal)
    assert [row["partner_id"] for row in events[-2:]] == [None, None]
    assert {row["partner_id"] for row in events[:-2]} == {former}


async def test_old_actions_have_a_rank_and_old_advice_its_languages_part_by_part(demo: Demo) -> None:
    """It may be broken off and run again, and leaves alone what servers wrote meanwhile."""
    fill = import_module("app.migrations.0029_fill_old_advice").fill
    viewer = await viewer_of(str(demo_id(f"user/{VENDOR}")))
    assert viewer is not None
    deals = await demo.database.fetch("SELECT id FROM opportunity WHERE status = 'OPEN' ORDER BY id LIMIT 7")
    await recommendations(
        demo.database, viewer, [row["id"] for row in deals], first=20, refresh=True, at=datetime.now(UTC)
    )
    spoken, ranked = (
        "SELECT languages FROM recommendation ORDER BY opportunity_id",
        ("SELECT count(*) FROM next_best_action WHERE (status IN ('PROPOSED', 'ACCEPTED')) <> (rank > 0)"),
    )
    await demo.value("UPDATE next_best_action SET rank = 0")
    await demo.value("UPDATE recommendation SET languages = '{}'")
    await demo.value("UPDATE recommendation SET languages = '{it}' WHERE opportunity_id = $1", deals[2]["id"])
    for _ in range(2):
        await fill(None, SimpleNamespace(client=orm()), part=2)
        assert await demo.value(ranked) == 0
        told = [row["languages"] for row in await demo.database.fetch(spoken)]
        assert told.count(["it"]) == 1
        assert told.count(["de", "en", "es", "fr"]) == len(told) - 1 >= 6


async def test_an_index_that_was_left_unfinished_is_made_anew(database: Database) -> None:
    migration = import_module("app.migrations.0030_orders_of_advice").Migration
    state = SimpleNamespace(apps=SimpleNamespace(get_model=lambda _name: Recommendation))
    made = "SELECT i.indisvalid FROM pg_index i WHERE indexrelid = ANY ($1::text[]::regclass[])"
    names = ["next_best_action_ranked", "next_best_action_ranked_of_partner", "recommendation_fresh_until"]
    await administer(database.url, f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{names[0]}'::regclass")
    await administer(database.url, f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{names[2]}'::regclass")
    await database.fetch(f"DROP INDEX {names[1]}")
    for operation in migration.operations:
        await operation.database_forward("models", state, state, SimpleNamespace(client=orm()))
    assert [row["indisvalid"] for row in await database.fetch(made, names)] == [True] * 3


@pytest.mark.parametrize("name", [name for name in known_tables() if name >= FIRST_THAT_LETS_READ])
def test_who_reads_waits_for_no_migration(name: str) -> None:
    """Tables that are there are locked for long by none: not while it waits, nor while it rewrites rows or makes an
    index; and never two of them, in whatever order."""
    migration = import_module(f"app.migrations.{name}").Migration
    locking = [one for one in migration.operations if isinstance(one, LOCKING)]
    made = {one.name: (one.options or {})["table"] for one in locking if isinstance(one, ops.CreateModel)}
    there = [one for one in locking if not isinstance(one, ops.CreateModel) and one.model_name not in made]
    if migration.atomic and locking:
        assert migration.operations[0] is GIVE_UP_SOON
    assert len(_changed(migration.operations, there) - set(made.values())) <= 1
    indexes = [one for one in there if isinstance(one, ops.AddIndex)]
    assert all(isinstance(one, AddIndexMeanwhile) and not migration.atomic for one in indexes)


def _changed(operations: list[Any], there: list[Any]) -> set[str]:
    """Tables, by the models and by the SQL."""
    written = [getattr(one, "sql", "") for one in operations]
    return {table_of(one.model_name) for one in there} | {
        table for sql in written for table in LOCKED.findall(str(sql))
    }


def table_of(model: str) -> str:
    table: str = getattr(models, model)._meta.db_table
    return table


def test_migrations_stand_in_one_line() -> None:
    """Each depends on the one before it, and no two have a number."""
    names = known_tables()
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    for before, name in itertools.pairwise(names):
        assert import_module(f"app.migrations.{name}").Migration.dependencies == [("models", before)], name


async def test_customers_that_are_there_already_get_search_terms_part_by_part(demo: Demo) -> None:
    """It may be broken off and run again."""
    fill = import_module("app.migrations.0057_fill_company_keys").fill
    await demo.value("DELETE FROM company_key WHERE account_id IS NOT NULL")
    for _ in range(2):
        await fill(None, SimpleNamespace(client=orm()), part=7)
        missing = (
            "SELECT count(*) FROM account a WHERE NOT EXISTS (SELECT FROM company_key k WHERE k.account_id = a.id)"
        )
        assert await demo.value(missing) == 0
