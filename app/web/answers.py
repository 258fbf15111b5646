"""Answers over HTTP, as the GraphQL-over-HTTP specification has them."""

from collections.abc import Iterator
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

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


def media_type(request: Request) -> str:
    """What the client likes best of what there is. Raises `Refusal` (406) when it takes none of it."""
    header = request.headers.get("accept", "").strip() or "*/*"
    acceptable = [(quality, type_) for type_, quality in _accepted(header) if quality > 0 and type_ in _OFFERED]
    if not acceptable:
        raise Refusal(406, "NOT_ACCEPTABLE", f"Answers come as {GRAPHQL}, {JSON} or, for events, {EVENT_STREAM}.")
    best = max(quality for quality, _ in acceptable)
    return next(_OFFERED[type_] for quality, type_ in acceptable if quality == best)


def _accepted(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(","):
        type_, *parameters = (piece.strip().lower() for piece in part.split(";"))
        given = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            yield type_, float(given)
        except ValueError:
            yield type_, 0.0


def answer(body: Any, status: int, type_: str, headers: dict[str, str] | None = None) -> Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body, default=str)
    return Response(content, status, media_type=f"{type_}; charset=utf-8", headers=headers)


def refusal(refused: Refusal, request_id: str, type_: str) -> Response:
    error = {"message": refused.message, "extensions": {"code": refused.code, "requestId": request_id}}
    return answer({"errors": [error]}, refused.status, JSON if type_ == EVENT_STREAM else type_, refused.headers)
