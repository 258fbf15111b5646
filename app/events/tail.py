"""The end of the log, read once per process and handed to whoever asked for it.

Writers in this process call `wake()` after their commit; the tails of other servers hear of it by NOTIFY. Either is a
wake-up, never the data, and may get lost: the log is looked at every second in any case.

While nobody follows it, no wake-up has the log read: the tail only keeps its place near the end, and whoever comes has
it brought there by `rouse()`.
"""

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from contextlib import suppress
from math import inf

import asyncpg
import structlog

from app.database import Database
from app.database.failures import MAYBE_UNREACHABLE, is_unreachable
from app.database.incidents import met
from app.database.rls import as_viewer
from app.events.fanout import Fanout
from app.events.log import COLUMNS, KNOWN, SETTLED, START, Position, Reader, logged, position
from app.events.parts import floor
from app.events.past import PAGE

log = structlog.get_logger(__name__)

CHANNEL = "stagepath_events"
QUEUE_LIMIT = 1_000

# All in seconds. An event that waits for an older transaction to end is looked for soon, then less and less often.
POLL = 1.0
RECHECK_FIRST, RECHECK_LAST = 0.005, 0.2
ANNOUNCE_EVERY = 0.01
RECONNECT_FIRST, RECONNECT_LAST = 0.05, 1.0

_NEXT = f"""
SELECT {COLUMNS}, {SETTLED} AS settled
FROM event e WHERE (e.xid, e.seq) > ($1, $2) AND e.at >= {floor("$1")}
ORDER BY e.xid, e.seq LIMIT {PAGE}
"""  # noqa: S608

# The last one is what a connection says whose server ended it between a statement's preparation and its execution.
_LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

_running: set["Tail"] = set()


def wake() -> None:
    """Say that events were committed. Costs nothing: neighbours are told soon, however many calls there were.

    In a process without a tail this does nothing; await `notify()` there.
    """
    for tail in _running:
        tail.wake()


async def notify(db: Reader) -> None:
    """Wake the tails of all servers. Call it once after a batch of commits."""
    await db.fetchrow("SELECT pg_notify($1, '')", CHANNEL)


