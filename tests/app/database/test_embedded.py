"""The embedded PostgreSQL where a container or a laptop puts it."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import asyncpg
import pytest

from app.database.embedded import Server, Unstartable, places
from app.database.embedded.nameless import shared_object
from tests.commands import GIVE_UP_SECONDS, ROOT

START = """
import os, sys
from pathlib import Path
from app.database import embedded
try:
    print(embedded.start(Path(os.fsdecode(sys.argv[1]))))
except embedded.Unstartable as error:
    sys.exit(str(error))
"""
HOSTILE = 'it\'s "a" & b; $(touch PWNED) `touch PWNED` \\ ü 🙂 %s {x} a:b,c\nd=#?'
NAMES = ["-rf", "~", "ö" * 100, os.fsdecode(b"\xff\xfe"), "plain"]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes other users")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Open to other users, which pytest's is not."""
    made = Path(mkdtemp(prefix="stagepath-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Path]:
    """The files of a server that was made and has ended, to be copied."""
    made = Path(mkdtemp(prefix="stagepath-"))
    server = Server(made)
    server.ensure()
    server.leave()
    yield made
    shutil.rmtree(made)


def copied(cluster: Path, folder: Path) -> Path:
    """As `cp -r` does: whoever copies owns the copy."""
    return Path(shutil.copytree(cluster, folder))


async def asked(url: str, question: str = "SELECT lower('ÄÖ') || current_setting('TimeZone')") -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def in_a_process(
    folder: Path, *before: str, python: str = sys.executable, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, python, "-c", START, os.fsencode(folder)],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": sysconfig.get_path("purelib"),
            "PYTHONDONTWRITEBYTECODE": "1",
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=GIVE_UP_SECONDS,
        check=False,
    )


async def test_no_character_of_a_path_means_anything(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    place = folder / HOSTILE
    for name in (*NAMES, None):
        server = Server(place)
        server.ensure()
        assert await asked(server.url) == "äöUTC"
        server.leave()
        assert not server.files.joinpath("postmaster.pid").exists()
        if name is not None:
            place = place.rename(folder / name)
    assert "PWNED" not in {name for _, folders, files in os.walk(folder) for name in folders + files}


def test_a_path_that_is_too_long_is_named(folder: Path) -> None:
    with pytest.raises(Unstartable, match="longer than 900 bytes"):
        Server(folder.joinpath(*["x" * 200] * 5)).ensure()


async def test_a_new_cluster_is_the_one_that_initdb_makes(cluster: Path, folder: Path) -> None:
    """But for what counts sessions and statements."""
    catalogs = []
    for place in (copied(cluster, folder / "ours"), initdb(folder / "initdb")):
        server = Server(place)
        server.ensure()
        catalogs.append(await catalog(server.url))
        server.leave()
    ours, expected = catalogs
    assert ours.keys() == expected.keys()
    assert [table for table in ours if ours[table] != expected[table]] == []
    assert len(ours) > 60


def initdb(place: Path) -> Path:
    place.mkdir()
    user = None
    if os.geteuid() == 0:
        user = 65534
        os.chown(place, user, user)
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    program = places.installation() / "bin" / "initdb"
    arguments = ("-D", place / "postgres", "-U", "postgres", "-A", "trust", "-N", *locale)
    subprocess.run([program, *arguments], check=True, capture_output=True, user=user, group=user)
    return place


async def catalog(url: str) -> dict[str, list[str]]:
    connection = await asyncpg.connect(url)
    tables = await connection.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND oid < 16384 AND oid::regclass::text "
        "NOT LIKE 'pg_statistic%'"
    )
    found = {name: await connection.fetch(f"SELECT t::text FROM {name} t ORDER BY 1") for (name,) in tables}
    await connection.close()
    return {name: [row[0] for row in rows] for name, rows in found.items()}


@needs_root
@pytest.mark.skipif(sys.platform != "linux", reason="who has no name there isn't known")
def test_a_stranger_in_a_bare_container_gets_a_server(folder: Path) -> None:
    """A user id without a name, no home, no place for temporary files, few open files, a locale that isn't there."""
    place = folder / "state"
    place.mkdir(mode=0o700)
    os.chown(place, 12345, 12345)
    bare = {"HOME": "/nonexistent", "TMPDIR": "/nonexistent", "LC_ALL": "tr_TR.CP1254", "TZ": "No/Where", "PGPORT": "1"}
    become = ("setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "--no-new-privs")
    limited = ("sh", "-c", 'ulimit -n 256; umask 077; exec "$@"', "sh")
    python = readable_python(become)
    done = in_a_process(place, *become, *limited, python=python, **bare)
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.startswith("postgresql://")
    assert place.joinpath("postgres").stat().st_uid == 12345
    again = in_a_process(place, **bare)  # by root
    assert (again.stderr, again.returncode) == ("", 0)
    other = in_a_process(place, *(word.replace("12345", "12346") for word in become), python=python)
    assert other.returncode == 1
    assert "Permission denied" in other.stderr


def readable_python(become: tuple[str, ...]) -> str:
    """Of our version; our own may lie in a home where only root gets at it."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = [sys.executable, *(f"{folder}/{name}" for folder in ("/usr/local/bin", "/usr/bin"))]
    for python in found:
        by_them = [*become, "sh", "-c", '"$0" -c ""', python]  # setpriv itself still has root's capabilities
        if subprocess.run(by_them, capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip("no Python lies where others get at it")


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_name_of_a_nameless_user_is_a_small_shared_object(machine: str) -> None:
    made = shared_object(machine, 12345)
    assert made.startswith(b"\x7fELF")
    assert b"\0getpwuid\0" in made
    with pytest.raises(Unstartable, match="/etc/passwd"):
        shared_object("vax", 12345)


@needs_root
def test_root_that_may_not_become_anybody_is_told_so(folder: Path) -> None:
    done = in_a_process(folder / "state", "setpriv", "--bounding-set=-setuid,-setgid", "--inh-caps=-setuid,-setgid")
    assert done.returncode == 1
    assert "doesn't run as root" in done.stderr
    assert "Traceback" not in done.stderr


async def test_what_a_power_loss_left_is_no_obstacle(cluster: Path, folder: Path) -> None:
    """The number in `postmaster.pid` is that of a process that has nothing to do with it; and it isn't ended."""
    place = copied(cluster, folder / "state")
    file = place / "postgres" / "postmaster.pid"
    bystander = await asyncio.create_subprocess_exec("sleep", "600")
    try:
        for left in (f"{bystander.pid}\n/elsewhere\n1\n5432\n/tmp\n\n  1 2\nready   \n", f"{bystander.pid}\n", "x", ""):
            file.write_text(left)
            server = Server(place)
            server.ensure()
            assert await asked(server.url) == "äöUTC"
            server.leave()
        assert bystander.returncode is None
    finally:
        bystander.kill()
        await bystander.wait()


async def test_a_copy_is_a_server_of_its_own(cluster: Path, folder: Path) -> None:
    """Even one taken while the original runs, which its `postmaster.pid` names."""
    original = Server(copied(cluster, folder / "original"))
    original.ensure()
    notes = (original.files / "postmaster.pid").read_text()
    copy = Server(copied(cluster, folder / "copy"))
    (copy.files / "postmaster.pid").write_text(notes)
    copy.ensure()
    assert copy.pid != original.pid
    await asked(copy.url, "CREATE TABLE only_here ()")
    assert await asked(original.url, "SELECT to_regclass('only_here')") is None
    copy.leave()
    assert original.is_alive()
    original.leave()


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("PG_VERSION", "17\n", "was made by PostgreSQL 17, and this is 18"),
        ("PG_VERSION", "19\n", "was made by PostgreSQL 19, and this is 18"),
        ("PG_VERSION", None, "holds something else than a database"),
        ("postgresql.conf", "lc_messages = 'xx_XX.UTF-8'\n", "contains errors"),
    ],
)
def test_files_that_it_can_not_serve_are_named(
    cluster: Path, folder: Path, name: str, text: str | None, reason: str
) -> None:
    place = copied(cluster, folder / "state")
    file = place / "postgres" / name
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    with pytest.raises(Unstartable, match=reason) as stopped:
        Server(place).ensure()
    assert "\n" not in str(stopped.value)


