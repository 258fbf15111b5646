"""Answers over HTTP, as the GraphQL-over-HTTP specification has them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from starlette.responses import Response

from app.web.preferences import qualities

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"

_OFFERED = {
    GRAPHQL: GRAPHQL,
    JSON: JSON,
    EVENT_STREAM: EVENT_STREAM,
    "*/*": JSON,
    "application/*": JSON,
    "text/*": EVENT_STREAM,
}


class Refusal(Exception):
    """A request that never became an operation."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def media_type(accept: str) -> str:
    """What the client likes best of what there is. Raises `Refusal` (406) when it takes none of it."""
    if accept in (GRAPHQL, JSON):
        return accept
    header = accept.strip() or "*/*"
    acceptable = [(quality, type_) for type_, quality in qualities(header).items() if quality > 0 and type_ in _OFFERED]
    if not acceptable:
        raise Refusal(406, "NOT_ACCEPTABLE", f"Answers come as {GRAPHQL}, {JSON} or, for events, {EVENT_STREAM}.")
    best = max(quality for quality, _ in acceptable)
    return next(_OFFERED[type_] for quality, type_ in acceptable if quality == best)


_STATUSES = {"RATE_LIMITED": 429, "TIMEOUT": 504, "UNAVAILABLE": 503, "OVERLOADED": 503}


def status_of(body: Mapping[str, Any], type_: str) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer; `body` has no `data` when the operation never began.

    By the specification, 200 for whatever is well-formed when `application/json` was asked for: its clients read the
    codes of the errors. With `application/graphql-response+json` an answer without data has a status of its own, so
    that proxies and clients that repeat requests understand it, too.
    """
    waits = [wait for error in body.get("errors", ()) if (wait := error.get("extensions", {}).get("retryAfter"))]
    headers = {"Retry-After": str(max(waits))} if waits else {}
    if "data" in body:
        return 200, headers
    extensions = body["errors"][0].get("extensions", {})
    return (_STATUSES.get(extensions.get("code"), 400) if type_ == GRAPHQL else 200), headers


class Encoded(NamedTuple):
    """An answer with status 200 whose body needs nothing but to be sent."""

    body: bytes
    type: str


_TYPES = {type_: (b"content-type", f"{type_}; charset=utf-8".encode()) for type_ in (GRAPHQL, JSON)}


_LINES = {type_: b"%b: %b\r\n" % header for type_, header in _TYPES.items()}


def lines_of(encoded: Encoded, request_id: str) -> bytes:
    """Its headers as they are sent, but for its length."""
    return b"%bx-request-id: %b\r\n" % (_LINES[encoded.type], request_id.encode())


def headers_of(encoded: Encoded) -> list[tuple[bytes, bytes]]:
    return [(b"content-length", str(len(encoded.body)).encode()), _TYPES[encoded.type]]


def answer(body: Any, status: int, type_: str, headers: dict[str, str] | None = None) -> Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body, default=str)
    return Response(content, status, media_type=f"{type_}; charset=utf-8", headers=headers)


def refusal(refused: Refusal, request_id: str, type_: str) -> Response:
    error = {"message": refused.message, "extensions": {"code": refused.code, "requestId": request_id}}
    return answer({"errors": [error]}, refused.status, JSON if type_ == EVENT_STREAM else type_, refused.headers)
