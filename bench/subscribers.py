"""The subscribers of the fan-out measurements: thousands of WebSockets in one process, as cheap as can be.

Raw sockets and epoll; a message is searched for the id of its transition, not decoded. Reads its order from a file,
says `ready` when all have subscribed, and afterwards answers each line of its input: how many messages have come, or
what became of the events that the line names.
"""

import json
import resource
import select
import socket
import sys
import time
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MARK = b"trn_"
UUID_LENGTH = 36
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
GIVE_UP_SECONDS = 20
PINGS_EVERY = 50
"""Connections made before the earlier ones are listened to: servers hang up on those who don't answer their pings."""
_HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
_buffer = memoryview(bytearray(1 << 20))


def masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame. The mask is zero, which is a mask like any other."""
    size = len(payload)
    head = bytes((0x80 | opcode, 0x80 | size)) if size < 126 else bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
    return head + b"\0\0\0\0" + payload


@dataclass(slots=True)
class Subscriber:
    socket: socket.socket
    expects: int
    """Which of the order's subscriptions it is."""
    rest: bytes = b""
    heard: list[tuple[bytes, float]] = field(default_factory=list)
    closed: str = ""

    def read(self) -> int:
        """Take what is there; how many messages of the subscription it held."""
        size = self.socket.recv_into(_buffer)
        now = time.monotonic()
        if not size:
            self.closed = self.closed or "hung up"
            return 0
        chunk = self.rest + _buffer[:size] if self.rest else bytes(_buffer[:size])
        at, count = 0, 0
        while (found := _frame(chunk, at)) is not None:
            opcode, begin, at = found
            if opcode == TEXT:
                mark = chunk.find(MARK, begin, at)
                if mark >= 0:
                    self.heard.append((chunk[mark + 4 : mark + 4 + UUID_LENGTH], now))
                    count += 1
                elif b'"next"' in chunk[begin:at] or b'"error"' in chunk[begin:at]:
                    self.closed = chunk[begin:at].decode()[:300]
            elif opcode == PING:
                self.socket.sendall(masked(PONG, chunk[begin:at]))
            elif opcode == CLOSE:
                self.closed = repr(chunk[begin:at])
        self.rest = chunk[at:]
        return count


def _frame(chunk: bytes, at: int) -> tuple[int, int, int] | None:
    """Opcode, beginning and end of the payload of the frame at `at`; None when it isn't whole."""
    if len(chunk) < at + 2:
        return None
    size, begin = chunk[at + 1], at + 2
    if size == 126:
        begin = at + 4
        size = int.from_bytes(chunk[at + 2 : begin], "big")
    elif size == 127:
        begin = at + 10
        size = int.from_bytes(chunk[at + 2 : begin], "big")
    end = begin + size
    return (chunk[at] & 0xF, begin, end) if len(chunk) >= max(end, begin) else None


def subscribe(port: int, token: str, payload: dict[str, Any], number: int) -> Subscriber:
    made = socket.create_connection(("127.0.0.1", port), timeout=GIVE_UP_SECONDS)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = b64encode(bytes(16)).decode()
    made.sendall(_HANDSHAKE.format(port=port, key=key).encode())
    _until(made, b"\r\n\r\n", b" 101 ")
    said = {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}
    made.sendall(masked(TEXT, json.dumps(said).encode()))
    _until(made, b"connection_ack", b"")
    made.sendall(masked(TEXT, json.dumps({"id": "1", "type": "subscribe", "payload": payload}).encode()))
    return Subscriber(made, number)


def _until(made: socket.socket, mark: bytes, wanted: bytes) -> None:
    said = b""
    while mark not in said:
        chunk = made.recv(4096)
        if not chunk:
            raise ConnectionError(f"refused: {said[:300]!r}")
        said += chunk
    if wanted not in said:
        raise ConnectionError(f"refused: {said[:300]!r}")


class Crowd:
    def __init__(self, order: dict[str, Any]) -> None:
        self.poll = select.epoll()
        self.poll.register(sys.stdin, select.EPOLLIN)
        self.members: dict[int, Subscriber] = {}
        self.messages = 0
        tokens, asked = order["tokens"], order["subscriptions"]
        for number in range(order["count"]):
            payload = asked[number % len(asked)]
            one = subscribe(order["port"], tokens[number % len(tokens)], payload, number % len(asked))
            self.members[one.socket.fileno()] = one
            self.poll.register(one.socket, select.EPOLLIN)
            if number % PINGS_EVERY == 0:
                self.hear(0)

    def listen(self) -> None:
        """Until the input ends."""
        while True:
            if self.hear():
                line = sys.stdin.readline()
                if not line:
                    return
                print(json.dumps(self.answer(json.loads(line))), flush=True)

    def hear(self, timeout: float | None = None) -> bool:
        """Read what has come; True when something was asked."""
        asked = False
        for number, _ in self.poll.poll(timeout):
            if number == sys.stdin.fileno():
                asked = True
                continue
            one = self.members[number]
            self.messages += one.read()
            if one.closed:
                self.poll.unregister(number)
        return asked

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["ask"] == "heard":
            lost = next((one.closed for one in self.members.values() if one.closed), "")
            least = min(len(one.heard) for one in self.members.values())
            return {"messages": self.messages, "least": least, "lost": lost}
        if asked["ask"] == "forget":
            for one in self.members.values():
                one.heard.clear()
            self.messages = 0
            return {"client": time.process_time()}
        return {**account(list(self.members.values()), asked["events"]), "client": time.process_time()}


def account(members: list[Subscriber], events: list[dict[str, Any]]) -> dict[str, Any]:
    """What each event cost in time, and whether everybody heard what was meant for them, once and in order.

    An event names its transition, when it was committed, and the subscriptions it is meant for (null: all).
    """
    committed = {event["id"].encode(): event["at"] for event in events}
    meant: dict[int, list[bytes]] = {}
    for number in {one.expects for one in members}:
        meant[number] = [e["id"].encode() for e in events if e["for"] is None or number in e["for"]]
    latencies: list[float] = []
    expected = wrong = 0
    for one in members:
        heard = [id for id, _ in one.heard]
        expected += len(meant[one.expects])
        wrong += heard != meant[one.expects]
        latencies.extend(1000 * (at - committed[id]) for id, at in one.heard if id in committed)
    latencies.sort()
    at = len(latencies) - 1
    return {
        "expected": expected,
        "delivered": len(latencies),
        "wrong": wrong,
        "p50": latencies[at // 2] if latencies else 0.0,
        "p99": latencies[int(0.99 * at)] if latencies else 0.0,
        "worst": latencies[-1] if latencies else 0.0,
    }


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    crowd = Crowd(json.loads(Path(sys.argv[1]).read_text()))
    print(json.dumps({"ready": len(crowd.members)}), flush=True)
    crowd.listen()


if __name__ == "__main__":
    main()