def test_a_state_directory_that_is_a_file_is_named(folder: Path) -> None:
    (folder / "state").write_text("")
    with pytest.raises(Unstartable, match=r"state can't be used .*; STAGEPATH_STATE_DIR names another"):
        Server(folder / "state").ensure()


async def test_killed_it_is_found_at_the_same_place(cluster: Path, folder: Path) -> None:
    """While one of its processes is busy, and doesn't notice by itself; and by another process than its parent."""
    place = copied(cluster, folder / "state")
    parent, neighbour = Server(place), Server(place)
    parent.ensure()
    neighbour.ensure()
    assert neighbour.pid == parent.pid
    url = parent.url
    busy = await asyncpg.connect(url)
    await busy.execute("CREATE TABLE kept AS SELECT 1 AS n")
    working = asyncio.ensure_future(busy.execute("DO $$ BEGIN LOOP NULL; END LOOP; END $$"))
    await asyncio.sleep(0)
    os.kill(parent.pid, signal.SIGKILL)
    while parent.is_alive() or neighbour.is_alive():  # noqa: ASYNC110 # nobody tells us
        await asyncio.sleep(0.02)
    neighbour.ensure()
    parent.ensure()
    assert (parent.pid, parent.url) == (neighbour.pid, url)
    assert await asked(url, "SELECT n FROM kept") == 1
    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await working
    parent.leave()
    assert await asked(url, "SELECT n FROM kept") == 1, "somebody uses it still"
    neighbour.leave()
    assert not neighbour.files.joinpath("postmaster.pid").exists()


def test_what_was_made_by_half_is_made_anew(folder: Path) -> None:
    half = folder / "postgres.new-1"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = Server(folder)
    server.ensure()
    server.leave()
    assert sorted(path.name for path in folder.iterdir()) == ["postgres", "postgres.lock", "postgres.users"]
