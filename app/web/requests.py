"""Requests over HTTP, checked for their shape before anything looks inside."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from os import urandom
from typing import Any, NamedTuple

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from app.web.answers import Refusal
from app.web.trusted import names_document
from app.web.wire import fields_of, http_wire_of

LINGER_BYTES, LINGER_SECONDS = 8_000_000, 1.0
"""How much of a body that is too large is read, and for how long, before it is refused."""

_AT_ONCE, _LETTERS = 256, 32
"""Ids that are drawn together: asking the system for each would take longer than reading the request."""

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

_EXAMPLE = '{"query": "{ viewer { user { id } } }"}'


class OperationRequest(NamedTuple):
    """`query` is None or empty when `document_id` or `extensions` names a document instead."""

    query: str | None
    variables: dict[str, Any] | None
    name: str | None
    extensions: dict[str, Any] | None
    document_id: str | None = None


class Incoming:
    """A request as it comes in. Starlette's `Request` can more, and takes longer than some of our answers."""

    __slots__ = ("_headers", "method", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self._headers = fields_of(scope)

    def header(self, name: bytes, default: str = "") -> str:
        """`name` in lower case."""
        value = self._headers.get(name)
        return default if value is None else value.decode("latin-1")

    async def part(self) -> tuple[bytes, bool]:
        """The next part of the body, and whether there is more of it. Raises `ClientDisconnect`."""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        return message.get("body", b""), message.get("more_body", False)


def _random_ids() -> Iterator[str]:
    """By chance and not in sequence: the distance of two would tell how much others ask in between."""
    while True:
        drawn = urandom(_AT_ONCE * _LETTERS // 2).hex()
        for start in range(0, len(drawn), _LETTERS):
            yield drawn[start : start + _LETTERS]


_ids = _random_ids()


def new_request_id(scope: Scope) -> str:
    """The caller's `X-Request-ID` when it looks like one, else a new one."""
    given = fields_of(scope).get(b"x-request-id")
    if given is not None and REQUEST_ID.fullmatch(named := given.decode("latin-1")):
        return named
    return next(_ids)


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
    token = token.strip()
    return token if token and scheme.lower() == "bearer" else None


async def operation_of(request: Incoming, most_bytes: int) -> OperationRequest:
    """Raises `Refusal`."""
    if request.method == "GET":
        return _checked(_from_query(request))
    if request.method != "POST":
        raise Refusal(405, "METHOD_NOT_ALLOWED", "GraphQL supports GET and POST.", {"Allow": "GET, POST"})
    check_content(request)
    return _checked(_read(await body_of(request, most_bytes)))


def check_content(request: Incoming) -> None:
    """JSON alone: a page of another origin can't send it without asking first (CORS)."""
    given = request.header(b"content-type")
    coding = request.header(b"content-encoding", "identity")
    if given == "application/json" and coding == "identity":
        return
    type_, *parameters = (part.strip().lower() for part in given.split(";"))
    charset = next((p[8:].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
    if type_ != "application/json" or charset not in ("utf-8", "utf8"):
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request as application/json in UTF-8.")
    if coding.lower() != "identity":
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request uncompressed.")


async def body_of(request: Incoming, most_bytes: int) -> bytes:
    wire = http_wire_of(request.scope)
    whole = None if wire is None else wire.body(request.scope)
    if whole is not None and len(whole) <= most_bytes:
        return whole
    announced = request.header(b"content-length")
    if announced.isdecimal() and int(announced) > most_bytes:
        await _hear_out(request)
        raise _too_large(most_bytes)
    part, more = await request.part() if whole is None else (whole, False)
    if not more and len(part) <= most_bytes:
        return part
    parts = bytearray(part)
    while len(parts) <= most_bytes:
        if not more:
            return bytes(parts)
        part, more = await request.part()
        parts += part
    if more:
        await _hear_out(request)
    raise _too_large(most_bytes)


def _too_large(most_bytes: int) -> Refusal:
    return Refusal(413, "TOO_LARGE", f"A request has at most {most_bytes} bytes.", {"Connection": "close"})


async def _hear_out(request: Incoming) -> None:
    """Who is still sending when the connection is closed never reads the answer: let them end, if it is soon."""
    heard, more = 0, True
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while more and heard <= LINGER_BYTES:
                part, more = await request.part()
                heard += len(part)


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


_PARTS = ("query", "variables", "operationName", "extensions", "documentId")


def _checked(body: Any) -> OperationRequest:
    if isinstance(body, list):
        raise Refusal(400, "BATCHING_REFUSED", "Batches are not supported: send an object, not a list.")
    if not isinstance(body, dict):
        raise Refusal(400, "BAD_REQUEST", f"The body has to be an object such as {_EXAMPLE}.")
    query, variables, name, extensions, document_id = map(body.get, _PARTS)
    for part, given, type_, words in (
        ("variables", variables, dict, "an object"),
        ("operationName", name, str, "text"),
        ("extensions", extensions, dict, "an object"),
        ("documentId", document_id, str, "text"),
    ):
        if given is not None and not isinstance(given, type_):
            raise Refusal(400, "BAD_REQUEST", f"`{part}` has to be {words}, or left out.")
    named = not query and names_document(body)
    if not named and not (isinstance(query, str) and query.strip()):
        raise Refusal(400, "BAD_REQUEST", "`query` is missing: send the document as text.")
    return OperationRequest(query, variables, name or None, extensions, document_id or None)
