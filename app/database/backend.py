"""Tortoise on our own pool: the ORM opens no connection of its own, so one setting sizes them all."""

from typing import Any, cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper


class PoolClient(AsyncpgDBClient):
    """Runs on the pool handed to it in the credentials; closing it leaves that pool to its owner."""

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        return options["pool"]

    async def _close(self) -> None:
        self._pool = None


class ConnectionClient(TransactionWrapper):
    """The ORM bound to one connection, whose transaction somebody else begins and ends.

    Tortoise's own `in_transaction` leaks its connection when the task is cancelled while BEGIN is awaited, and child
    tasks inherit it. Naming the client at each call (`using_db=`) has neither trap.
    """

    def __init__(self, parent: AsyncpgDBClient, connection: asyncpg.Connection) -> None:
        super().__init__(parent)
        self._connection = cast(asyncpg.Connection, connection)


client_class = PoolClient
