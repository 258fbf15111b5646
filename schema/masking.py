"""Masking of errors: what a client is shown, and what stands in the log instead."""

from collections.abc import Sequence

import asyncpg
import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry import Schema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionContext

from app.database.failures import Cause, cause_of
from app.database.incidents import met
from schema.errors import ClientError, coded, shortened, syntax_code

log = structlog.get_logger(__name__)

OURS = "Something went wrong on our side. Try again; if it persists, report the request id."
DOWN = "The service can't reach its database at the moment. Try again shortly."
NO_WRITES = "Nothing can be changed at the moment; queries are still answered. Try again in a minute."
BUSY = "The service's database is overloaded at the moment. Try again shortly."
NO_NUL = "Text can't hold the character NUL."
SLOW = "A database statement exceeded its time limit. Ask for less."

SHORTLY, LATER = 5, 60
UNAVAILABLE = {
    Cause.UNREACHABLE: (DOWN, SHORTLY),
    Cause.DISK_FULL: (NO_WRITES, LATER),
    Cause.READ_ONLY: (NO_WRITES, LATER),
    Cause.EXHAUSTED: (BUSY, SHORTLY),
    Cause.TOO_MANY_CONNECTIONS: (BUSY, SHORTLY),
    Cause.IO_ERROR: (DOWN, LATER),
    Cause.SERVER_DISK_FULL: (NO_WRITES, LATER),
}
"""What is said, and the seconds after which it is worth trying again."""


class MaskingSchema(Schema):
    """Shows clients what they can mend, and hides everything else behind an id that stands in the log once."""

    def process_errors(self, errors: Sequence[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        request_id = getattr(execution_context.context, "request_id", None) if execution_context else None
        for error in errors:
            mask(error, request_id)


def mask(error: GraphQLError, request_id: str | None) -> None:
    """Changes the error in place; doing it again changes nothing."""
    if "requestId" in (error.extensions or {}):
        return
    cause = _cause(error)
    code = _shown_as(error, cause)
    if code is not None:
        coded(error, code)
        error.message = shortened(error.message)
        log.debug("refused", request_id=request_id, code=(error.extensions or {}).get("code"), path=error.path)
    elif cause_of(cause) is not None:
        message, wait = UNAVAILABLE[met(cause, by="a request", request_id=request_id, path=error.path)]
        error.message, error.extensions = message, {"code": "UNAVAILABLE", "retryAfter": wait}
    elif isinstance(cause, asyncpg.CharacterNotInRepertoireError):  # the one character that GraphQL has and it has not
        log.debug("refused", request_id=request_id, code="BAD_USER_INPUT", path=error.path)
        error.message, error.extensions = NO_NUL, {"code": "BAD_USER_INPUT"}
    elif isinstance(cause, asyncpg.QueryCanceledError):
        log.warning("statement timed out", request_id=request_id, path=error.path)
        error.message, error.extensions = SLOW, {"code": "TIMEOUT"}
    else:
        log.error("request failed", request_id=request_id, path=error.path, exc_info=cause)
        error.message, error.extensions = OURS, {"code": "INTERNAL"}
    error.extensions = {**(error.extensions or {}), "requestId": request_id}
    _let_go(error)


def _let_go(error: BaseException) -> None:
    """Of the frames that it came through: they hold it in turn, with all the request, until the collector comes by."""
    met: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in met:
            met.add(id(one))
            one.__traceback__ = None
            waiting += (one.__cause__, one.__context__, getattr(one, "original_error", None))


def _cause(error: GraphQLError) -> BaseException:
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _shown_as(error: GraphQLError, cause: BaseException) -> str | None:
    """The code to show it under, unless it has one; None: it is not the client's."""
    if isinstance(cause, GraphQLSyntaxError):
        return syntax_code(cause)
    if isinstance(cause, CannotGetOperationTypeError):
        return "OPERATION_NOT_FOUND"
    if isinstance(cause, InvalidOperationTypeError):
        return "OPERATION_NOT_ALLOWED"
    if isinstance(cause, ClientError):
        return "BAD_USER_INPUT"
    if not isinstance(cause, GraphQLError):
        return None
    # graphql-core's own: before any field is read they speak of the request, and at a field of its arguments, or of an
    # answer of ours that does not fit its type.
    return "BAD_USER_INPUT" if error.path is None or error.message.startswith("Argument ") else None
