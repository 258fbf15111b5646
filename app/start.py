"""Start and stop of a process: from settings to a running database, and back."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from datetime import UTC, datetime

import structlog

import app.analytics.posting  # declares its periodic job
import app.analytics.rollups.nightly  # likewise
import app.audit.chain  # likewise
import app.automation.running  # likewise
import app.automation.timing  # likewise
import app.automation.upkeep  # likewise
import app.cosell.upkeep  # likewise
import app.deals.account_deals  # likewise
import app.deals.account_registrations  # likewise
import app.deals.registered  # likewise
import app.deals.statistics  # likewise
import app.forecast.looking_back  # likewise
import app.forecast.snapshots  # likewise
import app.idempotency  # likewise
import app.notifications.deliver  # likewise
import app.notifications.due_tasks  # likewise
import app.notifications.upkeep  # likewise
import app.prediction.nightly  # likewise
import app.recommendations.enrich  # likewise
import app.recommendations.statistics  # likewise
import app.registrations.deciding  # likewise
import app.registrations.upkeep  # likewise
import app.retention.job  # likewise
import app.tasks.overdue  # likewise
import app.webhooks.leavers  # likewise
import app.webhooks.replaying  # likewise
import app.webhooks.upkeep  # noqa: F401 # likewise
from app.analytics.rollups.folding import keep_folded
from app.audit.failures import recording
from app.background import in_background
from app.consumer_list import CONSUMERS
from app.consumers.running import consume, woken
from app.database import Database, embedded, use
from app.database.failures import MAYBE_UNREACHABLE, Cause, cause_of
from app.database.incidents import met
from app.database.migrate import migrate
from app.database.partitions import clock
from app.database.versions import standing
from app.events import Tail
from app.events.restore import adopt_restored_log
from app.events.tail import CHANNEL
from app.identity import users
from app.identity.budgets import budget
from app.identity.reach import measured_again
from app.identity.rls_policies import install_policies
from app.jobs import working
from app.loop_lag import measured_lag
from app.notifications import transport
from app.notifications import wake as inbox
from app.playbooks.templates import templates
from app.readiness.report import Readiness, use_readiness
from app.recommendations import model, phrasebooks, shown
from app.recommendations.statistics import learn, measure_history
from app.recommendations.upkeep import advise_soon
from app.retention.parts import make_parts
from app.sampling import sampled
from app.settings import Mode, Settings, SettingsError
from app.webhooks import courier, enqueuing

OLDEST_POSTGRESQL = 15
AWAITED_SECONDS, AWAITED_EVERY = 60.0, 0.1
WARM = 4

log = structlog.get_logger(__name__)


def database_url(settings: Settings) -> str:
    """The URL that is set, or that of the embedded server, which is started if it doesn't run yet."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return embedded.start(settings.state_dir)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The process's database, migrated. Raises `SettingsError` when it is too old, `NewerDatabase` when a newer version
    has migrated it."""
    phrasebooks.install(settings)
    transport.check(settings)
    database = await Database.connect(database_url(settings), size=settings.database_pool_size)
    use(database)
    try:
        _check_version(database)
        await migrate(database, accept_newer=settings.accept_newer_database)
        ahead = (await standing(database)).ahead
        if ahead:
            log.warning(
                "the database schema is newer than this version; serving with what is known of it", unknown=ahead
            )
        async with database.pool.acquire() as connection:
            await make_parts(connection, await clock(connection))
        if settings.row_level_security:
            if not ahead:  # else ours would take away what the newer version has granted
                await install_policies(database)
            await database.step_down()
        await warm(database, settings.database_pool_size)
        yield database
    finally:
        use(None)
        await database.close()


def _check_version(database: Database) -> None:
    if database.version < OLDEST_POSTGRESQL:
        raise SettingsError(f"DATABASE_URL: PostgreSQL {OLDEST_POSTGRESQL} or newer is needed")


async def warm(database: Database, size: int) -> None:
    """Open connections before the first requests want them."""
    async with AsyncExitStack() as held:
        for pool in filter(None, (database.pool, database.walled)):
            for _ in range(min(size, WARM)):
                await held.enter_async_context(pool.acquire())


@asynccontextmanager
async def prepared(settings: Settings) -> AsyncIterator[Database]:
    """The process's database, migrated, its log in order, filled with the demo programme where that is wanted."""
    async with opened(settings) as database:
        await adopt_restored_log(database)
        if settings.demo and settings.mode is Mode.DEVELOPMENT:
            await _load_demo(database)
        yield database


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Tail]:
    """All that a server needs: templates checked, database prepared, log followed, jobs run."""
    templates()
    model.check(settings)
    async with AsyncExitStack() as stack:
        yield await _awaited(lambda: stack.enter_async_context(_running(settings)))


