"""What arrives over HTTP, checked for its shape before anything looks inside."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from starlette.requests import HTTPConnection, Request

from app.web.answers import Refusal

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass(frozen=True, slots=True)
class Operation:
    query: str
    variables: dict[str, Any] | None
    name: str | None
    extensions: dict[str, Any] | None


def request_id_of(connection: HTTPConnection) -> str:
    """The caller's `X-Request-ID` when it looks like one, else a new one."""
    given = connection.headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else uuid4().hex


def bearer(header: str | None) -> str | None:
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


async def operation_of(request: Request, most_bytes: int) -> Operation:
    """Raises `Refusal`."""
    if request.method == "GET":
        return _checked(_from_query(request))
    if request.method != "POST":
        raise Refusal(405, "METHOD_NOT_ALLOWED", "GraphQL takes GET and POST.", {"Allow": "GET, POST"})
    type_ = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if type_ != "application/json":
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request as application/json.")
    return _checked(_read(await _body(request, most_bytes)))


async def _body(request: Request, most_bytes: int) -> bytes:
    too_large = Refusal(413, "TOO_LARGE", f"A request has at most {most_bytes} bytes.")
    if int(request.headers.get("content-length") or 0) > most_bytes:
        raise too_large
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > most_bytes:
            raise too_large
    return bytes(parts)


def _read(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(400, "BAD_REQUEST", "The body is not JSON in UTF-8.") from None


def _from_query(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = _read(found[name].encode())
    return found


def _checked(body: Any) -> Operation:
    if isinstance(body, list):
        raise Refusal(400, "BATCHING_REFUSED", "One operation at a time: send an object, not a list.")
    if not isinstance(body, dict):
        raise Refusal(
            400, "BAD_REQUEST", 'The body has to be an object such as {"query": "{ viewer { user { id } } }"}.'
        )
    query = body.get("query")
    if not isinstance(query, str) or not query.strip():
        raise Refusal(400, "BAD_REQUEST", "`query` is missing: send the document as text.")
    for name, type_, words in (
        ("variables", dict, "an object"),
        ("operationName", str, "text"),
        ("extensions", dict, "an object"),
    ):
        if not isinstance(body.get(name), type_ | None):
            raise Refusal(400, "BAD_REQUEST", f"`{name}` has to be {words}, or left out.")
    return Operation(query, body.get("variables"), body.get("operationName") or None, body.get("extensions"))
