"""Fixtures shared by all tests.

`demo`      a database with nothing but the demo programme in it, in use, its log followed.
`database`  an empty, migrated PostgreSQL database, in use by `app.database.database()`.
`server`    Stagepath itself on a loopback port, over that database; see `tests.serving`.
`sampled`   as `demo`, with `samples` of every table: see `tests.samples`.
`fallbacks` sees to it that plans answer, in every test.
`postgres`  the URL of the server under it (one per test process; durability off, since nothing outlives the run).
"""

import asyncio
import atexit
import gc
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage, rmtree
from tempfile import TemporaryDirectory, mkdtemp

import psutil
import pytest
import structlog
from pydantic import SecretStr

from app import metrics
from app.database import Database, embedded, use
from app.database.migrate import migrate
from app.demo.load import load
from app.events.tail import Tail, use_tail
from app.identity.rls_policies import install_policies
from app.notifications import wake
from app.prediction.apart import ONE_THREAD
from app.settings import Settings, use_settings
from tests import examples
from tests.copies import Copies, administer, with_database
from tests.samples import Samples, put
from tests.schema.world import Demo
from tests.serving import Server, running, settings_for

examples.register()

MEMORY, ROOM = Path("/dev/shm"), 2 << 30  # noqa: S108 # in a folder of its own there
ABANDONED_SECONDS = 6 * 3600
AT = datetime.now(UTC)
SETTINGS = Settings(
    _env_file=None,
    secret_key=SecretStr("development-secret-of-the-tests-0123456789"),
    cost_of_database_second=0,
    guidance_holdout=0,  # an order is drawn where a test wants it
)


os.environ |= ONE_THREAD  # of models that tests train themselves: as in the process that trains


def pytest_collection_finish() -> None:
    """As a server does: the collector never looks again at the schema, the modules and the tests themselves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


@pytest.fixture(autouse=True)
def logging_as_at_first() -> Iterator[None]:
    """A server of a test before, which told errors alone, keeps no line from one that captures them. Tracebacks show no
    local variables: a schema, or all the rows of a sample, take minutes to write."""
    plain_lines()
    yield
    plain_lines()


def plain_lines() -> None:
    structlog.reset_defaults()
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure([structlog.processors.add_log_level, renderer])


@pytest.fixture(autouse=True)
def fallbacks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test in which graphql-core answers what a plan should have, unless it is marked `falls_back` with the
    causes. Errors of a client's are told by graphql-core by design; that the answer had them is seen to by the engine.
    """
    before = counted()
    yield
    expected = {"error", *(cause for marker in request.node.iter_markers("falls_back") for cause in marker.args)}
    met = {cause for cause, times in counted().items() if times > before.get(cause, 0)}
    assert met <= expected, f"plans fell back on graphql-core: {sorted(met - expected)}"


def counted() -> dict[str, float]:
    """Fall-backs in this process, by cause."""
    (metric,) = metrics.fallbacks.collect()
    return {one.labels["cause"]: one.value for one in metric.samples if one.name.endswith("_total")}


@pytest.fixture(scope="session")
def postgres() -> str:
    # Not below pytest's own directory: every run that begins closes that to other users, such as PostgreSQL's. And a
    # short one: a Unix socket's path may have 107 bytes at most.
    files = Path(mkdtemp(prefix="stagepath-", dir=_in_memory()))
    atexit.register(rmtree, files, ignore_errors=True)  # the server's own end is registered later, and comes first
    url = embedded.start(files)
    asyncio.run(
        administer(
            url,
            "ALTER SYSTEM SET fsync = off",
            "ALTER SYSTEM SET synchronous_commit = off",
            "ALTER SYSTEM SET full_page_writes = off",
            "ALTER SYSTEM SET max_wal_size = '128MB'",
            "SELECT pg_reload_conf()",
        )
    )
    return url


def _in_memory() -> Path | None:
    """Thousands of databases are copied and dropped: without a disk, in half the time. None: there is little room."""
    for file in MEMORY.glob("stagepath-*/postgres/postmaster.pid"):
        with suppress(OSError):  # another run is as quick
            _clear_abandoned(file)
    roomy = MEMORY.is_dir() and min(disk_usage(MEMORY).free, psutil.virtual_memory().available) > ROOM
    return MEMORY if roomy else None


