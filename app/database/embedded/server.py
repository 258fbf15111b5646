"""The server of one state directory, shared by all processes that use it and ended by the last of them.

Who uses it holds a shared lock on `postgres.users` for as long as it lives, so that nobody has to sign off. Starting
and ending it happen under `postgres.lock`.
"""

import atexit
import fcntl
import os
import resource
from contextlib import suppress
from pathlib import Path

from app.database.embedded import bootstrap, places, postmaster
from app.database.embedded.faults import ELSEWHERE, Unstartable, refused, shown
from app.database.embedded.owner import open_programs, open_way, owner_of
from app.database.embedded.postmaster import Postmaster

FILES_WANTED = 4_096


class Server:
    def __init__(self, state_dir: Path) -> None:
        self.files = state_dir / "postgres"
        self._lock = state_dir / "postgres.lock"
        self._users = state_dir / "postgres.users"
        self._held: int | None = None
        self._postmaster: Postmaster | None = None

    @property
    def url(self) -> str:
        """The same after every start: connections are opened anew to where they were before."""
        assert self._postmaster is not None
        return f"postgresql://postgres:@/postgres?host={self._postmaster.socket_directory}"

    @property
    def pid(self) -> int:
        assert self._postmaster is not None
        return self._postmaster.pid

    def is_alive(self) -> bool:
        return self._postmaster is not None and self._postmaster.is_alive()

    def hasten(self) -> None:
        """Let it end at once, when it was told to end while it is used, but would wait for its clients."""
        if self._postmaster is not None:
            self._postmaster.hasten(self.files)

    def last_words(self) -> str:
        return postmaster.last_words(self.files)

    def ensure(self) -> None:
        """It runs, and runs on while this process lives. Raises `Unstartable`."""
        try:
            self.files.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            with places.locked(self._lock):
                self._use()
                self._postmaster = self._found() or self._started()
        except OSError as error:
            raise refused(Path(os.fsdecode(error.filename)) if error.filename else self.files, error) from None

    def leave(self) -> None:
        """End it, unless somebody else uses it."""
        if self._held is None:
            return
        with places.locked(self._lock):
            if self._is_last() and self._postmaster is not None and self.is_alive():
                self._postmaster.end()
            os.close(self._held)
            self._held = self._postmaster = None

    def _use(self) -> None:
        if self._held is None:
            held = os.open(self._users, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(held, fcntl.LOCK_SH)
            self._held = held

    def _is_last(self) -> bool:
        assert self._held is not None
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _found(self) -> Postmaster | None:
        """Ours, as long as it lives: only its parent can bury it."""
        if self._postmaster is not None and self._postmaster.is_alive():
            return self._postmaster
        return postmaster.find(self.files) if self.files.exists() else None

    def _started(self) -> Postmaster:
        places.check_length(self.files)
        installation = places.installation()
        owner = owner_of(self.files)
        open_programs(installation, owner)
        open_way(self.files, owner)
        _allow_files()
        if not self.files.exists() or not any(self.files.iterdir()):
            bootstrap.bootstrap(self.files, installation, owner)
        elif not (self.files / bootstrap.VERSION_FILE).exists():
            raise Unstartable(f"{shown(self.files)} holds something else than a database; {ELSEWHERE}.")
        bootstrap.check_version(self.files, installation)
        owner.take_all(self.files)
        if owner.is_another or self.files.stat().st_mode & 0o027:
            self.files.chmod(0o700)
        directory = places.socket_directory(self.files, owner)
        return postmaster.start(self.files, directory, installation / "bin" / "postgres", owner)


def _allow_files() -> None:
    """As many open files as this process may have; what it starts inherits that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


_servers: dict[Path, Server] = {}


def start(state_dir: Path) -> str:
    """Start, or find running, the server that keeps its files in `state_dir/postgres`; its connection URL.

    It ends with the last process that asked for it. A process that ends by a signal has to make that an exit
    (`SystemExit`). About 1.5 s the first time, 0.15 s afterwards. Raises `Unstartable`.
    """
    place = state_dir.absolute().resolve()
    server = _servers.get(place)
    if server is None:
        server = Server(place)
        server.ensure()
        _servers[place] = server
        atexit.register(server.leave)
    return server.url


def started() -> list[Server]:
    """Those that this process has asked for."""
    return list(_servers.values())
