"""`/graphql`: queries and mutations over HTTP, subscriptions over WebSocket and server-sent events."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from math import inf

import graphql
import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from app import metrics
from app.database.failures import MAYBE_UNREACHABLE
from app.database.incidents import met
from app.identity.tokens import TokenVerifier
from app.logs import says
from app.settings import Settings
from app.web.answers import (
    EVENT_STREAM,
    GRAPHQL,
    JSON,
    Encoded,
    Refusal,
    answer,
    headers_of,
    lines_of,
    media_type,
    refusal,
    status_of,
)
from app.web.authentication import LOOK_AGAIN_SECONDS, Session, authenticate, recognized
from app.web.compression import coding_of, compressed
from app.web.leaving import while_connected
from app.web.origins import Origins
from app.web.preferences import prefers_html
from app.web.requests import Incoming, OperationRequest, address_of, bearer, operation_of, request_id_of
from app.web.sessions import Sessions, TooManyConnections
from app.web.sockets import INIT_TIMEOUT, Sockets
from app.web.streams import PING_SECONDS, event_stream
from app.web.trusted import NotTrusted, TrustedDocuments
from app.web.wire import began_at, http_wire_of
from schema.context import Context, Handover
from schema.engine.serve.engine import Engine, Question
from schema.masking import UNAVAILABLE

log = structlog.get_logger(__name__)

_METHODS = (
    "GraphQL supports GET and POST. Each event stream has a connection of its own: leave `singleConnection` of "
    "graphql-sse at false, or use WebSockets."
)

_BY_POST = (graphql.OperationType.QUERY, graphql.OperationType.MUTATION)
_BY_GET = (graphql.OperationType.QUERY,)


Page = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds. `look_again`: how often a stream's user is looked up anew."""

    init: timedelta = INIT_TIMEOUT
    look_again: float = LOOK_AGAIN_SECONDS
    ping: float = PING_SECONDS


