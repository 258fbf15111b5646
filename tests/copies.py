"""Databases made from a template, each of them the test's own; one that a test has only read serves the next as well.

No transaction of the cluster has written since as long as no transaction id was given out. Tests of one process run
one after the other, and the cluster is the process's own.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import psycopg

from app.database import Database, use

_names = itertools.count(1)


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def administer(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


class Copies:
    """Made and looked at over one connection, which no event loop is needed for."""

    def __init__(self, url: str, template: str) -> None:
        self._url = url
        self._template = template
        self._connection = psycopg.connect(url, autocommit=True)
        self._name: str | None = None
        self._next_id = 0

    def take(self) -> str:
        """The URL of one that is as the template."""
        if self._name is None:
            self._name = f"{self._template}_{next(_names)}"
            # Those are copied, too, that spare a first connection its way through the catalog; by WAL, it costs twice.
            self._connection.execute(f"CREATE DATABASE {self._name} TEMPLATE {self._template} STRATEGY FILE_COPY")
        self._next_id = self._next_transaction_id()
        return with_database(self._url, self._name)

    def give_back(self) -> None:
        """It is dropped if anything was written since it was taken."""
        if self._next_transaction_id() != self._next_id:
            self._drop()

    def close(self) -> None:
        if self._name is not None:
            self._drop()
        self._connection.close()

    def _drop(self) -> None:
        self._connection.execute(f"DROP DATABASE {self._name} WITH (FORCE)")
        self._name = None

    def _next_transaction_id(self) -> int:
        """The first that no transaction has had."""
        found = self._connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()
        assert found is not None
        next_id: int = found[0]
        return next_id


@contextmanager
def enriched(url: str, template: str, name: str, fill: Callable[[Database], Awaitable[None]]) -> Iterator[Copies]:
    """Copies of the template with what `fill` writes into it, once for all of them."""

    async def prepare() -> None:
        await administer(url, f"CREATE DATABASE {name} TEMPLATE {template}")
        database = await Database.connect(with_database(url, name), size=2)
        use(database)
        await fill(database)
        use(None)
        await database.close()

    asyncio.run(prepare())
    copies = Copies(url, name)
    yield copies
    copies.close()
    asyncio.run(administer(url, f"DROP DATABASE {name}"))
