"""WebSockets and event streams: begun and left, flooded, never read."""

import asyncio
import json

from tests.attack.attacks import attack
from tests.attack.flooding import flood, sockets
from tests.attack.frames import CONTINUATION, PING, TEXT, Socket, frame, handshake, subscribe, text
from tests.attack.ledger import CLOSED, Ledger
from tests.attack.talking import all_closed, together
from tests.attack.target import Target
from tests.attack.wire import Line, json_headers, request
from tests.hunts import size

CHANGES = "subscription { opportunityStageChanged { cursor opportunity { name } } }"
TYPES = "{ __schema { types { name description fields { name description } } } }"
INIT_SECONDS = 35.0  # ten until `connection_init`, and as long as a client may take to answer the end


@attack("sockets", "sockets that never begin", CLOSED, limit=120, slow=True)
async def never_begun(target: Target, ledger: Ledger) -> None:
    async with sockets(target, ledger, size(25, whole=300), ready=False) as opened:
        left = await all_closed([one.line for one in opened], INIT_SECONDS)
        ledger.held(f"sockets open without a beginning after {INIT_SECONDS:g} s", left)


@attack("sockets", "half a handshake", CLOSED, limit=120, slow=True)
async def half_a_handshake(target: Target, ledger: Ledger) -> None:
    lines: list[Line] = []
    for _ in range(size(10, whole=100)):
        lines.append(await target.line())
        await lines[-1].send(handshake()[:-2])
        ledger.sent += 1
    ledger.held(f"half handshakes open after {INIT_SECONDS:g} s", await all_closed(lines, INIT_SECONDS))


@attack("sockets", "handshakes that are wrong", CLOSED)
async def wrong_handshakes(target: Target, ledger: Ledger) -> None:
    extras = [
        [("Sec-WebSocket-Version", "7")],
        [("Sec-WebSocket-Key", "short")],
        [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=99")],
        [("Sec-WebSocket-Extensions", ", ".join(["x-a; b=c"] * 1_000))],
        [("Sec-WebSocket-Protocol", ", ".join(f"p{number}" for number in range(2_000)))],
        [("Content-Length", "30")],
        [("Transfer-Encoding", "chunked")],
        [("Host", "other.example")],
    ]
    for extra in extras:
        one = await Socket.open(target, extra, patience=3)
        ledger.sent += 1
        ledger.statuses[str(one) if isinstance(one, int) else "101"] += 1
        if one == 500:
            ledger.faults["status 500"] += 1
        if isinstance(one, Socket):
            one.close()


@attack("sockets", "a flood of beginnings", CLOSED)
async def beginnings(target: Target, ledger: Ledger) -> None:
    again = text({"type": "connection_init", "payload": {"Authorization": "Bearer " + "x" * 500}})
    await flood(target, ledger, size(100, whole=20_000), lambda _: again)


@attack("sockets", "a flood of messages", CLOSED)
async def messages(target: Target, ledger: Ledger) -> None:
    ping = text({"type": "ping", "payload": {"a": "b"}})
    await flood(target, ledger, size(100, whole=50_000), lambda _: ping)


@attack("sockets", "a flood of subscriptions that are wrong", CLOSED)
async def wrong_subscriptions(target: Target, ledger: Ledger) -> None:
    wrong = (
        "subscription { " + " ".join(f"opportunityStageChange{number}" for number in range(size(20, whole=400))) + "}"
    )
    await flood(target, ledger, size(50, whole=2_000), lambda number: subscribe(f"w{number}", wrong))


@attack("sockets", "a flood of queries with wrong variables", CLOSED)
async def wrong_variables(target: Target, ledger: Ledger) -> None:
    document = "query($i: OpportunityFilter) { opportunities(filter: $i) { totalCount } }"
    keys = {f"k{number}": 1 for number in range(size(50, whole=4_000))}
    await flood(target, ledger, size(50, whole=300), lambda number: subscribe(f"v{number}", document, {"i": keys}))


@attack("sockets", "subscriptions begun and ended", CLOSED)
async def begun_and_ended(target: Target, ledger: Ledger) -> None:
    await flood(
        target,
        ledger,
        size(50, whole=3_000),
        lambda number: subscribe(f"b{number}", CHANGES) + text({"type": "complete", "id": f"b{number}"}),
    )


@attack("sockets", "junk, and JSON a hundred thousand deep", CLOSED)
async def junk(target: Target, ledger: Ledger) -> None:
    depth = size(500, whole=100_000)
    pieces = [
        b"[" * depth,
        b'{"type":' * depth,
        b"\xff\xfe",
        b"{}",
        b"null",
        b'{"type": 1}',
        b'{"type": "subscribe", "id": 7}',
    ]
    pieces += [b'{"type": "subscribe", "id": "1", "payload": []}', b'{"type": "next", "id": "' + b"x" * depth + b'"}']
    for piece in pieces:
        await flood(target, ledger, 50, lambda _, piece=piece: text(piece), at_once=1)  # type: ignore[misc]


@attack("sockets", "control frames by the hundred thousand", CLOSED)
async def control_frames(target: Target, ledger: Ledger) -> None:
    await flood(target, ledger, size(100, whole=100_000), lambda _: frame(PING, b"x" * 100))


@attack("sockets", "a message in a hundred thousand fragments", CLOSED)
async def fragments(target: Target, ledger: Ledger) -> None:
    def piece(number: int) -> bytes:
        return frame(CONTINUATION if number else TEXT, b"a", final=False)

    await flood(target, ledger, size(100, whole=100_000), piece)


@attack("sockets", "a message of fifty megabytes", CLOSED)
async def huge_message(target: Target, ledger: Ledger) -> None:
    def piece(number: int) -> bytes:
        return frame(CONTINUATION if number else TEXT, b"a" * 20_000, final=False)

    await flood(target, ledger, size(100, whole=2_500), piece)


@attack("sockets", "queries over sockets that nobody reads", CLOSED)
async def unread_queries(target: Target, ledger: Ledger) -> None:
    async with sockets(target, ledger, size(2, whole=25), buffer=4_096) as opened:
        for one in opened:
            ledger.sent += 50
            one.line.writer.write(b"".join(subscribe(f"u{number}", TYPES) for number in range(size(5, whole=50))))
        await asyncio.sleep(size(0, whole=10))  # what the server keeps for them meanwhile is weighed


@attack("sockets", "event streams that nobody reads", CLOSED, limit=120)
async def unread_streams(target: Target, ledger: Ledger) -> None:
    body = json.dumps({"query": CHANGES}).encode()
    lines = []
    for _ in range(size(5, whole=300)):
        headers = dict(json_headers(target.token("anyone"))) | {"Accept": "text/event-stream"}
        lines.append(await target.line(buffer=4_096))
        await lines[-1].send(request(headers=headers.items(), body=body))
        ledger.sent += 1
    await asyncio.sleep(size(0, whole=10))  # likewise
    for line in lines:
        line.close()


@attack("sockets", "event streams begun and left", CLOSED)
async def left_streams(target: Target, ledger: Ledger) -> None:
    body = json.dumps({"query": CHANGES}).encode()

    async def leave(_: int) -> None:
        for _ in range(size(3, whole=100)):
            headers = dict(json_headers(target.token("anyone"))) | {"Accept": "text/event-stream"}
            line = await target.line()
            await line.send(request(headers=headers.items(), body=body))
            ledger.sent += 1
            line.close()

    await together(8, leave)
