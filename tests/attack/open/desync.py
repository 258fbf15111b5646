"""Bytes that two readers of HTTP may read as different requests: one request, one answer, or the end."""

from tests.attack.attacks import attack
from tests.attack.ledger import CLOSED, Ledger
from tests.attack.talking import exchanges
from tests.attack.target import Target
from tests.attack.wire import request

HIDDEN = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
ASK = b'{"query": "{ viewer { user { name } } }"}'
JSON = ("Content-Type", "application/json")


def _head(*lines: str, first: str = "POST /graphql HTTP/1.1") -> bytes:
    own = [first, "Host: 127.0.0.1", "Content-Type: application/json", *lines]
    return "\r\n".join([*own, "", ""]).encode("latin-1")


@attack("bytes", "an upgrade to h2c with a body in a second packet", CLOSED)
async def upgrade(target: Target, ledger: Ledger) -> None:
    names = ("h2c", "HTTP/2.0", "TLS/1.0", "foo/2", "h2c, websocket")
    heads = [request(headers=[JSON, ("Connection", "Upgrade"), ("Upgrade", n)], length=len(HIDDEN)) for n in names]
    await exchanges(target, ledger, [[head, HIDDEN] for head in heads] + [[head + HIDDEN] for head in heads])


@attack("bytes", "a length and chunks", CLOSED)
async def length_and_chunks(target: Target, ledger: Ledger) -> None:
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(ASK), ASK)
    both = _head(f"Content-Length: {len(chunked) + len(HIDDEN)}", "Transfer-Encoding: chunked")
    other = _head("Transfer-Encoding: chunked", "Content-Length: 4")
    await exchanges(target, ledger, [[both, chunked + HIDDEN], [other + chunked + HIDDEN]])


@attack("bytes", "two lengths", CLOSED)
async def two_lengths(target: Target, ledger: Ledger) -> None:
    long = len(HIDDEN)
    pairs = [(0, long), (long, 0), (len(ASK), len(ASK) + long)]
    heads = [_head(f"Content-Length: {one}", f"Content-Length: {other}") for one, other in pairs]
    listed = [_head(f"Content-Length: {one}, {other}") for one, other in pairs]
    await exchanges(target, ledger, [[head, HIDDEN] for head in heads + listed])


@attack("bytes", "codings that are not quite chunked", CLOSED)
async def codings(target: Target, ledger: Ledger) -> None:
    names = (
        "xchunked",
        "identity",
        "chunked, identity",
        "gzip, chunked",
        "chunked, chunked",
        "chunked\t",
        "chu\x00nked",
    )
    heads = [_head(f"Transfer-Encoding: {name}", f"Content-Length: {len(HIDDEN)}") for name in names]
    alone = [_head(f"Transfer-Encoding: {name}") for name in names if name.strip() != "chunked"]
    await exchanges(target, ledger, [[head, b"0\r\n\r\n" + HIDDEN] for head in heads + alone])


@attack("bytes", "header lines that are folded", CLOSED)
async def folded(target: Target, ledger: Ledger) -> None:
    heads = [
        _head("Transfer-Encoding:\r\n chunked"),
        _head("X-One: 1\r\n Content-Length: 5", "Content-Length: 0"),
        _head("Content-Length:\r\n\t" + str(len(HIDDEN))),
    ]
    await exchanges(target, ledger, [[head, b"0\r\n\r\n" + HIDDEN] for head in heads])


@attack("bytes", "line ends and spaces that are none", CLOSED)
async def line_ends(target: Target, ledger: Ledger) -> None:
    long = len(HIDDEN)
    whole = [
        b"POST /graphql HTTP/1.1\nHost: 127.0.0.1\nContent-Length: %d\n\n" % long,
        _head(f"Content-Length : {long}"),
        _head(f"X: 1\nContent-Length: {long}"),
        _head(f"X: 1\rContent-Length: {long}"),
        _head(f" Content-Length: {long}"),
        _head(f"X: a\x00b\r\nContent-Length: {long}"),
    ]
    await exchanges(target, ledger, [[head, HIDDEN] for head in whole])


@attack("bytes", "hosts that are missing, double, or in the target", CLOSED)
async def hosts(target: Target, ledger: Ledger) -> None:
    heads = [
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET http://elsewhere.example/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /graphql/ HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a@b:99999/\r\n\r\n",
    ]
    await exchanges(target, ledger, [[head] for head in heads])


@attack("bytes", "expectations without a body", CLOSED, slow=True)
async def expectations(target: Target, ledger: Ledger) -> None:
    heads = [_head("Expect: 100-continue", "Content-Length: 400"), _head("Expect: the-moon", "Content-Length: 4")]
    await exchanges(target, ledger, [[head] for head in heads * 10])


@attack("bytes", "other protocols on the port", CLOSED)
async def protocols(target: Target, ledger: Ledger) -> None:
    hello = bytes.fromhex("16030100f8010000f40303") + bytes(240)
    openings = [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000012040000000000") + bytes(18),
        hello,
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"\x00" * 5_000,
        b"EHLO example.org\r\nMAIL FROM:<a@b>\r\n",
        b"*1\r\n$4\r\nPING\r\n",
        b"GET /healthz\r\n\r\n",
        b"\xff\xfb\x01" * 500,
    ]
    await exchanges(target, ledger, [[opening + b"\r\n\r\n"] for opening in openings])
