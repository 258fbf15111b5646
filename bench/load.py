"""The client of the HTTP measurements: keep-alive connections in a closed loop, each with its own list of requests.

A process of its own, since it shares the machine with what it measures: raw sockets and epoll, nothing decoded. It
costs about 12 µs a request, a few per cent of what the fastest server here takes, and says how much it took.

Reads an order (a line of JSON) from its input, writes the outcome (a line) to its output, until the input ends.
"""

import json
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.cpu import cpu_seconds

WARM_SECONDS = 0.3
KEPT = 2_048
"""Bytes of an answer that are looked at. The headers are expected to come in one piece."""
GIVE_UP_SECONDS = 60
_buffer = memoryview(bytearray(1 << 20))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one round: `latencies` in milliseconds, the rest in seconds of processor time."""

    requests: int
    failures: int
    seconds: float
    p50: float
    p99: float
    server: float
    postgres: float
    client: float
    example: str


class Line:
    """One connection. `place` is the next request; where a round ends, the next one goes on."""

    def __init__(self, requests: list[bytes]) -> None:
        self.requests = requests
        self.place = 0
        self.socket: socket.socket
        self.began = 0.0
        self.missing = -1
        self.head = b""

    def connect(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self) -> None:
        request = self.requests[self.place % len(self.requests)]
        self.place += 1
        self.missing, self.head = -1, b""
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def take(self) -> bool:
        """Read what is there; True when the answer is whole."""
        size = self.socket.recv_into(_buffer)
        if not size:
            raise ConnectionError(f"the server hung up: {self.head[:200]!r}")
        if len(self.head) < KEPT:
            self.head += _buffer[: min(size, KEPT)]
        if self.missing >= 0:
            self.missing -= size
            return self.missing <= 0
        end = self.head.find(b"\r\n\r\n")
        if end < 0:
            return False
        self.missing = end + 4 + _length(self.head[:end]) - size
        return self.missing <= 0


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    if at < 0:
        raise ConnectionError(f"an answer without its length: {head!r}")
    return int(lowered[at + 15 :].split(b"\r\n", 1)[0])


def run(lines: list[Line], port: int, seconds: float, wanted: bytes, server: int, postgres: int) -> Outcome:
    poll = select.epoll()
    by_number = {}
    for line in lines:
        line.connect(port)
        by_number[line.socket.fileno()] = line
        poll.register(line.socket, select.EPOLLIN)
        line.send()
    began = time.perf_counter() + WARM_SECONDS
    ends = began + seconds
    measuring, latencies, failures, example = False, list[float](), 0, b""
    used = (0.0, 0.0, 0.0)
    now = 0.0
    while now < ends:
        ready = poll.poll(GIVE_UP_SECONDS)
        if not ready:
            raise TimeoutError("no answer")
        for number, _ in ready:
            line = by_number[number]
            if not line.take():
                continue
            now = time.perf_counter()
            latencies.append(now - line.began)
            if not line.head.startswith(b"HTTP/1.1 200") or wanted not in line.head:
                failures, example = failures + 1, line.head[:600]
            line.send()
        if not measuring and now >= began:
            measuring = True
            latencies.clear()
            used = _used(server, postgres)
            began = time.perf_counter()
            ends = began + seconds
    took = time.perf_counter() - began
    spent = [after - before for after, before in zip(_used(server, postgres), used, strict=True)]
    _finish(lines, poll)
    latencies.sort()
    return Outcome(
        requests=len(latencies),
        failures=failures,
        seconds=took,
        p50=1000 * median(latencies),
        p99=1000 * latencies[int(0.99 * (len(latencies) - 1))],
        server=spent[0],
        postgres=spent[1],
        client=spent[2],
        example=example.decode(errors="replace"),
    )


def _finish(lines: list[Line], poll: select.epoll) -> None:
    """Take the answers that are still under way: a move that was asked for is made."""
    poll.close()
    for line in lines:
        line.socket.settimeout(GIVE_UP_SECONDS)
        while not line.take():
            pass
        line.socket.close()


def _used(server: int, postgres: int) -> tuple[float, float, float]:
    return cpu_seconds(server), cpu_seconds(postgres), time.process_time()


def main() -> None:
    known: dict[str, list[Line]] = {}
    for text in sys.stdin:
        order: dict[str, Any] = json.loads(text)
        requests = order["requests"]
        lines = known.get(requests)
        if lines is None:
            lists = json.loads(Path(requests).read_text())
            lines = known[requests] = [Line([request.encode() for request in each]) for each in lists]
        outcome = run(
            lines[: order["connections"]],
            order["port"],
            order["seconds"],
            order["wanted"].encode(),
            order["server"],
            order["postgres"],
        )
        print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    main()
