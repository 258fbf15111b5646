"""JSON-RPC messages over HTTP, checked for their shape before the SDK sees them, and refusals in its form."""

from typing import Any, NamedTuple

import orjson
from starlette.responses import Response

from app.web.answers import JSON

PARSE_ERROR, INVALID_REQUEST, SERVER_ERROR = -32700, -32600, -32000
LONGEST_ID, LONGEST_METHOD = 200, 200
_EXAMPLE = '{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'


class NotAMessage(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Message(NamedTuple):
    """`id` is None for a notification."""

    method: str
    id: str | int | None
    params: dict[str, Any]


def message_of(body: bytes) -> Message:
    """Raises `NotAMessage`."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotAMessage(PARSE_ERROR, "The body is not JSON in UTF-8.") from None
    if isinstance(found, list):
        raise _invalid("Batches are not supported: send one message in each request.")
    if not isinstance(found, dict) or found.get("jsonrpc") != "2.0":
        raise _invalid(f"The body has to be a message of JSON-RPC 2.0, such as {_EXAMPLE}.")
    method, params, id = found.get("method"), found.get("params", {}), found.get("id")
    if not isinstance(method, str) or not 0 < len(method) <= LONGEST_METHOD:
        raise _invalid("`method` has to be text: this server asks its clients nothing, so it takes no responses.")
    if not isinstance(params, dict):
        raise _invalid("`params` has to be an object, or left out.")
    if "id" in found and not _is_id(id):
        raise _invalid(f"`id` has to be a whole number, or text of at most {LONGEST_ID} characters.")
    return Message(method, id, params)


def _is_id(id: Any) -> bool:
    if isinstance(id, str):
        return len(id) <= LONGEST_ID
    return isinstance(id, int) and not isinstance(id, bool)


def _invalid(message: str) -> NotAMessage:
    return NotAMessage(INVALID_REQUEST, message)


def refusal(
    status: int,
    code: int,
    message: str,
    *,
    id: str | int | None = None,
    data: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    error: dict[str, Any] = {"code": code, "message": message}
    if data:
        error["data"] = data
    return Response(orjson.dumps({"jsonrpc": "2.0", "id": id, "error": error}), status, headers, media_type=JSON)
