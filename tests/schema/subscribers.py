"""Clients of subscriptions as a frontend would write them: a WebSocket of its own, or a stream of server-sent events.

Both give the payloads of `next` messages and end at `complete`. Leaving the block cuts the line without a goodbye.
A `sip` is the size in bytes of the system's buffer for what comes in: with a small one, a client that is not iterated
soon takes nothing more from the line.
"""

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.waiting import PATIENCE

Payload = dict[str, Any]


class Refused(Exception):
    """The server answered with an `error` message: the operation never began."""

    def __init__(self, errors: list[Payload]) -> None:
        super().__init__(json.dumps(errors))
        self.errors = errors


class Line(Protocol):
    def __call__(
        self, server: str, token: str, query: str, variables: Mapping[str, object], sip: int | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[Payload]]: ...


@asynccontextmanager
async def over_websocket(
    server: str, token: str, query: str, variables: Mapping[str, object], sip: int | None = None
) -> AsyncIterator[AsyncIterator[Payload]]:
    """`server` as `http://127.0.0.1:8000`."""
    socket = await connect(
        server.replace("http", "ws", 1) + "/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        open_timeout=PATIENCE,
        compression=None,
        max_size=None,
        max_queue=1 if sip else 16,
        sock=await _connected(server, sip) if sip else None,
    )
    try:
        await _say(socket, type="connection_init", payload={"Authorization": f"Bearer {token}"})
        greeting = await _hear(socket)
        assert greeting["type"] == "connection_ack", greeting
        await _say(socket, type="subscribe", id="1", payload={"query": query, "variables": dict(variables)})
        yield _next_payloads(socket)
    finally:
        socket.transport.abort()
        await socket.wait_closed()


async def _connected(server: str, sip: int) -> sockets.socket:
    where = urlsplit(server)
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, sip)  # it counts only before the connection is made
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, (where.hostname, where.port))
    return raw


async def _next_payloads(socket: ClientConnection) -> AsyncIterator[Payload]:
    while True:
        message = await _hear(socket)
        match message["type"]:
            case "next":
                yield message["payload"]
            case "complete":
                return
            case "error":
                raise Refused(message["payload"])
            case "ping":
                await _say(socket, type="pong")


async def _say(socket: ClientConnection, **message: object) -> None:
    await socket.send(json.dumps(message))


async def _hear(socket: ClientConnection) -> Payload:
    message: Payload = json.loads(await socket.recv(decode=True))
    return message


@asynccontextmanager
async def over_sse(
    server: str, token: str, query: str, variables: Mapping[str, object], sip: int | None = None
) -> AsyncIterator[AsyncIterator[Payload]]:
    """GraphQL over server-sent events, a distinct connection for each operation."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    body = {"query": query, "variables": dict(variables)}
    options = [(sockets.SOL_SOCKET, sockets.SO_RCVBUF, sip)] if sip else None
    transport = httpx.AsyncHTTPTransport(trust_env=False, socket_options=options)
    async with (
        httpx.AsyncClient(timeout=PATIENCE, trust_env=False, transport=transport) as client,
        client.stream("POST", f"{server}/graphql", json=body, headers=headers) as response,
    ):
        if response.status_code != 200 or not response.headers["content-type"].startswith("text/event-stream"):
            raise Refused([{"status": response.status_code, "body": (await response.aread()).decode()}])
        yield _sse_payloads(response)


async def _sse_payloads(response: httpx.Response) -> AsyncIterator[Payload]:
    event, data = "", ""
    async for line in response.aiter_lines():
        if line.startswith("event:"):
            event = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            data = line.removeprefix("data:").strip()
        elif not line:
            if event == "next":
                yield json.loads(data)
            elif event == "complete":
                return
            event = data = ""
