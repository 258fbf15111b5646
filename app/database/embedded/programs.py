"""`postgres` itself, run with lists of arguments and an environment of our own choice."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from app.database.embedded.faults import Unstartable
from app.database.embedded.nameless import named
from app.database.embedded.owner import Owner

GIVE_UP_SECONDS = 600


def postgres(installation: Path) -> Path:
    return installation / "bin" / "postgres"


def spawn(
    program: Path,
    *arguments: str,
    owner: Owner,
    log: IO[bytes] | int,
    given: int,
    variables: Mapping[str, str] | None = None,
    files: tuple[int, ...] = (),
) -> "subprocess.Popen[bytes]":
    """A process in a session of its own: what the terminal sends to ours is not meant for it. Raises `Unstartable`."""
    as_other: dict[str, Any] = {"user": owner.uid, "group": owner.gid, "extra_groups": []} if owner.is_another else {}
    try:
        return subprocess.Popen(  # noqa: S603 # no shell, and a program of our own
            [str(program), *arguments],
            stdin=given,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_environment() | dict(variables or {}),
            pass_fds=files,
            start_new_session=True,
            umask=0o077,
            **as_other,
        )
    except OSError as error:
        if not owner.is_another:
            raise Unstartable(f"{program} can't be run ({error.strerror}).") from None
        raise Unstartable(
            f"it doesn't run as root, and this process may not become another user ({error.strerror}); run Stagepath "
            "as another user, or let DATABASE_URL name another PostgreSQL."
        ) from None


def run(program: Path, *arguments: str, owner: Owner, given: str) -> None:
    """To its end, with `given` as its input. Raises `Unstartable` with what it said when it failed."""
    pipe = subprocess.PIPE
    with named(owner.uid) as (variables, files):
        process = spawn(program, *arguments, owner=owner, log=pipe, given=pipe, variables=variables, files=files)
        try:
            said, wrong = process.communicate(given.encode(), timeout=GIVE_UP_SECONDS)
        except BaseException:
            process.kill()
            process.wait()
            raise
    if process.returncode != 0:
        raise Unstartable(reason(wrong or said))


def reason(said: bytes) -> str:
    """The sentence in what PostgreSQL wrote that says why it ended."""
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    for line in reversed(lines):
        for severity in ("PANIC:", "FATAL:", "ERROR:"):
            if severity in line:
                return line.partition(severity)[2].strip()
    return lines[-1].strip() if lines else "it ended without a word"


def _environment() -> dict[str, str]:
    """Nothing of the locale, the time zone or `PG…` of whoever starts it."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ}
    return {"PATH": "/usr/bin:/bin", **kept, "LC_ALL": "C", "TZ": "UTC"}
