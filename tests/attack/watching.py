"""A process of its own that asks `/healthz` every 20 ms on its own connection and writes down how long it took.

python -m tests.attack.watching HOST PORT FILE

Each line of the file: when it was due, what the answer took, how late this process itself was (in seconds of the
monotonic clock, which all processes share), and the status, 0 for none. What came due while an answer was waited for
counts from when it was due: nobody's health is better for having been asked less.
"""

import re
import socket
import sys
import time
from pathlib import Path
from typing import TextIO

EVERY = 0.02
ADDRESS = "127.0.0.9"  # one of its own: the caps on an attacker's address are not its own
PATIENCE = 300.0
_LENGTH = re.compile(rb"content-length: (\d+).*\r\n\r\n", re.IGNORECASE | re.DOTALL)
_ASK = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def watch(host: str, port: int, to: TextIO) -> None:
    """Never returns."""
    line: socket.socket | None = None
    due = time.monotonic()
    while True:
        time.sleep(max(0.0, due - time.monotonic()))
        asked = time.monotonic()
        line, status = _ask(line, host, port)
        took = time.monotonic() - asked
        to.write(f"{due:.4f} {took:.4f} {asked - due:.4f} {status}\n")
        due += EVERY
        while due < asked + took:
            to.write(f"{due:.4f} {asked + took - due:.4f} 0 {status}\n")
            due += EVERY


def _ask(line: socket.socket | None, host: str, port: int) -> tuple[socket.socket | None, int]:
    try:
        if line is None:
            line = socket.create_connection((host, port), PATIENCE, (ADDRESS, 0))
        line.sendall(_ASK)
        return line, _status(line)
    except (OSError, ValueError):
        pass
    if line is not None:
        line.close()
    return None, 0


def _status(line: socket.socket) -> int:
    """The answer's, when it is there whole; raises `ValueError` when the connection ends before."""
    answer = b""
    while not (length := _LENGTH.search(answer)) or len(answer.partition(b"\r\n\r\n")[2]) < int(length[1]):
        piece = line.recv(4_096)
        if not piece:
            raise ValueError
        answer += piece
    return int(answer[9:12])


if __name__ == "__main__":
    host, port, path = sys.argv[1:]
    with Path(path).open("w", buffering=1) as to:
        watch(host, int(port), to)
