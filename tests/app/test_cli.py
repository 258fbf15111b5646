"""The other commands, and what each says when it can't do what was asked: a sentence and an exit status."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.database import Database
from app.deals import statistics
from app.jobs import defer
from app.models.identity import Organization, User
from app.vocabulary import OrganizationKind, Role
from schema import printed
from tests.commands import stagepath, started, survivors
from tests.copies import administer, with_database
from tests.serving import SECRET, Server
from tests.waiting import PATIENCE


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


def test_a_port_in_use_is_named(tmp_path: Path, taken: str) -> None:
    done = stagepath(tmp_path, "serve", "--port", taken)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Can't listen on 127.0.0.1:{taken}: Address already in use. --port or STAGEPATH_PORT names another port.\n"
    )
    assert not (tmp_path / "state" / "postgres").exists()


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker",), ("migrate",), ("token", "--role", "x")])
def test_a_database_that_does_not_answer_is_a_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = stagepath(tmp_path, *command, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The database can't be reached: ")
    assert done.stderr.count("\n") == 1


def test_an_import_says_so_too(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("Id,Name\n")
    done = stagepath(
        tmp_path,
        *("import", "salesforce", "--opportunities", "deals.csv"),
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The database can't be reached: ")


def test_a_database_that_does_not_exist_is_named(tmp_path: Path, postgres: str) -> None:
    done = stagepath(tmp_path, "migrate", DATABASE_URL=with_database(postgres, "absent"))
    assert done.returncode == 1
    assert 'database "absent"' in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"STAGEPATH_PORT": "eighty"}, ["Settings: port: Input should be a valid integer"]),
        ({"STAGEPATH_MODE": "production"}, ["Settings: Value error, production mode needs STAGEPATH_SECRET_KEY"]),
        (
            {
                "STAGEPATH_MODE": "production",
                "STAGEPATH_SECRET_KEY": "development-secret-of-more-than-32-characters",
                "STAGEPATH_JWKS_URL": "https://login.example/keys",
                "STAGEPATH_JWT_ISSUER": "https://login.example/",
                "STAGEPATH_JWT_AUDIENCE": "stagepath",
                "DATABASE_URL": "postgresql://db/stagepath",
            },
            ["Settings: Value error, STAGEPATH_SECRET_KEY is a development secret; production mode refuses it"],
        ),
        (
            {"STAGEPATH_LOG_FORMAT": "xml", "STAGEPATH_DATABASE_POOL_SIZE": "0"},
            ["Settings: database_pool_size: ", "Settings: log_format: Input should be 'console' or 'json'"],
        ),
        ({"DATABASE_URL": "oracle://somewhere"}, ["Settings: DATABASE_URL: invalid DSN"]),
        ({"STAGEPATH_SECRET_KEY": "short"}, ["Settings: the secret key needs at least 32 characters"]),
        ({"STAGEPATH_JWKS_URL": "https://login.example/keys"}, ["Settings: STAGEPATH_JWKS_URL needs STAGEPATH_JWT_"]),
    ],
)
def test_settings_that_can_not_be_used_are_named(tmp_path: Path, variables: dict[str, str], said: list[str]) -> None:
    done = stagepath(tmp_path, "serve", "--port", "0", **variables)
    assert (done.returncode, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert len(lines) == len(said)
    for line, beginning in zip(lines, said, strict=True):
        assert line.startswith(beginning)


@pytest.mark.parametrize(
    ("workers", "name", "value", "said"),
    [
        ("1", "STAGEPATH_LIMITS_URL", "foo", "STAGEPATH_LIMITS_URL has to be `valkey://HOST:PORT/NUMBER`"),
        ("2", "STAGEPATH_TRUSTED_DOCUMENTS", "absent", "STAGEPATH_TRUSTED_DOCUMENTS: absent can't be read: "),
    ],
)
def test_what_settings_name_is_looked_at_before_anything_starts(
    tmp_path: Path, workers: str, name: str, value: str, said: str
) -> None:
    done = stagepath(tmp_path, "serve", "--port", "0", "--workers", workers, **{name: value})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"Settings: {said}")
    assert not (tmp_path / "state" / "postgres").exists()


@pytest.fixture
async def vendor(database: Database) -> Organization:
    return await Organization.create(key="north", name="North", kind=OrganizationKind.VENDOR)


WHO = "{ viewer { user { name role } } }"


@pytest.mark.parametrize(
    "called", [("--role", "CHANNEL_MANAGER"), ("--role", "channel-manager"), ("--user", "Ada@North.example")]
)
async def test_a_token_is_of_a_role_or_a_user_and_lets_its_bearer_in(
    server: Server, database_url: str, vendor: Organization, tmp_path: Path, called: tuple[str, str]
) -> None:
    await User.create(organization=vendor, name="Ada", email="ada@north.example", role=Role.CHANNEL_MANAGER)
    await User.create(organization=vendor, name="Later", email="b@north.example", role=Role.CHANNEL_MANAGER)
    done = stagepath(tmp_path, "token", *called, DATABASE_URL=database_url, STAGEPATH_SECRET_KEY=SECRET)
    assert (done.returncode, done.stderr) == (0, "")
    [token] = done.stdout.splitlines()
    answer = await server.ask(WHO, token=token)
    assert answer["data"] == {"viewer": {"user": {"name": "Ada", "role": "CHANNEL_MANAGER"}}}


async def test_nobody_gets_a_token_that_is_not_there_or_not_active(
    vendor: Organization, database_url: str, tmp_path: Path
) -> None:
    await User.create(
        organization=vendor, name="Gone", email="gone@north.example", role=Role.VENDOR_ADMIN, active=False
    )
    for called in (("--user", "gone@north.example"), ("--role", "VENDOR_ADMIN"), ("--role", "KING")):
        done = stagepath(tmp_path, "token", *called, DATABASE_URL=database_url)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == (
            f"No active user is called “{called[1]}”. "
            "Roles: VENDOR_ADMIN, CHANNEL_MANAGER, PARTNER_MANAGER, PARTNER_SELLER.\n"
        )


@pytest.mark.parametrize("called", [(), ("--role", "VENDOR_ADMIN", "--user", "ada@north.example")])
def test_a_token_is_of_one(tmp_path: Path, called: tuple[str, ...]) -> None:
    done = stagepath(tmp_path, "token", *called)
    assert (done.returncode, done.stdout) == (2, "")
    assert "name either --user or --role" in done.stderr


def test_the_schema_is_printed_or_written(tmp_path: Path) -> None:
    assert stagepath(tmp_path, "schema").stdout == printed()
    written = stagepath(tmp_path, "schema", "--out", "here.graphql")
    assert (written.returncode, written.stdout) == (0, "")
    assert (tmp_path / "here.graphql").read_text(encoding="utf-8") == printed()


def test_a_schema_that_can_not_be_written_is_told_with_its_path(tmp_path: Path) -> None:
    done = stagepath(tmp_path, "schema", "--out", "absent/here.graphql")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Can't use absent/here.graphql: No such file or directory.\n"


async def test_tables_are_brought_up_to_date_once(postgres: str, tmp_path: Path) -> None:
    await administer(postgres, "CREATE DATABASE bare")
    for _ in range(2):
        done = stagepath(tmp_path, "migrate", DATABASE_URL=with_database(postgres, "bare"))
        assert (done.returncode, done.stdout) == (0, "The tables are up to date.\n")
    await administer(postgres, "DROP DATABASE bare WITH (FORCE)")


_TELL = """
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NOTIFY job_done; RETURN NULL; END $$;
CREATE TRIGGER tell AFTER DELETE ON procrastinate_jobs EXECUTE FUNCTION tell();
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_worker_runs_jobs_until_it_is_told_to_stop(
    database: Database, tmp_path: Path, number: signal.Signals
) -> None:
    done = asyncio.Event()
    listener = await asyncpg.connect(database.url)
    try:
        await listener.execute(_TELL)
        await listener.add_listener("job_done", lambda *_: done.set())
        async with database.transaction() as tx:
            await defer(tx, statistics.refresh_every_night.name, timestamp=0)
        with started(tmp_path, "worker", until="Working. Ctrl-C stops it.", DATABASE_URL=database.url) as running:
            async with asyncio.timeout(PATIENCE):
                await done.wait()
            family = running.family()
            assert running.end(number, everyone=True) == 0
            assert survivors(family) == []
            assert "Traceback" not in running.logged
    finally:
        await listener.close()
