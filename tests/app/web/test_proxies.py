"""Behind a proxy that keeps its connections, nobody gets an answer to what somebody else has sent."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.messages import CHUNKED, HANDSHAKE, HIDDEN, LAST, REFUSED, SIZE, TAKEN, UPGRADES, post
from tests.proxies import KINDS, REQUIRED, proxy
from tests.raw import Outcome, Target, outcome_of, recording
from tests.waiting import PATIENCE

VICTIMS = 10


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[Target]:
    async with recording(tmp_path, keep_alive_seconds=75) as target:
        yield target


async def send(socket: Path, sent: bytes) -> Outcome:
    """All that comes back until the proxy closes: for a request without an end it does so after two seconds."""
    reader, writer = await asyncio.open_unix_connection(str(socket))
    writer.write(sent)
    read = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            while part := await reader.read(65_536):
                read += part
    except ConnectionResetError:
        pass
    writer.close()
    return outcome_of(_plain(bytes(read)))


def _plain(read: bytes) -> bytes:
    """Answers of the proxy's own have other forms; where there is no length only the first one's status counts."""
    return read if b"\r\n\r\n" not in read or b"ontent-length: " in read.lower() else b""


async def victim(socket: Path, name: str) -> str:
    """What somebody else is answered, over a connection of its own to the proxy."""
    sent = f"GET /victim HTTP/1.1\r\nHost: a\r\nX-Id: {name}\r\nConnection: close\r\n\r\n".encode()
    reader, writer = await asyncio.open_unix_connection(str(socket))
    writer.write(sent)
    async with asyncio.timeout(PATIENCE):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 200 "), (name, head)
    said = json.loads(body)
    assert said["ran"] == "GET /victim", name
    return str(said["id"])


UNCLEAR = {
    **{name: sent for name, (_, sent) in REFUSED.items()},
    **{f"upgrade to {name.decode()}": post(b"Connection: Upgrade", b"Upgrade: " + name, SIZE) for name in UPGRADES},
    **{
        f"upgrade to {name.decode()}, chunked": post(
            b"Connection: Upgrade", b"Upgrade: " + name, b"Transfer-Encoding: chunked"
        )
        + b"%x\r\n" % len(HIDDEN)
        for name in UPGRADES
    },
    "a connection's option": post(b"Connection: Content-Length", SIZE),
    "a coding as the connection's option": post(b"Connection: Transfer-Encoding", b"Transfer-Encoding: chunked"),
    "an expectation": post(b"Expect: 100-continue", SIZE),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_unclear_touches_nobody_else(target: Target, kind: str) -> None:
    async with proxy(kind, target.address) as socket:
        names = sorted(UNCLEAR)
        for some in (names[at : at + 10] for at in range(0, len(names), 10)):
            await asyncio.gather(*(send(socket, UNCLEAR[name] + HIDDEN + LAST) for name in some))
            for number in range(VICTIMS):
                name = f"{number} after {', '.join(some)}"
                assert await victim(socket, name) == name


@pytest.mark.parametrize("kind", KINDS)
async def test_what_the_server_is_sent_in_a_body_is_never_run(target: Target, kind: str) -> None:
    """Whatever the proxy makes of these, the hidden request is part of a body, and ends there."""
    inside = {
        "a length": post(SIZE) + HIDDEN,
        "a chunk": CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN),
        **{f"{name.decode()}": post(b"Connection: Upgrade", b"Upgrade: " + name, SIZE) + HIDDEN for name in UPGRADES},
    }
    async with proxy(kind, target.address) as socket:
        for name, sent in inside.items():
            await send(socket, sent + LAST)
            for number in range(VICTIMS):
                assert await victim(socket, f"{name} {number}") == f"{name} {number}"
    assert "GET /hidden" not in target.ran
    assert "POST /own" in target.ran


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_clear_goes_through(target: Target, kind: str) -> None:
    async with proxy(kind, target.address) as socket:
        for name in ("a length", "chunks", "nothing", "a request in the body", "a request in a chunk", "a trailer"):
            sent, body = TAKEN[name]
            outcome = await send(socket, sent.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\nConnection: close\r\n", 1))
            assert outcome.statuses == [200], name
            assert (target.ran.pop(), target.bodies.pop()) == ("POST /own", body), name
        reader, writer = await asyncio.open_unix_connection(str(socket))
        writer.write(HANDSHAKE)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        writer.write(b"\x81\x82\0\0\0\0hi")
        assert await reader.readexactly(4) == b"\x81\x02hi"
        writer.close()


def test_it_is_known_whether_the_proxies_have_to_be_there() -> None:
    assert os.environ.get(REQUIRED, "") in ("", "1")
