"""Answers of the engine as assistants get them: fenced, and with what went wrong as `errors`."""

from dataclasses import dataclass
from typing import Any

import orjson
from graphql import OperationType

from app.mcp.asking import Asking
from app.mcp.documents import Document
from app.mcp.fence import Fence
from app.mcp.shapes import everywhere
from app.web.leaving import while_connected
from schema.engine.serve.engine import Engine, Question

USER_ERRORS = "userErrors"
"""What each mutation's payload selects, with code, message and path, and nothing else."""

ERRORS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "description": "What went wrong, and a way out. Nothing was changed.",
    "items": {
        "type": "object",
        "properties": {
            "code": {"type": "string", "description": "The kind of error; stable, for programs."},
            "message": {"type": "string"},
            "path": {"type": "array", "items": {"type": "string"}, "description": "The argument, outermost first."},
            "retryAfter": {"type": "integer", "description": "Seconds to wait before another try."},
            "requestId": {"type": "string", "description": "For the operator."},
        },
        "required": ["code", "message", "path"],
        "additionalProperties": False,
    },
}
NOTICE_SCHEMA: dict[str, Any] = {"type": "string", "description": "How the words that people typed are marked here."}


@dataclass(frozen=True, slots=True)
class Answer:
    """`content`: the data by root field, besides `errors` and, where something is fenced, `untrusted`."""

    content: dict[str, Any]
    failed: bool

    @property
    def text(self) -> str:
        return orjson.dumps(self.content).decode()


async def answered(engine: Engine, document: Document, given: dict[str, Any], asking: Asking) -> Answer:
    """Runs the document for who asks, as the same document would run over HTTP."""
    unknown = sorted(set(given) - set(document.parameters["properties"]))
    if unknown:
        known = ", ".join(document.parameters["properties"])
        named = ", ".join(name for name in unknown if name.isascii() and name.isidentifier())[:200]
        return failure("INVALID", f"There is no argument {named or 'of that name'}. The arguments are {known}.")
    context = asking.context()
    with while_connected(asking.wire, context):
        body = await engine.answer(Question(document.text, given, None, (document.kind,)), context)
    return _answer(orjson.loads(body) if isinstance(body, bytes) else body, document)


def failure(code: str, message: str, *path: str) -> Answer:
    return Answer({"errors": [{"code": code, "message": message, "path": list(path)}]}, failed=True)


def _answer(body: dict[str, Any], document: Document) -> Answer:
    """Of a mutation that was refused, what is left is what its payload says of it."""
    fence = Fence()
    data = document.answer.fenced(body.get("data") or {}, fence)
    errors = [_error(one, fence) for one in body.get("errors", ())]
    if document.kind is OperationType.MUTATION:
        for payload in filter(None, data.values()):
            errors += payload.pop(USER_ERRORS)
    content: dict[str, Any] = {"untrusted": fence.notice} if fence.used else {}
    if errors:
        content["errors"] = errors
    return Answer(content | data, failed=bool(errors))


def _error(error: dict[str, Any], fence: Fence) -> dict[str, Any]:
    told = error.get("extensions", {})
    shown: dict[str, Any] = {
        "code": told.get("code", "INTERNAL"),
        "message": everywhere(error["message"], fence),
        "path": [str(one) for one in told.get("argument", ())],
    }
    return shown | {name: told[name] for name in ("retryAfter", "requestId") if name in told}
