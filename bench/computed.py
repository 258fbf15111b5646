"""What this process and an embedded PostgreSQL compute, in seconds: the same on a busy machine as on an idle one."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import process_time


class Clock:
    """Of one database of the server in that folder. What ends in between, as parallel workers do, isn't counted."""

    def __init__(self, state: Path, database: str) -> None:
        [lock] = state.glob("**/postmaster.pid")
        self._server = lock.read_text().split()[0]
        self._database = f" {database} "
        self._serving: dict[str, bool] = {}
        self._backends: Mapping[str, int] = {}
        self._here = 0.0

    def begin(self) -> None:
        self._backends = self._computed()
        self._here = process_time()

    def end(self) -> tuple[float, float]:
        """This process's, and PostgreSQL's."""
        here = process_time() - self._here
        there = sum(nanoseconds - self._backends.get(process, 0) for process, nanoseconds in self._computed().items())
        return here, there / 1e9

    def _computed(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for process in Path(f"/proc/{self._server}/task/{self._server}/children").read_text().split():
            with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                if self._serves(process):
                    found[process] = int(Path(f"/proc/{process}/schedstat").read_text().split()[0])
        return found

    def _serves(self, process: str) -> bool:
        if process not in self._serving:
            title = Path(f"/proc/{process}/cmdline").read_text()
            self._serving[process] = self._database in title and "autovacuum" not in title
        return self._serving[process]
