"""What stands in the database, for tests that say that nothing changed or that two databases hold the same."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from tortoise import Tortoise

from app.database import Database

T = TypeVar("T")
Contents = dict[str, tuple[int, str | None]]

_SNAPSHOT = "SELECT pg_current_snapshot()::text"
_kept: dict[str, tuple[str, Any]] = {}
"""What was read last, by what reads it: of which database at which moment, and what."""


async def unless_kept(database: Database, read: Callable[[Database], Awaitable[T]], *, name: str = "") -> T:
    """As `read` reads it, or read it last, if no transaction of the cluster has written or ended since."""
    [(snapshot,)] = await database.fetch(_SNAPSHOT)
    reader, moment = f"{read.__module__}.{read.__qualname__} {name}", f"{database.url} {snapshot}"
    if _kept.get(reader, ("",))[0] != moment:
        _kept[reader] = moment, await read(database)
    found: T = _kept[reader][1]
    return found


async def contents_of_all_tables(database: Database) -> Contents:
    """Of every table of the models, and of the waiting jobs: how many rows, and a hash over all of them. Without the
    search terms of companies, which whoever looks for conflicts renews."""
    return await unless_kept(database, _read)


async def _read(database: Database) -> Contents:
    models = {str(model._meta.db_table) for model in Tortoise.apps["models"].values()}
    tables = sorted((models | {"procrastinate_jobs"}) - {"company_key"})
    # Whoever writes a row leaves the number of their transaction in it: other tables need not be read whole.
    written = await _of_each(database, tables, "sum(t.xmin::text::bigint)")
    known, hashes = _read_before.get(database.url, ({}, {}))
    others = [table for table in tables if written[table] != known.get(table)]
    hashes = hashes | await _of_each(database, others, "sum(hashtextextended(t::text, 0))")
    _read_before.clear()
    _read_before[database.url] = written, hashes
    return hashes


_read_before: dict[str, tuple[Contents, Contents]] = {}
"""Of one database: which transactions wrote its rows, and what they hold."""


async def _of_each(database: Database, tables: Sequence[str], value: str) -> Contents:
    statement = " UNION ALL ".join(
        f"SELECT '{table}' AS name, count(*) AS n, ({value})::text AS value FROM {table} t" for table in tables
    )
    rows = await database.fetch(statement) if tables else []
    return {row["name"]: (row["n"], row["value"]) for row in rows}


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
