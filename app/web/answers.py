"""Answers over HTTP, as the GraphQL-over-HTTP specification has them."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


class Refusal(Exception):
    """A request that never became an operation."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def media_type(request: Request) -> str:
    """The better of the two that the client accepts. Raises `Refusal` (406) when it takes neither."""
    accepted = [part.split(";")[0].strip().lower() for part in request.headers.get("accept", "*/*").split(",")]
    for wanted in accepted:
        if wanted in (GRAPHQL, JSON):
            return wanted
        if wanted in ("*/*", "application/*", ""):
            return JSON
    raise Refusal(406, "NOT_ACCEPTABLE", f"Answers come as {GRAPHQL} or {JSON}.")


def answer(body: Any, status: int, type_: str, headers: dict[str, str] | None = None) -> Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body, default=str)
    return Response(content, status, media_type=f"{type_}; charset=utf-8", headers=headers)


def refusal(refused: Refusal, request_id: str, type_: str) -> Response:
    error = {"message": refused.message, "extensions": {"code": refused.code, "requestId": request_id}}
    return answer({"errors": [error]}, refused.status, type_, {**refused.headers, "X-Request-ID": request_id})
