"""Processes apart for what might take long: never on the event loop, ended by a limit of CPU time, then replaced.

Each of `WORKERS` threads has one process, started when it is first needed; a server that needs none starts none. A
process knows nothing but the expressions and values that it is handed, and ends with its parent.
"""

import asyncio
import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from expressions.outcomes import TOO_LONG, UNDECIDED, Outcome

WORKERS = 2
LONGEST_SILENCE = 60.0
"""Seconds of the clock after which a process counts as hung. CPU time ends those that only take long, far earlier."""
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Task:
    """Expressions to run over one variable. `limit`: seconds of CPU time for each."""

    root: str
    values: Mapping[str, Any]
    texts: tuple[str, ...]
    limit: float


@dataclass(frozen=True, slots=True)
class Ran:
    """`took`: seconds of CPU time; the limit for one that was ended by it. `crashed`: its process died otherwise."""

    outcome: Outcome
    took: float
    crashed: bool = False


async def run(tasks: Sequence[Task], budget: float | None = None) -> list[tuple[Ran, ...]]:
    """What became of each text of each task. Once all have taken `budget` seconds of CPU time, the rest takes too
    long. A caller that is cancelled waits for nothing, and what it asked for ends with the text that runs."""
    abandoned = threading.Event()
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, _run, tasks, budget, abandoned)
    except asyncio.CancelledError:
        abandoned.set()
        raise


def _run(tasks: Sequence[Task], budget: float | None, abandoned: threading.Event) -> list[tuple[Ran, ...]]:
    spent = 0.0
    found: list[tuple[Ran, ...]] = []
    for task in tasks:
        done: list[Ran] = []
        for ran in _of_this_thread().answers(task):
            done.append(ran)
            spent += ran.took
            if abandoned.is_set() or (budget is not None and spent >= budget):
                break
        if len(done) < len(task.texts):
            _of_this_thread().close()
            done += [Ran(Outcome(False, TOO_LONG), 0.0)] * (len(task.texts) - len(done))
        found.append(tuple(done))
        if abandoned.is_set() or (budget is not None and spent >= budget):
            rest = tasks[len(found) :]
            return [*found, *(tuple(Ran(Outcome(False, TOO_LONG), 0.0) for _ in one.texts) for one in rest)]
    return found


class _Worker:
    """One process at a time, in the hands of one thread."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def answers(self, task: Task) -> Iterator[Ran]:
        """One for each text, in order: after one that ended the process, the rest is asked of the next."""
        answered = 0
        while answered < len(task.texts):
            self._ask(task, answered)
            while answered < len(task.texts):
                line = self._line()
                answered += 1
                if not line.endswith(b"\n"):
                    yield self._ended(task)
                    break
                said = orjson.loads(line)
                yield Ran(Outcome(said["met"], said["problem"]), said["took"] / 1e9)

    def close(self) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()

    def _ask(self, task: Task, begin: int) -> None:
        asked = {"root": task.root, "values": task.values, "texts": task.texts[begin:], "limit": task.limit}
        line = orjson.dumps(asked) + b"\n"
        process = self._started()
        assert process.stdin is not None
        try:
            process.stdin.write(line)
            process.stdin.flush()
        except BrokenPipeError:  # it has died since it was last asked: its successor, or the answer, tells
            self.close()
            process = self._started()
            assert process.stdin is not None
            process.stdin.write(line)
            process.stdin.flush()

    def _line(self) -> bytes:
        assert self.process is not None
        assert self.process.stdout is not None
        watch = threading.Timer(LONGEST_SILENCE, self.process.kill)
        watch.daemon = True
        watch.start()
        try:
            return self.process.stdout.readline()
        finally:
            watch.cancel()

    def _ended(self, task: Task) -> Ran:
        process = self.process
        assert process is not None
        by = -process.wait()
        self.close()
        if by == signal.SIGPROF:
            return Ran(Outcome(False, TOO_LONG), task.limit)
        return Ran(Outcome(False, UNDECIDED), task.limit, crashed=True)

    def _started(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "expressions.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", "")},
                cwd=ROOT,
            )
            with _started_lock:
                _all.add(self)
        return self.process


_all: set[_Worker] = set()
_started_lock = threading.Lock()
_own = threading.local()
_threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="expressions")


def _of_this_thread() -> _Worker:
    worker: _Worker | None = getattr(_own, "worker", None)
    if worker is None:
        worker = _own.worker = _Worker()
    return worker


@atexit.register
def close() -> None:
    """End all processes; those needed later start anew."""
    with _started_lock:
        workers = list(_all)
    for worker in workers:
        worker.close()
