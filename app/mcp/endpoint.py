"""`/mcp`: the streamable HTTP transport of the Model Context Protocol, without sessions and without streams.

Every message is a POST of its own, with a token of its own, and is answered by JSON at once: nothing is told later, so
there is nothing to keep between two requests, and any of several workers may answer any of them.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from app import metrics
from app.database.failures import MAYBE_UNREACHABLE
from app.database.incidents import met
from app.identity.tokens import TokenVerifier
from app.mcp.asking import ASKING, Asking
from app.mcp.clients import client_of, session_for
from app.mcp.messages import INVALID_REQUEST, SERVER_ERROR, Message, NotAMessage, message_of, refusal
from app.settings import Settings
from app.web.answers import JSON, Refusal
from app.web.authentication import Session, authenticate, recognized
from app.web.origins import Origins
from app.web.preferences import qualities
from app.web.requests import Incoming, address_of, bearer, body_of, check_content, request_id_of
from app.web.wire import began_at, http_wire_of
from schema.engine.serve.budget import affordable, charge
from schema.engine.serve.engine import Engine
from schema.masking import UNAVAILABLE

if TYPE_CHECKING:
    from app.mcp.server import Served

COST = 20
"""Of a request, besides what its document costs: about what a millisecond of the database's does."""


class McpEndpoint:
    """`metadata`: the path at which the token's issuer is named (RFC 9728)."""

    def __init__(self, engine: Engine, settings: Settings, verifier: TokenVerifier, metadata: str) -> None:
        self._engine = engine
        self._settings = settings
        self._verifier = verifier
        self._metadata = metadata
        self._origins = Origins(settings)
        self._served: Served | None = None
        self._starting = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        incoming = Incoming(scope, receive)
        message: Message | None = None
        try:
            session = await self._admitted(incoming)
            check_content(incoming)
            _check_accept(incoming)
            body = await body_of(incoming, self._settings.max_body_bytes)
            message = message_of(body)
            await _pay(session, message)
        except Refusal as refused:
            metrics.refusals.labels(refused.code).inc()
            await self._refusal(incoming, refused, message)(scope, receive, send)
            return
        except NotAMessage as wrong:
            await refusal(400, wrong.code, wrong.message)(scope, receive, send)
            return
        client = client_of(
            message.method, message.params, incoming.header(b"mcp-session-id"), incoming.header(b"user-agent")
        )
        scope["state"][ASKING] = Asking(
            session.viewer, request_id_of(scope), client, began_at(scope), http_wire_of(scope)
        )
        served = self._served or await self._start()
        await served.handle(
            {**scope, "headers": _accepting(scope)}, _replayed(body, receive), _with_session(send, message, client)
        )

    async def _admitted(self, incoming: Incoming) -> Session:
        if incoming.method != "POST":
            message = "Send each message by POST: this server has no streams, and no sessions to end."
            raise Refusal(405, "METHOD_NOT_ALLOWED", message, {"Allow": "POST"})
        origin = incoming.header(b"origin") or None
        if not self._origins.may_connect(origin, incoming.header(b"host") or None):
            raise Refusal(403, "FORBIDDEN", "Pages of this origin may not call the API; see STAGEPATH_CORS_ORIGINS.")
        token = bearer(incoming.header(b"authorization"))
        try:
            return recognized(self._verifier, token) or await authenticate(
                self._verifier, token, address_of(incoming.scope)
            )
        except MAYBE_UNREACHABLE as error:
            message, wait = UNAVAILABLE[met(error, by="signing in")]
            raise Refusal(503, "UNAVAILABLE", message, {"Retry-After": str(wait)}) from None

    def _refusal(self, incoming: Incoming, refused: Refusal, message: Message | None) -> Response:
        headers = dict(refused.headers)
        if "WWW-Authenticate" in headers:
            base = base_of(self._settings, Request(incoming.scope))
            headers["WWW-Authenticate"] += f', resource_metadata="{base}{self._metadata}"'
        data = {"code": refused.code, "requestId": request_id_of(incoming.scope)}
        code = INVALID_REQUEST if refused.status < 500 and refused.status != 429 else SERVER_ERROR
        id = None if message is None else message.id
        return refusal(refused.status, code, refused.message, id=id, data=data, headers=headers)

    async def _start(self) -> "Served":
        """The SDK takes most of a second to be imported: beside the event loop, and not before somebody asks."""
        async with self._starting:
            if self._served is None:
                served = await asyncio.to_thread(self._load)
                await served.start()
                self._served = served
        return self._served

    def _load(self) -> "Served":
        logging.getLogger("mcp").setLevel(logging.ERROR)  # it warns of what clients do wrong
        served: Served = import_module("app.mcp.server").Served(self._engine)
        return served

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """What was started meanwhile ends with the block."""
        try:
            yield
        finally:
            served, self._served = self._served, None
            if served is not None:
                await served.stop()


def base_of(settings: Settings, request: Request) -> str:
    """The server's address as it is set, or else as the client calls it."""
    return str(settings.public_url or request.base_url).rstrip("/")


async def _pay(session: Session, message: Message) -> None:
    """Raises `Refusal` (429) where nothing is left, unless the engine is going to say so by itself."""
    viewer = session.viewer.user_id
    over = None if message.method == "tools/call" else await affordable(viewer, COST)
    if over is not None:
        wait = (over.extensions or {}).get("retryAfter", 1)
        raise Refusal(429, "RATE_LIMITED", over.message, {"Retry-After": str(wait)})
    await charge(viewer, COST)


def _check_accept(incoming: Incoming) -> None:
    """Raises `Refusal` (406) where answers may not come as JSON."""
    given = qualities(incoming.header(b"accept").strip() or "*/*")
    if not any(given.get(type_, 0) > 0 for type_ in (JSON, "application/*", "*/*")):
        raise Refusal(406, "NOT_ACCEPTABLE", f"Answers come as {JSON}: send `Accept: {JSON}, text/event-stream`.")


def _accepting(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers, with an `Accept` that the SDK takes: it has been checked, and it is stricter than the protocol."""
    others = [(name, value) for name, value in scope["headers"] if name != b"accept"]
    return [*others, (b"accept", b"application/json, text/event-stream")]


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: deque[AsgiMessage] = deque([{"type": "http.request", "body": body, "more_body": False}])

    async def next_message() -> AsgiMessage:
        return waiting.popleft() if waiting else await receive()

    return next_message


def _with_session(send: Send, message: Message, client: str) -> Send:
    """The answer to `initialize` tells the client the id that it is known again by."""
    if message.method != "initialize":
        return send

    async def answer(part: dict[str, Any]) -> None:
        if part["type"] == "http.response.start" and part["status"] == 200:
            part["headers"] = [*part.get("headers", ()), (b"mcp-session-id", session_for(client).encode())]
        await send(part)

    return answer  # type: ignore[return-value]