class GraphQLEndpoint:
    def __init__(
        self,
        schema: BaseSchema,
        settings: Settings,
        verifier: TokenVerifier,
        pace: Pace | None = None,
        *,
        planned: bool = True,
        page: Page | None = None,
    ) -> None:
        """`page` is answered to browsers that come to read."""
        self.schema = schema
        self.engine = Engine(schema, planned=planned)
        self.settings = settings
        self.verifier = verifier
        self.pace = pace or Pace()
        self.page = page
        self.sessions = Sessions(self.pace.look_again, most=settings.max_connections_per_viewer)
        self.trusted = TrustedDocuments(settings)
        self._origins = bool(Origins(settings))
        self._compressed_from: float = settings.compress_from_bytes or inf
        self.sockets = Sockets(self.engine, verifier, self.sessions, self.trusted, settings, init=self.pace.init)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.sockets(scope, receive, send)
            return
        request = Incoming(scope, receive)
        if self.page is not None and request.method == "GET" and prefers_html(request.header(b"accept")):
            await (await self.page(Request(scope, receive)))(scope, receive, send)
            return
        response = await self.answer(request)
        if not isinstance(response, StreamingResponse) and len(response.body) >= self._compressed_from:
            coding = coding_of(request.header(b"accept-encoding", "identity"))
            response = response if coding is None else await compressed(response, coding)
        if isinstance(response, Response):
            await response(scope, receive, send)
            return
        # Past all layers, where none of them has anything to add to it, or to say about it.
        crosses = self._origins and request.header(b"origin")
        wire = None if crosses or says(logging.DEBUG) else http_wire_of(scope)
        if wire is not None and wire.answer(scope, lines_of(response, request_id_of(scope)), response.body):
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers_of(response)})
        await send({"type": "http.response.body", "body": response.body})

    async def answer(self, request: Incoming) -> Response | Encoded:
        request_id = request_id_of(request.scope)
        type_ = JSON
        try:
            type_ = media_type(request.header(b"accept"))
            session = await self._session(request)
            operation = self._trusted(await operation_of(request, self.settings.max_body_bytes), type_)
            if type_ == EVENT_STREAM:
                return await self._stream(operation, session, request)
            context = Context(session.viewer, request_id, since=began_at(request.scope))
            with while_connected(http_wire_of(request.scope), context):
                return await self._execute(operation, context, request.method, type_)
        except Refusal as refused:
            metrics.refusals.labels(refused.code).inc()
            return refusal(refused, request_id, type_)

    def _trusted(self, operation: OperationRequest, type_: str) -> OperationRequest:
        """The operation with its document, which it may only have named."""
        try:
            text = self.trusted.text(operation.query, operation.extensions, operation.document_id)
        except NotTrusted as refused:
            status = 400 if type_ == GRAPHQL else 200
            raise Refusal(status, refused.code, refused.message) from None
        return operation if text is operation.query else operation._replace(query=text)

    async def _session(self, request: Incoming) -> Session:
        if request.method not in ("GET", "POST"):
            raise Refusal(405, "METHOD_NOT_ALLOWED", _METHODS, {"Allow": "GET, POST"})
        token = bearer(request.header(b"authorization"))
        try:
            return recognized(self.verifier, token) or await authenticate(
                self.verifier, token, address_of(request.scope)
            )
        except MAYBE_UNREACHABLE as error:
            message, wait = UNAVAILABLE[met(error, by="signing in")]
            raise Refusal(503, "UNAVAILABLE", message, {"Retry-After": str(wait)}) from None

    async def _execute(
        self, operation: OperationRequest, context: Context, method: str, type_: str
    ) -> Response | Encoded:
        kinds = _BY_GET if method == "GET" else _BY_POST
        try:
            body = await self.engine.answer(
                Question(operation.query or "", operation.variables, operation.name, kinds), context
            )
        except CannotGetOperationTypeError:
            raise _unknown_operation(operation, type_) from None
        except InvalidOperationTypeError as refused:
            raise _not_here(refused.operation_type) from None
        if isinstance(body, bytes):
            return Encoded(body, type_)
        status, headers = status_of(body, type_)
        return answer(body, status, type_, headers)

    async def _stream(self, operation: OperationRequest, session: Session, request: Incoming) -> Response:
        try:
            self.sessions.admit(session.viewer.user_id)
        except TooManyConnections as crowded:
            raise Refusal(429, "TOO_MANY_CONNECTIONS", str(crowded), {"Retry-After": "5"}) from None
        handover = Handover(operation.variables, request.header(b"last-event-id") or None)
        context = Context(session.viewer, request_id_of(request.scope), handover, since=began_at(request.scope))
        kinds = (graphql.OperationType.SUBSCRIPTION, *(_BY_GET if request.method == "GET" else _BY_POST))
        question = Question(operation.query or "", operation.variables, operation.name, kinds)
        events = event_stream(
            self.engine.stream(question, context),
            handover,
            session,
            self.sessions,
            context.request_id,
            ping=self.pace.ping,
        )
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        return StreamingResponse(events, media_type=EVENT_STREAM, headers=headers)


def _unknown_operation(operation: OperationRequest, type_: str) -> Refusal:
    message = (
        f"The document has no operation named “{operation.name[:100]}”."
        if operation.name
        else "The document has no operation: it holds nothing but fragments."
    )
    return Refusal(400 if type_ == GRAPHQL else 200, "OPERATION_NOT_FOUND", message)


def _not_here(kind: OperationType) -> Refusal:
    if kind is OperationType.MUTATION:
        return Refusal(405, "METHOD_NOT_ALLOWED", "Mutations need POST.", {"Allow": "POST"})
    message = f"Subscriptions go over WebSocket (graphql-transport-ws), or with `Accept: {EVENT_STREAM}`."
    return Refusal(406, "NOT_ACCEPTABLE", message)
