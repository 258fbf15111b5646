"""What a connection may take before anybody is known is bounded: bytes, time, and how many there are."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app import metrics
from app.web.gate import Gate
from tests.messages import CHUNKED, HANDSHAKE, get, post
from tests.raw import Outcome, Target, outcome_of, recording
from tests.waiting import PATIENCE

MEGABYTES = 30
PIECE = b"a" * 65_536


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[Target]:
    async with recording(tmp_path, max_body_bytes=100_000) as target:
        yield target


async def pour(target: Target, opening: bytes, piece: bytes = PIECE) -> tuple[Outcome, int]:
    """The opening and then the piece again and again; what is answered, and how many bytes were taken."""
    reader, writer = await asyncio.open_connection(*target.address)
    taken = 0
    try:
        writer.write(opening)
        while taken < MEGABYTES * 1_000_000:
            writer.write(piece)
            await writer.drain()
            taken += len(piece)
    except ConnectionError:
        pass
    read = bytearray()
    try:
        while part := await reader.read(65_536):
            read += part
    except ConnectionError:
        pass
    writer.close()
    return outcome_of(bytes(read)), taken


START = b"POST /own HTTP/1.1\r\nHost: a\r\n"
ENDLESS: dict[str, tuple[int, bytes, bytes]] = {
    "a header": (431, START + b"X: ", PIECE),
    "a header of spaces": (431, START + b"X:", b" " * 65_536),
    "the name of a header": (431, START, PIECE),
    "many headers": (431, START, b"X: 1\r\n" * 10_000),
    "a target": (414, b"GET /", PIECE),
    "a query": (414, b"GET /own?query=", PIECE),
    "a target elsewhere": (414, b"GET http://", PIECE),
    "a method": (400, b"GET", b"G" * 65_536),
    "a version": (400, b"GET / HTTP/1.1", b"1" * 65_536),
    "an extension": (400, CHUNKED + b"1;x=", PIECE),
    "many extensions": (400, CHUNKED, b"1;" + b"x" * 8_000 + b"\r\na\r\n"),
    "chunks of a byte": (400, CHUNKED, b"1\r\na\r\n" * 10_000),
    "the size of a chunk": (400, CHUNKED, b"0" * 65_536),
    "a trailer": (400, CHUNKED + b"1\r\na\r\n0\r\nX: ", PIECE),
    "many trailers": (400, CHUNKED + b"1\r\na\r\n0\r\n", b"X: 1\r\n" * 10_000),
    "a body": (413, CHUNKED, b"10000\r\n" + PIECE + b"\r\n"),
}


async def test_what_has_no_end_is_refused_and_not_kept(target: Target) -> None:
    """A tenth of it is more than what the system keeps of a connection on its way."""
    process = psutil.Process(os.getpid())
    before = process.memory_info().rss
    for name, (status, opening, piece) in ENDLESS.items():
        outcome, taken = await pour(target, opening, piece)
        assert outcome.statuses in ([status], []), name  # a client that goes on sending may lose the answer
        assert taken < MEGABYTES * 500_000, name
        assert set(target.bodies) <= {b"(gone)"}, name
    assert process.memory_info().rss - before < MEGABYTES * 1_000_000


async def test_the_bounds_are_exact(target: Target) -> None:
    for more, status in ((0, 200), (1, 431)):
        # Host, X: 32,768 bytes of names, values and their separators, and the target.
        fields = len(b"/own") + len(b"Connection: close\r\nHost: a\r\nContent-Length: 0\r\n")
        value = b"v" * (32_768 - fields - len(b"X: \r\n") + more)
        sent = post(b"Connection: close", b"Content-Length: 0", b"X: " + value)
        assert len(sent) > 32_768
        for cut in (len(sent), 8_192, 1_000):
            packets = [sent[at : at + cut] for at in range(0, len(sent), cut)]
            assert (await target.exchange(*packets)).statuses == [status], (more, cut)
    for size, status in ((8_192, 200), (8_193, 414)):
        sent = b"GET /%b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % (b"p" * (size - 1))
        assert (await target.exchange(sent)).statuses == [status]
        assert (await target.exchange(sent[:5_000], sent[5_000:])).statuses == [status]
    for number, status in ((98, 200), (99, 431)):
        lines = [b"X-%d: 1" % n for n in range(number)]
        assert (await target.exchange(get(b"GET /own HTTP/1.1", b"Connection: close", *lines))).statuses == [status]


@pytest.mark.parametrize("size", [8_100, 20_000])
async def test_a_handshake_with_a_long_line_is_refused(target: Target, size: int) -> None:
    sent = HANDSHAKE[:-2] + b"X: " + b"x" * size + b"\r\n\r\n"
    assert (await target.exchange(sent)).statuses == [431]


UNFINISHED = {
    "nothing": b"",
    "half a first line": b"GET /ow",
    "half a head": b"GET /own HTTP/1.1\r\nHost: a\r\nX: ",
    "blank lines": b"\r\n\r\n",
    "half a body": post(b"Content-Length: 5") + b"{",
    "half a chunk": CHUNKED + b"5\r\n{",
    "no chunk": CHUNKED,
    "no body": post(b"Content-Length: 5"),
    "no body of an upgrade": post(b"Connection: Upgrade", b"Upgrade: h2c", b"Content-Length: 5"),
    "half a head after a request": get(b"GET /own HTTP/1.1") + b"GET /own",
    "nothing after a request": get(b"GET /own HTTP/1.1"),
}


async def test_what_is_not_finished_ends(tmp_path: Path) -> None:
    """With times so short that nothing has to be waited for: what the server doesn't end would never end here."""
    short: dict[str, Any] = {"head_timeout_seconds": 0.3, "body_timeout_seconds": 0.3, "keep_alive_seconds": 0.3}
    async with recording(tmp_path, **short) as target:
        for name, sent in UNFINISHED.items():
            outcome = await target.exchange(sent)
            begun = 200 if "after a request" in name else None
            late = None if name in ("nothing", "blank lines", "nothing after a request") else 408
            assert outcome.statuses == [status for status in (begun, late) if status], name
        assert set(target.bodies) <= {b"(gone)", b""}


