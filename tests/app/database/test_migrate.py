"""The migrations make the tables that the models describe, all of them and nothing less."""

from tortoise import Tortoise
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from app.database import Database
from app.database.migrate import migrate


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
