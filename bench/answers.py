"""D1 to D5 and R1, R50: one request after the other over HTTP, all systems in turn."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import httpx

from bench.equal import difference, normalised
from bench.load import Outcome
from bench.node import Unavailable
from bench.systems import Running

CONNECTIONS = 16
CHECKED = 8


class Different(Exception):
    """A system says something else than Stagepath."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A system answering one document. `lists`: the requests of each connection; `wanted`: stands in every answer."""

    name: str
    document: str
    running: Running
    lists: list[list[str]]
    connections: int = CONNECTIONS
    wanted: str = '{"data":{'


Results = dict[tuple[str, str], list[Outcome]]
"""By document and contender."""


class Client:
    """The load generator in its own process."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, postgres: int) -> None:
        self._process = process
        self._folder = folder
        self._postgres = postgres

    def run(self, contender: Contender, seconds: float) -> Outcome:
        path = self._folder / f"{contender.document}-{contender.name}.json"
        if not path.exists():
            path.write_text(json.dumps(contender.lists))
        order = {
            "requests": str(path),
            "connections": contender.connections,
            "port": contender.running.port,
            "seconds": seconds,
            "wanted": contender.wanted,
            "server": contender.running.pid,
            "postgres": self._postgres,
        }
        pipes: tuple[IO[str] | None, IO[str] | None] = (self._process.stdin, self._process.stdout)
        assert pipes[0] is not None
        assert pipes[1] is not None
        pipes[0].write(json.dumps(order) + "\n")
        pipes[0].flush()
        said = pipes[1].readline()
        if not said:
            raise Unavailable(f"{contender.name} broke off at {contender.document}: {contender.running.last_words()}")
        outcome = Outcome(**json.loads(said))
        if outcome.failures:
            raise Unavailable(f"{contender.name} failed at {contender.document}: {outcome.example}")
        return outcome


@contextmanager
def client(postgres: int) -> Iterator[Client]:
    """`postgres`: the process that leads PostgreSQL's."""
    with TemporaryDirectory(prefix="bench-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            yield Client(process, Path(folder), postgres)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(10)


def spread(all_requests: list[str], connections: int = CONNECTIONS) -> list[list[str]]:
    """A list for each connection. Each has all the requests, beginning at another."""
    step = max(1, len(all_requests) // connections)
    starts = [n * step % len(all_requests) for n in range(connections)]
    return [all_requests[start:] + all_requests[:start] for start in starts]


def moves(movers: list[str], make: Callable[[list[str]], list[str]]) -> list[list[str]]:
    """Each connection moves deals of its own."""
    each = len(movers) // CONNECTIONS
    return [make(movers[n * each : (n + 1) * each]) for n in range(CONNECTIONS)]


def ask(running: Running, request: str) -> Any:
    """The answer to one of the prepared requests, decoded."""
    head, _, body = request.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    url = f"http://127.0.0.1:{running.port}{path}"
    answer = httpx.request(method, url, content=body.encode(), headers=headers, timeout=60, trust_env=False)
    return answer.json()


def check(expected: Contender, others: list[Contender]) -> dict[str, str]:
    """What is wrong with each contender that doesn't say what `expected` says, on some of the requests."""
    asked = expected.lists[0][:CHECKED]
    wrong: dict[str, str] = {}
    for n, request in enumerate(asked):
        said = data_of(expected, request)
        for other in others:
            apart = difference(said, data_of(other, other.lists[0][n]))
            if apart is not None:
                wrong.setdefault(other.name, f"{other.document}: {apart}")
    return wrong


def data_of(contender: Contender, request: str) -> Any:
    """Without `extensions`, where systems speak of themselves. Raises `Different` when there are errors."""
    answer = ask(contender.running, request)
    if "errors" in answer:
        raise Different(f"{contender.name} at {contender.document}: {answer['errors']}")
    return normalised(answer["data"])


def rounds(
    load: Client, contenders: list[Contender], count: int, seconds: float, note: Callable[[str], None]
) -> Results:
    """All contenders of a document in turn, `count` times. One that fails is left out from then on."""
    results: Results = {}
    out: set[str] = set()
    for document in dict.fromkeys(contender.document for contender in contenders):
        for number in range(count):
            for contender in contenders:
                if contender.document != document or contender.name in out:
                    continue
                try:
                    outcome = load.run(contender, seconds)
                except Unavailable as reason:
                    out.add(contender.name)
                    note(str(reason))
                    continue
                results.setdefault((document, contender.name), []).append(outcome)
                rate = outcome.requests / outcome.seconds
                print(f"{document} {number + 1} {contender.name}: {rate:,.0f}/s", file=sys.stderr)
    return results