async def _awaited(begin: Callable[[], Awaitable[Tail]]) -> Tail:
    """A server process that starts while its database goes away, or is being started again, begins anew for a while."""
    now = asyncio.get_running_loop().time
    until = now() + AWAITED_SECONDS
    while True:
        try:
            return await begin()
        except MAYBE_UNREACHABLE as error:
            if cause_of(error) is not Cause.UNREACHABLE or now() > until:
                raise
            met(error, by="starting")
        await asyncio.sleep(AWAITED_EVERY)


@asynccontextmanager
async def _running(settings: Settings) -> AsyncIterator[Tail]:
    async with prepared(settings) as database:
        await database.limit(
            statement_seconds=settings.statement_timeout_seconds, idle_seconds=settings.operation_timeout_seconds
        )
        await warm(database, settings.database_pool_size)
        looking = Readiness(database, settings)
        async with (
            recording(database),
            shown.recorded(database),
            followed(database, settings) as tail,
            _worked(settings, database),
            folded(database),
            aclosing(budget()),
            measured_again(database),
            sampled(looking, tail),
        ):
            use_readiness(looking)
            try:
                with measured_lag():
                    yield tail
            finally:
                use_readiness(None)


@asynccontextmanager
async def followed(database: Database, settings: Settings) -> AsyncIterator[Tail]:
    """The log's tail, which wakes whoever in this process waits for something to happen."""
    heard: dict[str, Callable[[str | None], None]] = {
        users.CHANNEL: users.changed,
        CHANNEL: woken,
        enqueuing.CHANNEL: courier.woken,
        inbox.CHANNEL: inbox.woken,
    }
    tail = Tail(database, queue_limit=settings.max_waiting_events, heard=heard)
    await tail.start()
    try:
        yield tail
    finally:
        await tail.stop()


@asynccontextmanager
async def _worked(settings: Settings, database: Database) -> AsyncIterator[None]:
    if not settings.worker_in_server:
        yield
        return
    if missing := model.missing(settings):
        log.warning("no language model is configured", missing=missing)
    await advise_soon(database)
    try:
        async with consumed(database, settings), working(database.url, role=database.session.get("role")):
            yield
        log.info("jobs stopped", pid=os.getpid())
    finally:
        await model.close_writer()


@asynccontextmanager
async def consumed(database: Database, settings: Settings) -> AsyncIterator[None]:
    """What reacts to the log does so while the block runs."""
    async with (
        in_background(consume(database, CONSUMERS), name="consumers"),
        in_background(courier.deliver(database, settings), name="webhooks"),
    ):
        yield


def folded(database: Database) -> AbstractAsyncContextManager[None]:
    """Changes of deals go into roll-ups while the block runs: by servers as well, since what waits slows reading."""
    return in_background(keep_folded(database), name="roll-ups")


async def _load_demo(database: Database) -> None:
    from app.demo.load import is_empty, load  # what production has no use for

    if await is_empty(database):
        await load(database)
        await measure_history(database)
        await learn(database, datetime.now(UTC))
        log.info("loaded the demo programme")
