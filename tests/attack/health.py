"""How a server's health was while it was attacked, as a process of its own saw it."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.attack.watching import EVERY
from tests.processes import ROOT

UNANSWERED = 1.0  # seconds without a line of the watcher, after which it is waiting and not just being read


@dataclass(frozen=True, slots=True)
class Health:
    """Of a stretch of time, in seconds; `lag`: 99th percentile of the watcher's own lateness: the machine's."""

    asked: int
    unanswered: int
    p50: float
    p99: float
    most: float
    lag: float


class Watch:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._seen: list[tuple[float, float, float, int]] = []

    def between(self, began: float, ended: float) -> Health:
        """What came due in this stretch of monotonic time."""
        self._update()
        there = [one for one in self._seen if began <= one[0] <= ended] + self._waiting(began, ended)
        took = sorted(one[1] for one in there) or [0.0]
        lags = sorted(one[2] for one in there) or [0.0]
        return Health(
            asked=len(there),
            unanswered=sum(one[3] != 200 for one in there),
            p50=took[len(took) // 2],
            p99=took[int(len(took) * 0.99)],
            most=took[-1],
            lag=lags[int(len(lags) * 0.99)],
        )

    async def settled(self, within: float) -> bool:
        """Whether the server came to answer promptly, ten times on end, in so many seconds."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            self._update()
            last = self._seen[-10:]
            recent = bool(last) and last[0][0] > time.monotonic() - 1.0
            if recent and all(took < 0.2 and status == 200 for _, took, _, status in last):
                return True
            await asyncio.sleep(0.05)
        return False

    def _waiting(self, began: float, ended: float) -> list[tuple[float, float, float, int]]:
        """What came due behind an answer that hasn't come yet: it has waited this long."""
        last = self._seen[-1][0] if self._seen else began
        late = int((ended - last) / EVERY) if ended - last > UNANSWERED else 0
        dues = (last + step * EVERY for step in range(1, late))
        return [(due, ended - due, 0.0, 0) for due in dues if due >= began]

    def _update(self) -> None:
        with self._path.open(encoding="ascii") as file:
            file.seek(self._read)
            text = file.read()
        whole = text[: text.rfind("\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            due, took, lag, status = line.split()
            self._seen.append((float(due), float(took), float(lag), int(status)))


@asynccontextmanager
async def watched(host: str, port: int, directory: Path) -> AsyncIterator[Watch]:
    """A watcher of this server, for as long as the context lasts."""
    path = directory / "health.txt"
    path.touch()
    arguments = (sys.executable, "-m", "tests.attack.watching", host, str(port), str(path))
    process = await asyncio.create_subprocess_exec(*arguments, cwd=ROOT)
    try:
        yield Watch(path)
    finally:
        process.kill()
        await process.wait()