class Tail:
    """Follows the log on a connection of its own, and finds the database again when it went away."""

    def __init__(
        self,
        database: Database,
        *,
        poll: float = POLL,
        queue_limit: int = QUEUE_LIMIT,
        heard: Mapping[str, Callable[[str | None], None]] | None = None,
    ) -> None:
        """`heard`: by channel, who else listens there: called with each payload, and with None after any may have been
        missed."""
        self.database = database
        self._heard = heard or {}
        self.position: Position = START
        self.fanout = Fanout(self, queue_limit=queue_limit)
        self._poll = poll
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._unannounced = False
        self._announced_at = 0.0
        self._recheck = RECHECK_FIRST
        self._delay = RECONNECT_FIRST
        self._stopped = False

    async def start(self) -> None:
        """Begin at the newest settled event. Raises what connecting raises."""
        self._connection = await self._connect()
        self.position = await position(self._connection)
        _running.add(self)
        self._task = asyncio.create_task(self._run(), name="event-tail", context=contextvars.Context())

    def end_subscriptions(self) -> None:
        """End every subscription with `TailStopped`, and those that still come at once."""
        self._stopped = True
        self.fanout.end_all()

    async def stop(self) -> None:
        """End every subscription and give the connection back."""
        _running.discard(self)
        self.end_subscriptions()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.fanout.stop()
        if self._connection is not None:
            with suppress(*_LOST):
                await self._connection.close(timeout=1)

    @property
    def subscribers(self) -> int:
        return len(self.fanout)

    @property
    def followed(self) -> bool:
        """Whether anybody was promised what comes after `position`."""
        return self.fanout.listened

    @property
    def connected(self) -> bool:
        return self._connection is not None and not self._connection.is_closed()

    async def rouse(self) -> None:
        """To be awaited before joining: then nothing lies between `position` and now but what is being read.

        While the database is away, `position` stays, and who joins is told a little more. Raises other failures.
        """
        if not self.followed:
            try:
                with as_viewer(None):
                    self._skip_to(await position(self.database))
            except MAYBE_UNREACHABLE as error:
                if not is_unreachable(error):
                    raise
            self._woken.set()  # what is written but not settled is looked for soon, as a wake-up would have had it

    def _skip_to(self, newest: Position) -> None:
        """Unless somebody has joined meanwhile, who was promised what comes before."""
        if not self.followed:
            self.position = max(self.position, newest)

    def wake(self) -> None:
        self._unannounced = True
        self._woken.set()

    async def _run(self) -> None:
        try:
            while True:
                try:
                    await self._follow(self._connection or await self._reconnect())
                except _LOST as error:
                    if is_unreachable(error):
                        met(error, by="following the event log")
                    else:
                        log.warning("event tail lost its database connection", error=str(error), retry_in=self._delay)
                self._drop_connection()
                await asyncio.sleep(self._delay)
                self._delay = min(self._delay * 2, RECONNECT_LAST)
        finally:
            self.fanout.end_all()

    async def _reconnect(self) -> asyncpg.Connection:
        self._connection = await self._connect()
        log.info("event tail reconnected")
        for heard in self._heard.values():
            heard(None)
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def _connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            self.database.url,
            timeout=10,
            command_timeout=30,
            server_settings=self.database.session | {"application_name": "stagepath tail"},
        )
        await connection.add_listener(CHANNEL, self._hear)
        for channel, heard in self._heard.items():
            await connection.add_listener(channel, _passing_on(heard))
        connection.add_termination_listener(lambda _: self._woken.set())
        return connection

    def _hear(self, connection: asyncpg.Connection, sender: int, _channel: str, _payload: object) -> None:
        if sender != connection.get_server_pid():
            self._woken.set()

    async def _follow(self, connection: asyncpg.Connection) -> None:
        now = asyncio.get_running_loop().time
        kept_at = -inf
        while True:
            self._woken.clear()
            waiting = False
            if self.followed:
                waiting = await self._read_on(connection)
            elif now() >= kept_at + self._poll:  # however often it was woken meanwhile
                self._skip_to(await position(connection))
                kept_at = now()
            self._delay = RECONNECT_FIRST
            pause = min(self._poll, self._recheck) if waiting else self._poll
            if not self.followed:
                pause = min(pause, max(kept_at + self._poll - now(), 0))
            if self._unannounced:
                pause = min(pause, await self._announce(connection))
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    async def _read_on(self, connection: asyncpg.Connection) -> bool:
        """Deliver what is settled. True when there is more that is not yet."""
        while True:
            rows = await connection.fetch(_NEXT, *self.position)
            settled = [row for row in rows if row["settled"]]
            for row in settled:
                if row["type"] in KNOWN:
                    self.fanout.offer(logged(row))
                self.position = max(self.position, Position(row["xid"], row["seq"]))
            if len(settled) == PAGE:
                continue
            waiting = len(settled) < len(rows)
            self._recheck = min(self._recheck * 2, RECHECK_LAST) if waiting and not settled else RECHECK_FIRST
            return waiting

    async def _announce(self, connection: asyncpg.Connection) -> float:
        """Tell the neighbours, unless they were told a moment ago; the seconds until the next time."""
        now = asyncio.get_running_loop().time()
        if now - self._announced_at < ANNOUNCE_EVERY:
            return self._announced_at + ANNOUNCE_EVERY - now
        self._unannounced = False
        self._announced_at = now
        await notify(connection)
        return self._poll


def _passing_on(heard: Callable[[str | None], None]) -> Callable[[asyncpg.Connection, int, str, object], None]:
    return lambda _connection, _sender, _channel, payload: heard(str(payload))


_current: Tail | None = None


def use_tail(current: Tail | None) -> None:
    """Make `current` the process's tail; None when it has stopped."""
    global _current
    _current = current


def tail() -> Tail:
    if _current is None:
        raise RuntimeError("the event log is not followed; app.events.tail.use_tail() names a tail at start-up")
    return _current