def _clear_abandoned(file: Path) -> None:
    """What a run that was killed has left in memory, hours ago."""
    age = datetime.now(UTC).timestamp() - file.stat().st_mtime
    if age > ABANDONED_SECONDS and not psutil.pid_exists(int(file.read_text().split()[0])):
        rmtree(file.parents[1], ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_template(postgres: str) -> str:
    async def prepare() -> None:
        await administer(postgres, "CREATE DATABASE migrated")
        database = await Database.connect(with_database(postgres, "migrated"), size=2)
        await migrate(database)
        await install_policies(database)
        await database.close()

    asyncio.run(prepare())
    return "migrated"


@pytest.fixture(scope="session")
def empty_copies(postgres: str, migrated_template: str) -> Iterator[Copies]:
    copies = Copies(postgres, migrated_template)
    yield copies
    copies.close()


@pytest.fixture
def database_url(empty_copies: Copies) -> Iterator[str]:
    yield empty_copies.take()
    empty_copies.give_back()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await Database.connect(database_url)
    use(database)
    yield database
    use(None)
    await database.close()


@pytest.fixture
async def server(database: Database, tmp_path: Path) -> AsyncIterator[Server]:
    async with running(settings_for(database.url, tmp_path)) as server:
        yield server


@pytest.fixture(scope="session")
def demo_template(postgres: str, migrated_template: str) -> str:
    async def prepare() -> None:
        await administer(postgres, f"CREATE DATABASE demo TEMPLATE {migrated_template}")
        database = await Database.connect(with_database(postgres, "demo"), size=2)
        assert await load(database, AT)
        await database.close()

    asyncio.run(prepare())
    return "demo"


@pytest.fixture(scope="session")
def demo_state() -> Iterator[Path]:
    """A state directory with the demo programme, whose PostgreSQL doesn't run: to be copied, which takes a fraction of
    what `stagepath serve` takes to make one."""

    async def fill(url: str) -> None:
        database = await Database.connect(url, size=2)
        await migrate(database)
        await install_policies(database)
        assert await load(database, AT)
        await database.close()

    with TemporaryDirectory(prefix="stagepath-", dir=_in_memory()) as made:
        server = embedded.Server(Path(made))
        server.ensure()
        asyncio.run(fill(server.url))
        server.leave()
        yield Path(made)


@pytest.fixture(scope="session")
def demo_copies(postgres: str, demo_template: str) -> Iterator[Copies]:
    copies = Copies(postgres, demo_template)
    yield copies
    copies.close()


@pytest.fixture
def demo_url(demo_copies: Copies) -> Iterator[str]:
    """Of a database with the demo programme, which nobody uses yet."""
    yield demo_copies.take()
    demo_copies.give_back()


@pytest.fixture
async def demo(demo_copies: Copies) -> AsyncIterator[Demo]:
    async with in_use(demo_copies) as demo:
        yield demo


@pytest.fixture(scope="session")
def sampled_template(postgres: str, demo_template: str) -> tuple[str, Samples]:
    async def prepare() -> Samples:
        await administer(postgres, f"CREATE DATABASE sampled TEMPLATE {demo_template}")
        database = await Database.connect(with_database(postgres, "sampled"), size=2)
        made = await put(database)
        await database.close()
        return made

    return "sampled", asyncio.run(prepare())


@pytest.fixture(scope="session")
def samples(sampled_template: tuple[str, Samples]) -> Samples:
    """What `sampled` has beside the demo programme."""
    return sampled_template[1]


@pytest.fixture(scope="session")
def sampled_copies(postgres: str, sampled_template: tuple[str, Samples]) -> Iterator[Copies]:
    copies = Copies(postgres, sampled_template[0])
    yield copies
    copies.close()


@pytest.fixture
async def sampled(sampled_copies: Copies) -> AsyncIterator[Demo]:
    async with in_use(sampled_copies) as demo:
        yield demo


@asynccontextmanager
async def in_use(copies: Copies) -> AsyncIterator[Demo]:
    """One of the copies, its log followed."""
    database = await Database.connect(copies.take())
    await database.step_down()
    use(database)
    use_settings(SETTINGS)
    tail = Tail(database, heard={wake.CHANNEL: wake.woken})
    await tail.start()
    use_tail(tail)
    yield Demo(database)
    use_tail(None)
    await tail.stop()
    use_settings(None)
    use(None)
    await database.close()
    copies.give_back()
