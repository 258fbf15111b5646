"""What of an error a client is shown, and what stands in the log instead."""

from collections.abc import Sequence

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry import Schema
from strawberry.types.execution import ExecutionContext

from schema.engine.documents import coded
from schema.errors import ClientError

log = structlog.get_logger(__name__)

OURS = "Something went wrong on our side. Try again; if it stays, tell us the request id."


class MaskingSchema(Schema):
    """Shows clients what they can mend, and hides everything else behind an id that stands in the log once."""

    def process_errors(self, errors: Sequence[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        request_id = getattr(execution_context.context, "request_id", None) if execution_context else None
        for error in errors:
            mask(error, request_id)


def mask(error: GraphQLError, request_id: str | None) -> None:
    """Changes the error in place; doing it again changes nothing."""
    extensions = dict(error.extensions or {})
    if "requestId" in extensions:
        return
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(error, GraphQLSyntaxError):
        coded(error, "GRAPHQL_PARSE_FAILED")
    elif isinstance(cause, ClientError) or cause is None or isinstance(cause, GraphQLError):
        coded(error, "BAD_USER_INPUT")
    else:
        log.error("request failed", request_id=request_id, path=error.path, exc_info=cause)
        error.message = OURS
        error.extensions = {"code": "INTERNAL"}
    error.extensions = {**(error.extensions or {}), "requestId": request_id}
