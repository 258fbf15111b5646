"""What arrives over HTTP, checked for its shape before anything looks inside."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import uuid4

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from app.web.answers import Refusal

LINGER_BYTES, LINGER_SECONDS = 8_000_000, 1.0
"""How much of a body that is too large is read, and for how long, before it is refused."""

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

_EXAMPLE = '{"query": "{ viewer { user { id } } }"}'


class Operation(NamedTuple):
    """`query` is None when `extensions` names a document instead."""

    query: str | None
    variables: dict[str, Any] | None
    name: str | None
    extensions: dict[str, Any] | None


class Incoming:
    """A request as it comes in. Starlette's `Request` can more, and takes longer than some of our answers."""

    __slots__ = ("headers", "method", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        # Of equal names, the first counts.
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}

    async def stream(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises `ClientDisconnect`."""
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            more = message.get("more_body", False)
            yield message.get("body", b"")


def new_request_id(scope: Scope) -> str:
    """The caller's `X-Request-ID` when it looks like one, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(given := value.decode("latin-1")):
            return str(given)
    return uuid4().hex


def request_id_of(scope: Scope) -> str:
    """As the outermost layer has named it."""
    named: str = scope["state"]["request_id"]
    return named


def address_of(scope: Scope) -> str:
    """The client's address, as the server sees it; empty over a Unix socket."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def bearer(header: str | None) -> str | None:
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


async def operation_of(request: Incoming, most_bytes: int) -> Operation:
    """Raises `Refusal`."""
    if request.method == "GET":
        return _checked(_from_query(request))
    if request.method != "POST":
        raise Refusal(405, "METHOD_NOT_ALLOWED", "GraphQL takes GET and POST.", {"Allow": "GET, POST"})
    _check_content(request)
    return _checked(_read(await _body(request, most_bytes)))


def _check_content(request: Incoming) -> None:
    """JSON alone: a page of another origin can't send it without asking first (CORS)."""
    given = request.headers.get("content-type", "")
    if given == "application/json" and "content-encoding" not in request.headers:
        return
    type_, *parameters = (part.strip().lower() for part in given.split(";"))
    charset = next((p[8:].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    if type_ != "application/json" or charset not in ("utf-8", "utf8"):
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request as application/json in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request uncompressed.")


async def _body(request: Incoming, most_bytes: int) -> bytes:
    announced = request.headers.get("content-length", "0")
    arriving = request.stream()
    if announced.isdecimal() and int(announced) > most_bytes:
        await _hear_out(arriving)
        raise _too_large(most_bytes)
    parts = bytearray()
    async for part in arriving:
        parts += part
        if len(parts) > most_bytes:
            await _hear_out(arriving)
            raise _too_large(most_bytes)
    return bytes(parts)


def _too_large(most_bytes: int) -> Refusal:
    return Refusal(413, "TOO_LARGE", f"A request has at most {most_bytes} bytes.", {"Connection": "close"})


async def _hear_out(arriving: AsyncIterator[bytes]) -> None:
    """Who is still sending when the connection is closed never reads the answer: let them end, if it is soon."""
    heard = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            async for part in arriving:
                heard += len(part)
                if heard > LINGER_BYTES:
                    return


def _read(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal(400, "BAD_REQUEST", "The body is not JSON in UTF-8.") from None


def _from_query(request: Incoming) -> dict[str, Any]:
    found: dict[str, Any] = dict(QueryParams(request.scope["query_string"]))
    for name in ("variables", "extensions"):
        if name in found:
            try:
                found[name] = orjson.loads(found[name])
            except orjson.JSONDecodeError:
                raise Refusal(400, "BAD_REQUEST", f"`{name}` is not JSON.") from None
    return found


def _checked(body: Any) -> Operation:
    if isinstance(body, list):
        raise Refusal(400, "BATCHING_REFUSED", "One operation at a time: send an object, not a list.")
    if not isinstance(body, dict):
        raise Refusal(400, "BAD_REQUEST", f"The body has to be an object such as {_EXAMPLE}.")
    for name, type_, words in (
        ("variables", dict, "an object"),
        ("operationName", str, "text"),
        ("extensions", dict, "an object"),
    ):
        if not isinstance(body.get(name), type_ | None):
            raise Refusal(400, "BAD_REQUEST", f"`{name}` has to be {words}, or left out.")
    query, extensions = body.get("query"), body.get("extensions")
    named = not query and "persistedQuery" in (extensions or {})
    if not named and not (isinstance(query, str) and query.strip()):
        raise Refusal(400, "BAD_REQUEST", "`query` is missing: send the document as text.")
    return Operation(query, body.get("variables"), body.get("operationName") or None, extensions)
