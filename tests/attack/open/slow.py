"""Connections that say little, slowly or nothing, and crowds of them: the server has to end them."""

import asyncio
import time

from tests.attack.attacks import attack
from tests.attack.ledger import CLOSED, Ledger
from tests.attack.talking import all_closed, crowd, drip, exchange
from tests.attack.target import Target
from tests.attack.wire import json_headers, request
from tests.hunts import size

HEAD = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
ASK = b'{"query": "{ viewer { user { name } } }"}'
HEAD_SECONDS = 15.0  # ten for the head, and some for its end to arrive
BODY_SECONDS = 35.0  # no request over the deadline of operations, however slowly it is sent
CROWD = size(20, whole=300)


@attack("bytes", "silent connections", CLOSED, limit=120, slow=True)
async def silent(target: Target, ledger: Ledger) -> None:
    async with crowd(target, ledger, CROWD, addresses=10) as lines:
        ledger.held(f"silent connections open after {HEAD_SECONDS:g} s", await all_closed(lines, HEAD_SECONDS))


@attack("bytes", "half a head, then nothing", CLOSED, limit=120, slow=True)
async def half_a_head(target: Target, ledger: Ledger) -> None:
    async with crowd(target, ledger, CROWD, addresses=10) as lines:
        await asyncio.gather(*(line.send(HEAD[:40]) for line in lines))
        ledger.held(f"half heads open after {HEAD_SECONDS:g} s", await all_closed(lines, HEAD_SECONDS))


@attack("bytes", "heads of a letter a second", CLOSED, limit=120, slow=True)
async def slow_heads(target: Target, ledger: Ledger) -> None:
    async with crowd(target, ledger, CROWD, addresses=10) as lines:
        await asyncio.gather(*(line.send(HEAD + b"X-Slow: ") for line in lines))
        await drip(lines, lambda _: b"a", HEAD_SECONDS)
        ledger.held("slow heads open after 16 s", await all_closed(lines, 1.0))


@attack("bytes", "heads of a line a second", CLOSED, limit=120, slow=True)
async def slow_lines(target: Target, ledger: Ledger) -> None:
    async with crowd(target, ledger, CROWD, addresses=10) as lines:
        await asyncio.gather(*(line.send(HEAD) for line in lines))
        await drip(lines, lambda number: b"X-%d: a\r\n" % number, HEAD_SECONDS)
        ledger.held("slow heads open after 16 s", await all_closed(lines, 1.0))


@attack("bytes", "half a body, then nothing", CLOSED, limit=120, slow=True)
async def half_a_body(target: Target, ledger: Ledger) -> None:
    whole = request(headers=json_headers(target.token()), body=ASK, length=len(ASK) + 100)
    async with crowd(target, ledger, CROWD // 2, addresses=10) as lines:
        await asyncio.gather(*(line.send(whole) for line in lines))
        ledger.held(f"half bodies open after {BODY_SECONDS:g} s", await all_closed(lines, BODY_SECONDS))


@attack("bytes", "bodies of a letter a second", CLOSED, limit=120, slow=True)
async def slow_bodies(target: Target, ledger: Ledger) -> None:
    whole = request(headers=json_headers(None), body=b"{", length=900)
    async with crowd(target, ledger, CROWD // 2, addresses=10) as lines:
        await asyncio.gather(*(line.send(whole) for line in lines))
        await drip(lines, lambda _: b" ", BODY_SECONDS)
        ledger.held("slow bodies open after 36 s", await all_closed(lines, 1.0))


@attack("bytes", "a thousand connections from one address", CLOSED, limit=120)
async def one_address(target: Target, ledger: Ledger) -> None:
    async with crowd(target, ledger, size(50, whole=1_000)) as lines:
        await asyncio.gather(*(line.send(HEAD) for line in lines))


@attack("bytes", "two thousand connections from many addresses", CLOSED, limit=120)
async def many_addresses(target: Target, ledger: Ledger) -> None:
    async with crowd(target, ledger, size(50, whole=2_000), addresses=100) as lines:
        await asyncio.gather(*(line.send(HEAD) for line in lines))


@attack("bytes", "two thousand requests in one packet", CLOSED, limit=120)
async def pipelined(target: Target, ledger: Ledger) -> None:
    number = size(50, whole=2_000)
    one = request(headers=json_headers(None), body=ASK)
    began = time.monotonic()
    await exchange(target, ledger, [one * number], most=number)
    ledger.worst = max(ledger.worst, time.monotonic() - began)


@attack("bytes", "large answers that nobody reads", CLOSED, limit=120)
async def unread(target: Target, ledger: Ledger) -> None:
    body = b'{"query": "{ playbookTemplates { key name description stages { name definition } } }"}'
    one = request(headers=json_headers(target.token()), body=body)
    lines = [await target.line(buffer=4_096) for _ in range(size(3, whole=30))]
    for line in lines:
        ledger.sent += 1
        line.writer.write(one * size(5, whole=60))
    await asyncio.sleep(size(0, whole=8))  # what the server keeps for them meanwhile is weighed
    for line in lines:
        line.close()
