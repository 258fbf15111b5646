"""WebSockets: `graphql-transport-ws`, with a token in `connection_init` or in the handshake's header.

A connection has one task, which reads. An operation has one while it runs or is told of the past; a subscription that
has caught up has none: what happens is written to the connection by the fan-out.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from typing import Any

import orjson
import structlog
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from app.breath import breath
from app.database.failures import MAYBE_UNREACHABLE
from app.database.incidents import met
from app.identity.tokens import TokenVerifier
from app.settings import Settings
from app.web.answers import Refusal
from app.web.authentication import Ended, Session, authenticate
from app.web.frames import Frames, frame
from app.web.messages import fault
from app.web.operations import SocketOperation
from app.web.origins import Origins
from app.web.requests import address_of, bearer
from app.web.sessions import Sessions, TooManyConnections, Watch
from app.web.trusted import TrustedDocuments
from app.web.wire import wire_of
from schema.engine.serve.engine import Engine
from schema.masking import UNAVAILABLE

log = structlog.get_logger(__name__)

INIT_TIMEOUT = timedelta(seconds=10)

MOST_BEFORE_ACK = 20
"""Messages of somebody whom nobody knows yet."""

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TRY_LATER = 4400, 4401, 4403, 1013
"""`graphql-ws` gives up after the first two, asks for a new token and connects again after the third, and connects
again later after the fourth. So 4403 stands for a token that has ended, and 4401 for a user who was deactivated.
"""
RESTARTING = 1012
"""After which `graphql-ws` connects again, and subscribes to all that it had."""
NO_PROTOCOL, INIT_TIMED_OUT, ID_IN_USE, INIT_TWICE = 4406, 4408, 4409, 4429

LONGEST_REASON = 123


class Sockets:
    def __init__(
        self,
        engine: Engine,
        verifier: TokenVerifier,
        sessions: Sessions,
        trusted: TrustedDocuments,
        settings: Settings,
        *,
        init: timedelta,
    ) -> None:
        self.engine = engine
        self.verifier = verifier
        self.sessions = sessions
        self.trusted = trusted
        self.init = init
        self.operations = settings.max_operations_per_connection
        self.frames = Frames()
        self._tasks: set[asyncio.Task[None]] = set()
        self._origins = Origins(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # that somebody wants to connect
        headers = Headers(scope=scope)
        if not self._origins.may_connect(headers.get("origin"), headers.get("host")):
            log.warning("origin refused", origin=headers.get("origin"), host=headers.get("host"))
            await send({"type": "websocket.close", "code": 1008})
            return
        known = GRAPHQL_TRANSPORT_WS_PROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": GRAPHQL_TRANSPORT_WS_PROTOCOL if known else None})
        if not known:
            await send({"type": "websocket.close", "code": NO_PROTOCOL, "reason": "Subprotocol not acceptable"})
            return
        await SocketConnection(self, scope, send, headers.get("authorization")).serve(receive)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Without waiting for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class SocketConnection:
    """One client. `session` is None until `connection_init` has been answered."""

    __slots__ = (
        "_acquainted",
        "_address",
        "_closed",
        "_header",
        "_heard",
        "_init",
        "_send",
        "_watch",
        "operations",
        "request_id",
        "session",
        "sockets",
        "wire",
    )  # fmt: skip

    def __init__(self, sockets: Sockets, scope: Scope, send: Send, header: str | None) -> None:
        self.sockets = sockets
        self.wire = wire_of(scope)
        self.request_id: str = scope["state"]["request_id"]
        self.operations: dict[str, SocketOperation] = {}
        self.session: Session | None = None
        self._send = send
        self._header = header
        self._address = address_of(scope)
        self._acquainted = False
        self._heard = 0
        self._closed = False
        self._watch: Watch | None = None
        self._init: asyncio.TimerHandle | None = None

    async def serve(self, receive: Receive) -> None:
        """Returns when the connection has ended, with nothing left behind."""
        loop = asyncio.get_running_loop()
        seconds = self.sockets.init.total_seconds()
        self._init = loop.call_later(seconds, self.close_soon, INIT_TIMED_OUT, "Connection initialisation timeout")
        self.wire.on_room = self._flush
        slices = breath()
        try:
            while not self._closed and (message := await receive())["type"] == "websocket.receive":
                await self._hear(message.get("text"))
                await slices.take()  # thousands of small ones may have come at once
        finally:
            self._init.cancel()
            self._closed = True
            if self._watch is not None:
                self.sockets.sessions.forget(self._watch)
            await self._end_operations()

    async def send(self, message: Mapping[str, object]) -> None:
        """Waits while the client doesn't read. Nothing is sent once the connection has ended."""
        await self.wire.room()
        self.wire.write(frame(orjson.dumps(message, default=str)))

    async def close(self, code: int, reason: str) -> None:
        if self._closed:
            return
        self._closed = True
        short = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        try:
            await self._send({"type": "websocket.close", "code": code, "reason": short})
        except OSError:
            log.debug("client disconnected before it was sent an error", code=code)

    def close_soon(self, code: int, reason: str) -> None:
        self.sockets.begin(self.close(code, reason))

    def restart(self) -> None:
        """The server stops: the client is to come back to the next one."""
        if not self._closed:
            self.close_soon(RESTARTING, "The server restarts; connect again")

    def _flush(self) -> None:
        """The client reads again."""
        for operation in tuple(self.operations.values()):
            operation.flush()

    async def _end_operations(self) -> None:
        tasks = [task for operation in self.operations.values() if (task := operation.stop()) is not None]
        self.operations.clear()
        if tasks:
            await asyncio.wait(tasks)

    async def _hear(self, text: str | None) -> None:
        if text is None:
            await self.close(BAD_REQUEST, "WebSocket message type must be text")
            return
        if self.session is None:
            self._heard += 1
            if self._heard > MOST_BEFORE_ACK:
                await self.close(BAD_REQUEST, "Too many messages before connection_ack")
                return
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            await self.close(BAD_REQUEST, "WebSocket message must be valid JSON")
            return
        wrong = fault(message)
        if wrong is not None:
            await self.close(BAD_REQUEST, wrong)
            return
        match message["type"]:
            case "connection_init":
                await self._acquaint(message.get("payload") or {})
            case "subscribe":
                await self._subscribe(message["id"], message["payload"])
            case "complete":
                self._complete(message["id"])
            case "ping":
                await self.send({"type": "pong"})

    async def _acquaint(self, said: Mapping[str, Any]) -> None:
        if self._acquainted:
            await self.close(INIT_TWICE, "Too many initialisation requests")
            return
        self._acquainted = True
        assert self._init is not None
        self._init.cancel()
        try:
            session = await authenticate(self.sockets.verifier, _token(said, self._header), self._address)
        except Refusal as refused:
            if refused.status == 503:
                await self.close(TRY_LATER, refused.message)
            else:
                await self.close(FORBIDDEN, refused.message)
            return
        except MAYBE_UNREACHABLE as error:
            message, _ = UNAVAILABLE[met(error, by="signing in")]
            await self.close(TRY_LATER, message)
            return
        self._header = None
        try:
            self._watch = self.sockets.sessions.watch(session, self._over)
        except TooManyConnections as refused:
            await self.close(TRY_LATER, str(refused))
            return
        self.session = session
        await self.send({"type": "connection_ack"})

    def _over(self, ended: Ended) -> None:
        self.close_soon(FORBIDDEN if ended.expired else UNAUTHORIZED, str(ended))

    async def _subscribe(self, id: str, asked: Mapping[str, Any]) -> None:
        if self.session is None:
            await self.close(UNAUTHORIZED, "Unauthorized")
        elif id in self.operations:
            await self.close(ID_IN_USE, f"Subscriber for {id} already exists")
        elif len(self.operations) >= self.sockets.operations:
            text = f"At most {self.sockets.operations} operations run at once over a connection; complete one first."
            extensions = {"code": "TOO_MANY_OPERATIONS", "requestId": self.request_id}
            await self.send({"id": id, "type": "error", "payload": [{"message": text, "extensions": extensions}]})
        else:
            operation = self.operations[id] = SocketOperation(self, id)
            operation.task = asyncio.create_task(operation.run(self.session.viewer, asked))

    def _complete(self, id: str) -> None:
        operation = self.operations.pop(id, None)
        if operation is not None:
            operation.stop()


def _token(said: Mapping[str, Any], header: str | None) -> str | None:
    named = {str(name).lower(): value for name, value in said.items()}
    given = named.get("authorization") or named.get("token")
    if not isinstance(given, str):
        return bearer(header)
    return bearer(given) or given
