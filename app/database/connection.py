"""The process's pool of connections, and transactions on it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import asyncpg
from tortoise import Tortoise
from tortoise.connection import get_connection

from app.database.acting import ACTOR, acting
from app.database.backend import ConnectionClient, PoolClient
from app.database.pool import Pool
from app.database.rls import OPEN, SETTING, WALLED, carrying, seen
from app.tracing import is_traced, span

MODELS = ["app.models"]
MIGRATIONS = "app.migrations"

STATEMENT, TEXT = "postgresql statement", "db.query.text"

SESSION = {"timezone": "UTC", "jit": "off", "random_page_cost": "1.1", "pg_trgm.similarity_threshold": "0.45"}
"""Plans write points in time as a session in UTC does. Compiling a statement takes longer than running any of ours.
Pages are in memory or on a disk without a moving head: at PostgreSQL's default of 4 it reads and sorts all deals of a
partner to find the 50 that changed last, where it can walk an index. At pg_trgm's default of 0.3, every tenth company
is spelt like any other."""
KEPT = {"statement_cache_size": 500, "max_cacheable_statement_size": 1_000_000}
"""How many prepared statements each connection keeps, and how long they may be, in characters."""
GENERIC = {"plan_cache_mode": "force_generic_plan"}
"""Planning a statement takes longer than running it. Each is composed for what was asked, so values tell the planner
nothing new; PostgreSQL by itself would plan anew for each value of `= ANY ($1)`, whose length it has to guess."""
OPEN_SESSION = {"role": OPEN, **GENERIC}
WALLED_SESSION = {"role": WALLED, **GENERIC}

_CHANGING: dict[str, Any] = {}
_ONE_MOMENT: dict[str, Any] = {"isolation": "repeatable_read", "readonly": True}


@dataclass(frozen=True, slots=True)
class Transaction:
    """One connection inside one transaction: `connection` for statements, `orm` as `using_db=` of the models."""

    connection: asyncpg.Connection
    orm: ConnectionClient

    async def fetch(self, sql: str, *parameters: object) -> list[asyncpg.Record]:
        with span(STATEMENT, {TEXT: sql}):
            rows: list[asyncpg.Record] = await self.connection.fetch(sql, *parameters)
        return rows

    async def fetchrow(self, sql: str, *parameters: object) -> asyncpg.Record | None:
        with span(STATEMENT, {TEXT: sql}):
            return await self.connection.fetchrow(sql, *parameters)

    async def execute(self, sql: str, *parameters: object) -> str:
        with span(STATEMENT, {TEXT: sql}):
            status: str = await self.connection.execute(sql, *parameters)
        return status

    async def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        await self.connection.executemany(sql, rows)


class Database:
    """`pool` is for the vendor's people and the system, `walled` for partners' people; see `app.database.rls`.

    Until it steps down, there is no wall, and all statements run as whom the URL names.
    """

    def __init__(self, url: str, pool: Pool) -> None:
        self.url = url
        self.pool = pool
        self.walled: Pool | None = None
        self.version = 0
        """PostgreSQL's, without the minor one."""
        self.statements = 0
        """How many statements were sent outside of transactions."""
        self.session = dict(SESSION)
        """What every connection begins with, those beside the pools, too."""

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        size: int = 10,
        on_connect: Callable[[asyncpg.Connection], Awaitable[None]] | None = None,
    ) -> "Database":
        """Open the pool and point the ORM at it. `on_connect` sees every new connection once."""
        made = cls(url, await Pool(url, size=size, init=on_connect, server_settings=SESSION, **KEPT))
        try:
            async with made.pool.borrow() as connection:
                made.version = connection.get_server_version().major
            await made.serve_orm()
        except BaseException:
            made.pool.terminate()
            raise
        return made

    async def serve_orm(self) -> None:
        """Point the ORM at this pool, for every task of the process: those of requests are not our children."""
        await Tortoise.init(config=tortoise_config({"pool": self.pool}), _enable_global_fallback=True)

    async def close(self) -> None:
        await Tortoise.close_connections()
        await self.pool.close()
        if self.walled is not None:
            await self.walled.close()

    async def step_down(self) -> None:
        """From now on, run statements as roles that own nothing. Needs the policies of `app.identity.rls_policies`."""
        session = self.session | WALLED_SESSION
        self.walled = await Pool(self.url, size=self.pool.get_max_size(), server_settings=session, **KEPT)
        await self._begin_with(OPEN_SESSION)

    async def limit(self, *, statement_seconds: float, idle_seconds: float) -> None:
        """From now on, no statement runs longer and no transaction waits longer for its next one: the sessions of a
        server, whose statements are planned once, wall or none."""
        await self._begin_with(
            {
                **GENERIC,
                "statement_timeout": str(round(statement_seconds * 1000)),
                "idle_in_transaction_session_timeout": str(round(idle_seconds * 1000)),
            }
        )

    async def _begin_with(self, session: dict[str, str]) -> None:
        self.session |= session
        for pool, role in ((self.pool, {}), (self.walled, WALLED_SESSION)):
            if pool is not None:
                pool.set_connect_args(self.url, server_settings=self.session | role, **KEPT)
                await pool.expire_connections()

    def fetch(self, sql: str, *parameters: object) -> Coroutine[Any, Any, list[asyncpg.Record]]:
        self.statements += 1
        return self._traced(sql, parameters) if is_traced() else self._fetch(sql, parameters)

    async def _traced(self, sql: str, parameters: Sequence[object]) -> list[asyncpg.Record]:
        with span(STATEMENT, {TEXT: sql}):
            return await self._fetch(sql, parameters)

    async def _fetch(self, sql: str, parameters: Sequence[object]) -> list[asyncpg.Record]:
        viewer, pool = seen(), self.pool
        if viewer is not None and self.walled is not None:
            carried = carrying(sql, len(parameters))
            if carried is None:
                async with self.transaction() as tx:
                    return await tx.fetch(sql, *parameters)
            sql, told = carried
            pool = self.walled
            if told:
                parameters = (*parameters, viewer.reading)
        return await pool.run(sql, parameters)

    async def fetchrow(self, sql: str, *parameters: object) -> asyncpg.Record | None:
        if seen() is not None and self.walled is not None:
            return next(iter(await self.fetch(sql, *parameters)), None)
        self.statements += 1
        with span(STATEMENT, {TEXT: sql}):
            async with self.pool.borrow() as connection:
                return await connection.fetchrow(sql, *parameters)

    @asynccontextmanager
    async def transaction(self, *, one_moment: bool = False) -> AsyncIterator[Transaction]:
        """Commits when the block ends, rolls back when it raises, gives its connection back even when cancelled. With
        `one_moment`, all of its statements see the same state, and none changes anything."""
        viewer, form = seen(), _ONE_MOMENT if one_moment else _CHANGING
        if viewer is None or self.walled is None:
            async with self.pool.borrow() as connection, connection.transaction(**form):
                if (actor := acting()) is not None:  # the wall is told of a viewer, who acts
                    await connection.fetchval("SELECT set_config($1, $2, true)", ACTOR, str(actor))
                yield Transaction(connection, ConnectionClient(orm(), connection))
            return
        async with self.walled.borrow() as connection, connection.transaction(**form):
            await connection.fetchval("SELECT set_config($1, $2, true)", SETTING, viewer.writing)
            yield Transaction(connection, ConnectionClient(orm(), connection))


