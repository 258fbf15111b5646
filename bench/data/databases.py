"""A database of each size on a server of our own, made once and copied for every run."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import asyncpg

import app.migrations
import app.playbooks.templates
from app.analytics.rollups.checking import rebuild
from app.database import Database, use
from app.database.migrate import migrate
from bench.data import deals, histories, programme
from bench.data.searched import WORDS
from bench.data.shape import Size

SOURCES = (Path(__file__).parent, Path(app.migrations.__file__).parent, Path(app.playbooks.templates.__file__).parent)

_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes i
WHERE schemaname = 'public' AND tablename = ANY ($1::text[])
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)
"""


def at(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def administer(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(at(url, "postgres"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def template(url: str, size: Size) -> str:
    """The name of the database of this size; made if it isn't there, or was made by other code."""
    name = f"bench_{size.name}_{_digest()}"
    connection = await asyncpg.connect(at(url, "postgres"))
    try:
        known = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
    finally:
        await connection.close()
    if name in known:
        return name
    stale = [other for other in known if re.fullmatch(rf"(bench|making)_{size.name}(_[0-9a-f]{{12}})?", other)]
    making = f"making_{size.name}"
    await administer(url, *(f'DROP DATABASE "{other}" WITH (FORCE)' for other in stale), f"CREATE DATABASE {making}")
    await _fill(at(url, making), size)
    await administer(url, f"ALTER DATABASE {making} RENAME TO {name}")
    return name


@asynccontextmanager
async def copy_of(url: str, original: str, name: str) -> AsyncIterator[str]:
    """The URL of a copy that is dropped in the end."""
    dropping = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    await administer(url, dropping, f"CREATE DATABASE {name} TEMPLATE {original} STRATEGY FILE_COPY", "CHECKPOINT")
    try:
        yield at(url, name)
    finally:
        await administer(url, dropping)


def _digest() -> str:
    digest = sha256()
    for path in sorted(path for source in SOURCES for path in source.glob("*.[py]*") if path.suffix != ".pyc"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


async def _fill(url: str, size: Size) -> None:
    database = await Database.connect(url, size=2)
    use(database)
    await migrate(database)
    use(None)
    await database.close()
    connection = await asyncpg.connect(url)
    try:
        with TemporaryDirectory(prefix="bench-") as folder:
            await _load(connection, size, deals.write(Path(folder), size))
        await _post(url)
        await connection.execute("VACUUM (ANALYZE)")
        await _roll_up(url)
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


async def _post(url: str) -> None:
    database = await Database.connect(url, size=2)
    use(database)
    await histories.post(database)
    use(None)
    await database.close()


async def _roll_up(url: str) -> None:
    """What triggers would have noted, had they been on."""
    database = await Database.connect(url, size=2)
    try:
        await rebuild(database)
    finally:
        await database.close()


async def _load(connection: asyncpg.Connection, size: Size, files: list[tuple[str, Path]]) -> None:
    """Without triggers (the foreign keys hold by construction) and with indexes made afterwards."""
    await connection.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
    for table, rows in programme.rows(size).items():
        if rows:
            columns = list(rows[0])
            records = [tuple(row[column] for column in columns) for row in rows]
            await connection.copy_records_to_table(table, columns=columns, records=records)
    indexes = await connection.fetch(_INDEXES, [*deals.COLUMNS, "opportunity_words", "field_change"])
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    for table, path in files:
        await connection.copy_to_table(table, columns=deals.COLUMNS[table].split(), source=path)
    await connection.execute(WORDS)
    await histories.fill(connection)
    for index in indexes:
        await connection.execute(index["indexdef"])
