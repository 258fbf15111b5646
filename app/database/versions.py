"""Comparison of the migrations that this code brings with those that the database has had: one may be ahead of the
other."""

from collections.abc import Iterable
from functools import cache
from pkgutil import iter_modules
from typing import Any, NamedTuple, Protocol

from app import migrations
from app.database.job_queue import shipped

_TABLES = """
SELECT to_regclass('tortoise_migrations') IS NOT NULL AS ours, to_regclass('job_queue_migration') IS NOT NULL AS queues
"""
_OURS, _QUEUES = "SELECT name FROM tortoise_migrations", "SELECT name FROM job_queue_migration"


class Reader(Protocol):
    async def fetch(self, sql: str, *parameters: object) -> list[Any]: ...


class MigrationState(NamedTuple):
    """`ahead`: what the database has had and this code doesn't know. `behind`: what it hasn't had yet."""

    ahead: tuple[str, ...]
    behind: tuple[str, ...]


UP_TO_DATE = MigrationState((), ())


class NewerDatabase(Exception):
    """A newer version has used the database."""

    def __init__(self, ahead: tuple[str, ...]) -> None:
        more = f" and {len(ahead) - 1} more" if len(ahead) > 1 else ""
        super().__init__(
            f"The database has had the migration {ahead[0]}{more}, which this version doesn't know: a newer one has "
            "used it. Run that one, or restore a backup from before it; STAGEPATH_ACCEPT_NEWER_DATABASE=true goes back "
            "to this version all the same."
        )
        self.ahead = ahead


def known_tables() -> list[str]:
    """The migrations of our own tables."""
    return sorted(module.name for module in iter_modules(migrations.__path__) if module.name[0].isdigit())


@cache
def known() -> tuple[str, ...]:
    """Of our tables and of the job queue's, in their order."""
    return (*known_tables(), *(file.stem for file in shipped()))


async def standing(db: Reader) -> MigrationState:
    there = (await db.fetch(_TABLES))[0]
    rows = [await db.fetch(_OURS) if there["ours"] else [], await db.fetch(_QUEUES) if there["queues"] else []]
    return compare({row["name"] for found in rows for row in found})


def compare(applied: Iterable[str]) -> MigrationState:
    had, ours = set(applied), set(known())
    return MigrationState(tuple(sorted(had - ours)), tuple(name for name in known() if name not in had))