def orm() -> PoolClient:
    client = get_connection("default")
    assert isinstance(client, PoolClient)
    return client


def tortoise_config(credentials: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "connections": {"default": {"engine": "app.database.backend", "credentials": credentials or {}}},
        "apps": {"models": {"models": MODELS, "default_connection": "default", "migrations": MIGRATIONS}},
        "use_tz": True,
        "timezone": "UTC",
    }


_current: Database | None = None


def use(current: Database | None) -> None:
    """Make `current` the process's database; None when it has been closed."""
    global _current
    _current = current


def database() -> Database:
    if _current is None:
        raise RuntimeError("no database is in use; app.database.use() names one at start-up")
    return _current


@asynccontextmanager
async def as_house(tx: Transaction) -> AsyncIterator[None]:
    """Inside, what a partner's transaction does is done by the product itself, past row-level security: what follows
    from a change that has been decided on. Nothing that is read there is shown to the viewer."""
    walled = seen() is not None and database().walled is not None
    if walled:
        await tx.execute(f"SET LOCAL ROLE {OPEN}")
    yield
    if walled:  # not after an error, which has ended the transaction
        await tx.execute(f"SET LOCAL ROLE {WALLED}")


_joined: ContextVar[Transaction | None] = ContextVar("joined transaction", default=None)


@contextmanager
def joined(tx: Transaction) -> Iterator[None]:
    """Inside, `transaction()` gives `tx`, which whoever began it commits: several changes made one.

    Start no task inside: it would inherit `tx`.
    """
    token = _joined.set(tx)
    try:
        yield
    finally:
        _joined.reset(token)


def joined_transaction() -> Transaction | None:
    return _joined.get()


@asynccontextmanager
async def transaction(*, one_moment: bool = False) -> AsyncIterator[Transaction]:
    """A transaction on the process's database, or the joined one as it is; see `Database.transaction`."""
    outer = _joined.get()
    if outer is not None:
        yield outer
        return
    async with database().transaction(one_moment=one_moment) as own:
        yield own


# What `tortoise -c app.database.connection.TORTOISE makemigrations` reads; it needs no connection.
TORTOISE = tortoise_config()
