"""The same resolvers as stock Strawberry runs them: its executor, its WebSocket handler, no plans and no fan-out."""

import os
from typing import Any, cast

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET, UnsetType

from app.identity.tokens import TokenVerifier
from app.identity.viewer import Viewer
from app.main import create_app
from app.settings import settings
from app.web.authentication import authenticate
from app.web.server import options
from schema import schema
from schema.context import Context


class Connected(Context):
    """Strawberry makes one context for each connection; the viewer is known once it has been initialised."""

    def __init__(self) -> None:
        super().__init__(cast(Viewer, None), "")
        self.connection_params: dict[str, Any] = {}


class Sockets(GraphQL[Any, Any]):
    def __init__(self, verifier: TokenVerifier) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,))
        self.verifier = verifier

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Any:  # noqa: ARG002
        return Connected()

    async def on_ws_connect(self, context: Any) -> UnsetType | dict[str, object] | None:
        header = str(context.connection_params["Authorization"])
        session = await authenticate(self.verifier, header.removeprefix("Bearer "), "")
        context.viewer = session.viewer
        return UNSET  # type: ignore[no-any-return]


def app() -> ASGIApp:
    """The product with plans off; its WebSockets go to Strawberry's handler instead."""
    product, sockets = create_app(planned=False), Sockets(TokenVerifier(settings()))

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await (sockets if scope["type"] == "websocket" else product)(scope, receive, send)

    return serve


if __name__ == "__main__":
    listening = {**options(settings()), "ws": "websockets-sansio"}
    uvicorn.run(app, factory=True, port=int(os.environ["PORT"]), loop="uvloop", **listening)
