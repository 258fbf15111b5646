"""The job queue's own tables: Procrastinate ships their SQL, here it is applied and remembered."""

from pathlib import Path

import asyncpg
from procrastinate.schema import SchemaManager

_REMEMBER = "CREATE TABLE IF NOT EXISTS job_queue_migration (name text PRIMARY KEY, at timestamptz DEFAULT now())"


def shipped() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


async def migrate_job_queue(connection: asyncpg.Connection) -> list[str]:
    """Apply what is missing, in one transaction; the names of what ran. The caller keeps others from doing it too."""
    files = shipped()
    async with connection.transaction():
        await connection.execute(_REMEMBER)
        known = {row["name"] for row in await connection.fetch("SELECT name FROM job_queue_migration")}
        missing = [file for file in files if file.stem not in known]
        if not known:  # a new queue begins with its newest shape
            await connection.execute(SchemaManager.get_schema())
        else:
            for file in missing:
                await connection.execute(file.read_text(encoding="utf-8"))
        await connection.executemany("INSERT INTO job_queue_migration (name) VALUES ($1)", [[f.stem] for f in missing])
    return [file.stem for file in missing]