async def test_a_body_that_drips_ends_with_the_operation(tmp_path: Path) -> None:
    async with recording(tmp_path, operation_timeout_seconds=0.5) as target:
        reader, writer = await asyncio.open_connection(*target.address)
        writer.write(post(b"Content-Length: 90000"))

        answered = asyncio.Event()

        async def drip() -> None:
            while not answered.is_set():
                writer.write(b" ")
                await target.seen()

        dripping = asyncio.create_task(drip())
        async with asyncio.timeout(PATIENCE):
            assert (await reader.readline()).split()[1] == b"408"
        answered.set()
        await dripping
        writer.close()
    assert target.bodies == [b"(gone)"]


async def test_there_are_no_more_connections_than_may_be(tmp_path: Path) -> None:
    counted = metrics.refusals.labels("TOO_MANY_CONNECTIONS")
    before = counted._value.get()
    async with recording(tmp_path, max_connections_per_address=3) as target:
        held = [await asyncio.open_connection(*target.address) for _ in range(3)]
        for _, writer in held:
            writer.write(b"GET ")
        for _ in range(5):
            reader, writer = await asyncio.open_connection(*target.address)
            assert outcome_of(await reader.read()).statuses == [503]
            writer.close()
        assert counted._value.get() == before + 5
        _, gone = held.pop()
        gone.close()
        await gone.wait_closed()
        await target.left(2)
        assert (await target.exchange(get(b"GET /own HTTP/1.1", b"Connection: close"))).statuses == [200]
        for _, writer in held:
            writer.close()


async def test_a_socket_counts_until_it_is_closed(tmp_path: Path) -> None:
    async with recording(tmp_path, max_connections=2) as target:
        reader, writer = await target.socket()
        _, another = await asyncio.open_connection(*target.address)
        another.write(b"GET ")
        refused, third = await asyncio.open_connection(*target.address)
        assert outcome_of(await refused.read()).statuses == [503]
        third.close()
        writer.close()
        await target.left(1)
        another.close()
        assert await reader.read() == b""


def test_proxies_may_hold_any_number_and_a_network_counts_as_one() -> None:
    gate = Gate(8, 2, ("10.0.0.0/8", "2001:db8:1::/48"))
    places = [gate.enter(address) for address in ("10.1.1.1", "10.1.1.1", "10.1.1.1", "::ffff:10.1.1.1")]
    assert None not in places
    assert [gate.enter(f"2001:db8::{n}") is None for n in range(3)] == [False, False, True]
    assert [gate.enter("192.0.2.1") is None for _ in range(3)] == [False, False, True]
    assert gate.enter("") is None  # there are eight
    for place in places:
        assert place is not None
        gate.leave(place)
    assert gate.open == 4
    assert [gate.enter("") for _ in range(4)] == [""] * 4


async def test_a_client_that_does_not_read_is_cut_off(tmp_path: Path) -> None:
    async with recording(tmp_path, keep_alive_seconds=0.2, unread_seconds=0.5, send_buffer=4_096) as target:
        reader, writer = await asyncio.open_connection(*target.address, limit=1_024)
        writer.write(get(b"GET /large HTTP/1.1"))
        assert await reader.readexactly(10)
        await target.left(0)
        writer.close()
