"""A WebSocket can't be made to hold, answer or do without bounds, before or after anybody is known."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.models import User
from app.web.sockets import MOST_BEFORE_ACK
from app.web.websocket_wire import MOST_CONTROLS, MOST_FRAGMENTS, SLICE
from tests.messages import HANDSHAKE
from tests.raw import Target, recording
from tests.serving import Server
from tests.waiting import PATIENCE

CONTINUATION, TEXT, CLOSE, PING, PONG = 0, 1, 8, 9, 10
OF_OURS = HANDSHAKE.replace(b"/socket", b"/graphql").replace(
    b"\r\n\r\n", b"\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)


def frame(kind: int, payload: bytes = b"", *, final: bool = True) -> bytes:
    """Of a client: masked with zeros."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
    return bytes([(0x80 if final else 0) | kind]) + length + bytes(4) + payload


def frames_of(read: bytes) -> list[tuple[int, bytes]]:
    """Of the server."""
    found = []
    while len(read) >= 2:
        size, at = read[1], 2
        if size == 126:
            size, at = struct.unpack("!H", read[2:4])[0], 4
        found.append((read[0] & 15, read[at : at + size]))
        read = read[at + size :]
    return found


async def rest(reader: asyncio.StreamReader) -> list[tuple[int, bytes]]:
    read = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            while part := await reader.read(65_536):
                read += part
    except ConnectionError:
        pass
    return frames_of(bytes(read))


def code_of(closing: tuple[int, bytes]) -> int:
    kind, payload = closing
    assert kind == CLOSE
    return int(struct.unpack("!H", payload[:2])[0])


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[Target]:
    async with recording(tmp_path, max_body_bytes=50_000, body_timeout_seconds=5) as target:
        yield target


@pytest.mark.parametrize("kind", [PING, PONG])
async def test_pings_and_pongs_without_end_close_it(target: Target, kind: int) -> None:
    for apart in (False, True):
        reader, writer = await target.socket()
        reading = asyncio.create_task(rest(reader))
        for _ in range(10):
            writer.write(frame(kind, b"x" * 100) * (MOST_CONTROLS // 4))
            if apart:
                await target.seen()
        *pongs, closing = await reading
        assert code_of(closing) == 1008
        assert len(pongs) <= MOST_CONTROLS + SLICE // 106  # what is read at once is answered at once
        writer.close()


async def test_as_many_as_anybody_needs_are_answered(target: Target) -> None:
    reader, writer = await target.socket()
    writer.write(frame(PING, b"x") * MOST_CONTROLS + frame(TEXT, b"last"))
    *pongs, last = frames_of(await reader.readexactly(3 * MOST_CONTROLS + 6))
    assert pongs == [(PONG, b"x")] * MOST_CONTROLS
    assert last == (TEXT, b"last")
    writer.close()


@pytest.mark.parametrize("piece", [b"", b"a"])
async def test_a_message_of_too_many_fragments_closes_it(target: Target, piece: bytes) -> None:
    reader, writer = await target.socket()
    reading = asyncio.create_task(rest(reader))
    writer.write(frame(TEXT, piece, final=False) + frame(CONTINUATION, piece, final=False) * 20_000)
    assert code_of((await reading)[0]) == 1009
    writer.close()


async def test_a_message_of_many_fragments_is_one(target: Target) -> None:
    reader, writer = await target.socket()
    middle = frame(CONTINUATION, b"b", final=False) * (MOST_FRAGMENTS - 1)
    writer.write((frame(TEXT, b"a", final=False) + middle + frame(CONTINUATION, b"c")) * 2)
    both = frames_of(await reader.readexactly(2 * (4 + MOST_FRAGMENTS + 1)))
    assert both == [(TEXT, b"a" + b"b" * (MOST_FRAGMENTS - 1) + b"c")] * 2
    writer.close()


async def test_a_message_that_grows_too_large_closes_it(target: Target) -> None:
    reader, writer = await target.socket()
    reading = asyncio.create_task(rest(reader))
    writer.write(frame(TEXT, b"a" * 20_000, final=False) + frame(CONTINUATION, b"a" * 20_000, final=False) * 50)
    assert code_of((await reading)[0]) == 1009
    writer.close()


async def test_messages_that_come_together_are_taken_in_their_order(target: Target) -> None:
    reader, writer = await target.socket()
    sent = [b"%d" % number for number in range(5_000)]
    writer.write(b"".join(frame(TEXT, one) for one in sent))
    read = await reader.readexactly(sum(2 + len(one) for one in sent))
    assert frames_of(read) == [(TEXT, one) for one in sent]
    writer.close()


async def test_a_stranger_is_not_listened_to_for_long(server: Server) -> None:
    host, _, port = server.base_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(OF_OURS)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    writer.write(frame(TEXT, b'{"type": "ping"}') * 2_000)
    *pongs, closing = await rest(reader)
    assert len(pongs) == MOST_BEFORE_ACK
    assert code_of(closing) == 4400
    writer.close()


async def test_whoever_is_known_is(server: Server, seller: User) -> None:
    host, _, port = server.base_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(OF_OURS)
    await reader.readuntil(b"\r\n\r\n")
    init = {"type": "connection_init", "payload": {"token": server.token_for(seller)}}
    writer.write(frame(TEXT, json.dumps(init).encode()))
    assert frames_of(await reader.readexactly(len(b'..{"type":"connection_ack"}')))[0][0] == TEXT
    writer.write(frame(TEXT, b'{"type": "ping"}') * 200)
    pong = b'{"type":"pong"}'
    assert frames_of(await reader.readexactly(200 * (2 + len(pong)))) == [(TEXT, pong)] * 200
    writer.close()
