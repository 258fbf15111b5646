"""WebSockets: `graphql-transport-ws`, with a token in `connection_init` or in the handshake's header."""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import ASGIWebSocketAdapter as Adapter
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.schema import BaseSchema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET, UnsetType

from app.identity.tokens import TokenVerifier
from app.settings import Settings
from app.web.answers import Refusal
from app.web.authentication import authenticate
from app.web.requests import bearer, request_id_of
from schema.context import Context

INIT_TIMEOUT = timedelta(seconds=10)
TOKEN_ENDED = 4403
LOOK_AGAIN = 15.0
SUBSCRIPTIONS = 100


class CheckedAdapter(Adapter):
    """Lets nothing through that isn't shaped like a message of the protocol."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            if not _well_formed(message):
                await self.close(4400, "Messages are objects with `type`, and `id` and `payload` where they need them")
                return
            yield message


def _well_formed(message: object) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] in ("subscribe", "complete") and not isinstance(message.get("id"), str):
        return False
    if message["type"] != "subscribe":
        return True
    payload = message.get("payload")
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )


class Connected(Context):
    """The context of one connection; its viewer is known once `connection_init` has been read."""

    def __init__(self, request_id: str, header: str | None, websocket: WebSocket) -> None:
        self.request_id = request_id
        self.header = header
        self.websocket = websocket
        self.connection_params: dict[str, Any] = {}
        self.guard: asyncio.Task[None] | None = None

    def token(self) -> str | None:
        said = {str(name).lower(): value for name, value in self.connection_params.items()}
        given = said.get("authorization") or said.get("token")
        if not isinstance(given, str):
            return bearer(self.header)
        return bearer(given) or given


class Sockets(GraphQL[Any, Any]):
    websocket_adapter_class = CheckedAdapter

    def __init__(self, schema: BaseSchema, settings: Settings, verifier: TokenVerifier) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=INIT_TIMEOUT,
            max_subscriptions_per_connection=SUBSCRIPTIONS,
            allowed_origins=settings.cors_origins,
        )
        self.verifier = verifier

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Any:  # noqa: ARG002
        assert isinstance(request, WebSocket)
        return Connected(request_id_of(request), request.headers.get("authorization"), request)

    async def run(self, request: Any, context: Any = UNSET, root_value: Any = UNSET) -> Any:
        if self._check_websocket_origin(request):
            context = await self.get_context(request, request)
        try:
            return await super().run(request, context, root_value)
        finally:
            if isinstance(context, Connected) and context.guard is not None:
                context.guard.cancel()

    async def on_ws_connect(self, context: Any) -> UnsetType | dict[str, object] | None:
        try:
            context.viewer, claims = await authenticate(self.verifier, context.token())
        except Refusal as refused:
            raise ConnectionRejectionError({"message": refused.message}) from None
        context.guard = asyncio.create_task(self._close_when_ended(context, claims.expires_at.timestamp()))
        return UNSET  # type: ignore[no-any-return]

    async def _close_when_ended(self, context: Connected, ends: float) -> None:
        """Close the connection when its token ends or its user is no longer let in."""
        while (left := ends - time.time()) > 0:
            await asyncio.sleep(min(left, LOOK_AGAIN))
            try:
                context.viewer, _ = await authenticate(self.verifier, context.token())
            except Refusal:
                break
        await context.websocket.close(TOKEN_ENDED, "The token has ended; connect again with a new one")
