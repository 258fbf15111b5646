"""What stands in the database, for tests that say that nothing changed or that two databases hold the same."""

from tortoise import Tortoise

from app.database import Database


async def contents_of_all_tables(database: Database) -> dict[str, tuple[int, str | None]]:
    """Of every table of the models, and of the waiting jobs: how many rows, and a hash over all of them."""
    tables = sorted({str(model._meta.db_table) for model in Tortoise.apps["models"].values()} | {"procrastinate_jobs"})
    statement = " UNION ALL ".join(
        f"SELECT '{table}' AS name, count(*) AS n,"
        f" md5(string_agg(hashtextextended(t::text, 0)::text, ',' ORDER BY hashtextextended(t::text, 0))) AS hash"
        f" FROM {table} t"
        for table in tables
    )
    return {row["name"]: (row["n"], row["hash"]) for row in await database.fetch(statement)}


async def tables_with(database: Database, text: str) -> list[str]:
    """Every table of the database, whoever made it, in one of whose rows `text` stands, in whatever case."""
    names = await database.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    found = []
    for row in names:
        statement = (
            f'SELECT EXISTS (SELECT FROM "{row["name"]}" t WHERE strpos(lower(t::text), lower($1)) > 0) AS there'
        )
        there = await database.fetchrow(statement, text)
        if there is not None and there["there"]:
            found.append(str(row["name"]))
    return found
