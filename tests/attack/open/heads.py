"""Heads, addresses, chunks and trailers that are far too large: before anybody has said who they are."""

from collections.abc import Iterator

from tests.attack.attacks import attack
from tests.attack.ledger import CLOSED, Ledger, Right
from tests.attack.talking import exchange, together
from tests.attack.target import Target
from tests.attack.wire import request
from tests.hunts import size

MEGABYTES = size(1, whole=40)
BUFFERED = 12_000_000  # bytes: what the system takes in for a server that has stopped to read is less
PIECE = b"a" * 65_536
START = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


async def stream(
    target: Target, ledger: Ledger, opening: bytes, piece: bytes = PIECE, number: int | None = None
) -> None:
    """The opening and then one piece again and again, as far as the server takes it; it has to say no."""
    line = await target.line()
    ledger.sent += 1
    taken = 0
    try:
        if await line.send(opening):
            for _ in range(number or MEGABYTES * 16):
                if not await line.send(piece):
                    break
                taken += len(piece)
        else:
            taken = 0
        answer = await line.answer(within=1.0)
    finally:
        line.close()
    ledger.statuses[str(answer.status) if answer else "none"] += 1
    if answer is not None and answer.status not in ledger.right.statuses:
        ledger.faults[f"status {answer.status}"] += 1
    if taken > BUFFERED:
        ledger.faults[f"took in {taken // 1_000_000} MB"] += 1


@attack("bytes", "one header of many megabytes", CLOSED)
async def one_header(target: Target, ledger: Ledger) -> None:
    await together(3, lambda _: stream(target, ledger, START + b"X-One: "))


@attack("bytes", "an address of many megabytes", CLOSED)
async def address(target: Target, ledger: Ledger) -> None:
    await together(3, lambda _: stream(target, ledger, b"GET /graphql?query="))


@attack("bytes", "heads a little too long", Right(statuses=frozenset({431})))
async def too_long_head(target: Target, ledger: Ledger) -> None:
    for extra in ([("X-One", "a" * 33_000)], [(f"X-{number}", "a" * 100) for number in range(330)]):
        await exchange(target, ledger, [request("/healthz", extra, method="GET")])


@attack("bytes", "addresses a little too long", Right(statuses=frozenset({414})))
async def too_long_address(target: Target, ledger: Ledger) -> None:
    for path in ("/healthz?" + "a" * 9_000, "/" + "graphql/" * 1_200):
        await exchange(target, ledger, [request(path, method="GET")])


@attack("bytes", "the name of a header, many megabytes long", CLOSED)
async def header_name(target: Target, ledger: Ledger) -> None:
    await together(2, lambda _: stream(target, ledger, START))


@attack("bytes", "headers by the hundred thousand", CLOSED)
async def many_headers(target: Target, ledger: Ledger) -> None:
    lines = b"".join(b"X-%d: %d\r\n" % (number, number) for number in range(4_000))
    await together(2, lambda _: stream(target, ledger, START, lines, MEGABYTES * 10))


@attack("bytes", "a method of many megabytes", CLOSED)
async def method(target: Target, ledger: Ledger) -> None:
    await together(2, lambda _: stream(target, ledger, b"GET", b"G" * 65_536))


@attack("bytes", "a chunk's extension of many megabytes", CLOSED)
async def extension(target: Target, ledger: Ledger) -> None:
    await together(2, lambda _: stream(target, ledger, START + b"Transfer-Encoding: chunked\r\n\r\n5;x="))


@attack("bytes", "an extension on each of many chunks", CLOSED)
async def extensions(target: Target, ledger: Ledger) -> None:
    chunk = b"1;" + b"x" * 8_000 + b"\r\n{\r\n"
    await together(
        2, lambda _: stream(target, ledger, START + b"Transfer-Encoding: chunked\r\n\r\n", chunk, MEGABYTES * 120)
    )


@attack("bytes", "trailers of many megabytes", CLOSED)
async def trailers(target: Target, ledger: Ledger) -> None:
    opening = START + b"Transfer-Encoding: chunked\r\nTrailer: X-One\r\n\r\n2\r\n{}\r\n0\r\nX-One: "
    await together(2, lambda _: stream(target, ledger, opening))


@attack("bytes", "a body without an end", CLOSED)
async def endless_body(target: Target, ledger: Ledger) -> None:
    opening = START + b"Transfer-Encoding: chunked\r\n\r\n"
    await together(2, lambda _: stream(target, ledger, opening, b"10000\r\n" + PIECE + b"\r\n"))


@attack("bytes", "lengths that no body has", CLOSED)
async def lengths(target: Target, ledger: Ledger) -> None:
    for length in _lengths():
        await exchange(target, ledger, [START + b"Content-Length: " + length + b"\r\n\r\n{}"], patience=2.0)


def _lengths() -> Iterator[bytes]:
    yield from (b"99999999999", b"18446744073709551616", b"-1", b"1e3", b"0x10", b"+2", b"2 2", b"", b"9" * 5_000)
