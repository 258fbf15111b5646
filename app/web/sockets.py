"""WebSockets: `graphql-transport-ws`, with a token in `connection_init` or in the handshake's header."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter as Adapter
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.schema import BaseSchema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import SubscribeMessage
from strawberry.types.unset import UNSET, UnsetType

from app.database.failures import MAYBE_UNREACHABLE
from app.identity.tokens import TokenVerifier
from app.settings import Settings
from app.web.answers import Refusal
from app.web.authentication import Session, authenticate, hold
from app.web.messages import fault
from app.web.requests import bearer, request_id_of
from schema.context import Context

log = structlog.get_logger(__name__)

INIT_TIMEOUT = timedelta(seconds=10)
OPERATIONS = 100
"""At once, over one connection."""

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, TRY_LATER = 4400, 4401, 4403, 1013
"""Clients of the protocol give up after the first two, and connect again, with a new token, after the third."""

LONGEST_REASON = 123


class CheckedAdapter(Adapter):
    """Lets nothing through that isn't shaped like a message of the protocol, and closes once."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            wrong = fault(message)
            if wrong is not None:
                await self.close(BAD_REQUEST, wrong)
                return
            yield message

    async def send_json(self, message: Mapping[str, object]) -> None:
        if self._closed:
            raise WebSocketDisconnected
        await super().send_json(message)

    async def close(self, code: int, reason: str) -> None:
        if not self._closed:
            await super().close(code, reason.encode()[:LONGEST_REASON].decode(errors="ignore"))

    @property
    def _closed(self) -> bool:
        return WebSocketState.DISCONNECTED in (self.ws.application_state, self.ws.client_state)


class Connected(Context):
    """The context of one connection; its viewer is known once `connection_init` has been read."""

    def __init__(self, request_id: str, header: str | None) -> None:
        self.request_id = request_id
        self.header = header
        self.connection_params: dict[str, Any] = {}
        self.session: Session | None = None

    def token(self) -> str | None:
        said = {str(name).lower(): value for name, value in self.connection_params.items()}
        given = said.get("authorization") or said.get("token")
        if not isinstance(given, str):
            return bearer(self.header)
        return bearer(given) or given


class Handler(BaseGraphQLTransportWSHandler[Any, Any]):
    """Strawberry's, with what goes wrong told to its operation rather than to the log or the whole connection."""

    view: "Sockets"
    guard: asyncio.Task[None] | None = None

    async def handle(self) -> None:
        try:
            await super().handle()
        finally:
            if self.guard is not None:
                self.guard.cancel()

    async def handle_connection_init(self, message: Any) -> None:
        if message.get("payload") is None:
            message = {"type": "connection_init"}
        try:
            await super().handle_connection_init(message)
        except MAYBE_UNREACHABLE as error:
            log.warning("database unreachable", error=repr(error))
            await self.websocket.close(TRY_LATER, "The database can't be reached at the moment")
            return
        if self.connection_acknowledged and self.guard is None and self.context.session is not None:
            self.guard = asyncio.create_task(self._close_when_over(self.context.session))

    async def _close_when_over(self, session: Session) -> None:
        ended = await hold(session, self.view.look_again)
        await self.websocket.close(FORBIDDEN if ended.expired else UNAUTHORIZED, str(ended))

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        if self.connection_acknowledged and len(self.operations) >= OPERATIONS and message["id"] not in self.operations:
            text = f"At most {OPERATIONS} operations run at once over a connection; complete one first."
            extensions = {"code": "TOO_MANY_OPERATIONS", "requestId": self.context.request_id}
            error = GraphQLError(text, extensions=extensions).formatted
            await self.send_message({"id": message["id"], "type": "error", "payload": [error]})
            return
        await super().handle_subscribe(message)

    async def handle_task_exception(self, error: Exception) -> None:
        if not isinstance(error, WebSocketDisconnected):
            log.error("operation failed", exc_info=error)

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:  # noqa: ARG004
        """Never close for a document's faults: they are the operation's, and the other operations go on."""
        return None


class Sockets(GraphQL[Any, Any]):
    websocket_adapter_class = CheckedAdapter
    graphql_transport_ws_handler_class = Handler

    def __init__(
        self, schema: BaseSchema, settings: Settings, verifier: TokenVerifier, *, init: timedelta, look_again: float
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=init,
            max_subscriptions_per_connection=None,
            allowed_origins=settings.cors_origins,
        )
        self.verifier = verifier
        self.look_again = look_again

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Any:  # noqa: ARG002
        return Connected(request_id_of(request), request.headers.get("authorization"))

    async def on_ws_connect(self, context: Any) -> UnsetType | dict[str, object] | None:
        try:
            context.session = await authenticate(self.verifier, context.token())
        except Refusal as refused:
            if refused.status == 503:
                raise ConnectionError(refused.message) from None
            raise ConnectionRejectionError({"message": refused.message}) from None
        context.viewer = context.session.viewer
        return UNSET  # type: ignore[no-any-return]

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    def encode_json(self, data: object) -> str | bytes:
        """Text: clients of the protocol refuse binary frames."""
        return orjson.dumps(data, default=str).decode()
