"""Databases made from a template, each of them the test's own; one that a test has only read serves the next as well.

No transaction of the cluster has written since as long as no transaction id was given out. Tests of one process run
one after the other, and the cluster is the process's own.
"""

import itertools
from urllib.parse import urlsplit, urlunsplit

import asyncpg

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
    def __init__(self, url: str, template: str) -> None:
        self._url = url
        self._template = template
        self._name: str | None = None
        self._next_id = 0
        self.made = 0

    async def take(self) -> str:
        """The URL of one that is as the template."""
        connection = await asyncpg.connect(self._url)
        try:
            if self._name is None:
                self._name = f"{self._template}_{next(_names)}"
                await connection.execute(f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
                self.made += 1
            self._next_id = await _next_transaction_id(connection)
        finally:
            await connection.close()
        return with_database(self._url, self._name)

    async def give_back(self) -> None:
        """It is dropped if anything was written since it was taken."""
        connection = await asyncpg.connect(self._url)
        try:
            if await _next_transaction_id(connection) != self._next_id:
                await connection.execute(f"DROP DATABASE {self._name} WITH (FORCE)")
                self._name = None
        finally:
            await connection.close()

    async def close(self) -> None:
        if self._name is not None:
            await administer(self._url, f"DROP DATABASE {self._name} WITH (FORCE)")
            self._name = None


async def _next_transaction_id(connection: asyncpg.Connection) -> int:
    """The first that no transaction has had."""
    found: int = await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    return found
