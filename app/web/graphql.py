"""`/graphql`: queries and mutations over HTTP, subscriptions over WebSocket and server-sent events."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import structlog
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.schema import BaseSchema
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType as Kind

from app.identity.tokens import TokenVerifier
from app.settings import Settings
from app.web.answers import GRAPHQL, JSON, Refusal, answer, media_type, refusal
from app.web.authentication import authenticate
from app.web.requests import Operation, bearer, operation_of, request_id_of
from app.web.sockets import Sockets
from schema.context import Context

log = structlog.get_logger(__name__)

EVENT_STREAM = "text/event-stream"
_DOWN = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, ConnectionError)


class GraphQLEndpoint:
    def __init__(self, schema: BaseSchema, settings: Settings, verifier: TokenVerifier) -> None:
        self.schema = schema
        self.settings = settings
        self.verifier = verifier
        self.sockets = Sockets(schema, settings, verifier)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.sockets(scope, receive, send)
            return
        request = Request(scope, receive)
        response = await self.answer(request)
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        request_id = request_id_of(request)
        type_ = JSON
        try:
            streaming = EVENT_STREAM in request.headers.get("accept", "")
            type_ = JSON if streaming else media_type(request)
            operation = await operation_of(request, self.settings.max_body_bytes)
            viewer, _ = await authenticate(self.verifier, bearer(request.headers.get("authorization")))
            context = Context(viewer, request_id)
            if streaming:
                return self._stream(operation, context)
            return await self._execute(operation, context, request, type_)
        except Refusal as refused:
            return refusal(refused, request_id, type_)
        except _DOWN as error:
            log.warning("database unavailable", request_id=request_id, error=str(error))
            down = Refusal(503, "UNAVAILABLE", "The service is starting or its database is down; retry in a moment.")
            return refusal(down, request_id, type_)

    async def _execute(self, operation: Operation, context: Context, request: Request, type_: str) -> Response:
        headers = {"X-Request-ID": context.request_id}
        if request.method == "GET" and _is_mutation(operation):
            raise Refusal(405, "METHOD_NOT_ALLOWED", "Mutations go by POST.", {"Allow": "POST"})
        result = await self.schema.execute(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.name,
            allowed_operation_types=(Kind.QUERY, Kind.MUTATION),
            operation_extensions=operation.extensions,
        )
        body: dict[str, Any] = {}
        if result.errors:
            body["errors"] = [error.formatted for error in result.errors]
        never_began = isinstance(result, PreExecutionError) or (result.data is None and _pathless(result.errors))
        if not never_began:
            body["data"] = result.data
        if result.extensions:
            body["extensions"] = result.extensions
        status = 400 if never_began and type_ == GRAPHQL else 200
        return answer(body, status, type_, headers)

    def _stream(self, operation: Operation, context: Context) -> Response:
        headers = {"X-Request-ID": context.request_id, "Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(operation, context), media_type=EVENT_STREAM, headers=headers)

    async def _events(self, operation: Operation, context: Context) -> AsyncIterator[bytes]:
        """GraphQL over server-sent events, distinct connections mode."""
        yield b":\n\n"
        results = await self.schema.stream(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.name,
        )
        async for result in results:
            if not isinstance(result, ExecutionResult):  # incremental delivery is not offered
                continue
            body: dict[str, Any] = {"data": result.data}
            if result.errors:
                body["errors"] = [error.formatted for error in result.errors]
            yield b"event: next\ndata: " + orjson.dumps(body, default=str) + b"\n\n"
        yield b"event: complete\ndata:\n\n"


def _pathless(errors: list[GraphQLError] | None) -> bool:
    """Whether the request failed before any field was read, as for variables of a wrong type."""
    return bool(errors) and all(error.path is None for error in errors or ())


def _is_mutation(operation: Operation) -> bool:
    try:
        document = parse(operation.query)
    except GraphQLError:
        return False
    return any(
        isinstance(node, OperationDefinitionNode)
        and node.operation is OperationType.MUTATION
        and (operation.name is None or (node.name is not None and node.name.value == operation.name))
        for node in document.definitions
    )
