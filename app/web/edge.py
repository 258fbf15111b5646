"""The outermost layer: every request has an id, and nothing that fails inside gets out."""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from time import perf_counter
from typing import Any

import orjson
import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.database.rls import NOTHING, continue_as_viewer
from app.logs import name_request, says
from app.tracing import is_traced, span
from app.web.answers import JSON
from app.web.requests import new_request_id

log = structlog.get_logger(__name__)

_PASSED_ON = frozenset({b"traceparent", b"tracestate"})
KEYED = ("/calendar/",)
"""Paths that go on with a secret."""
OURS = "Something went wrong on our side. Try again; if it persists, report the request id."


class Edge:
    """Names the request in the log and in `X-Request-ID`. What escapes the application is logged here, once.

    `direct`: what is served at a path without going through the application's routes.
    """

    def __init__(self, app: ASGIApp, direct: Mapping[str, ASGIApp] | None = None) -> None:
        self.app = app
        self.direct = direct or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        request_id = new_request_id(scope)
        named = (b"x-request-id", request_id.encode())
        started = False
        began = perf_counter()

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] in ("http.response.start", "websocket.accept"):
                started = True
                status = message.get("status", 101)
                if says(logging.DEBUG):
                    log.debug(
                        "answering", path=_shown(scope["path"]), status=status, seconds=round(perf_counter() - began, 4)
                    )
                message["headers"] = [*message.get("headers", ()), named]
            await send(message)

        scope.setdefault("state", {})["request_id"] = request_id
        continue_as_viewer(NOTHING)
        # Never unbound: servers run each request in a context of its own.
        name_request(request_id)
        app = self.direct.get(scope["path"], self.app)
        try:
            # A socket has a span for each operation instead, since it may last for days.
            if is_traced() and scope["type"] == "http":
                with _span(scope, request_id):
                    await app(scope, receive, answer)
            else:
                await app(scope, receive, answer)
        except ClientDisconnect:
            log.debug("client disconnected")
        except Exception:
            log.exception("request failed", path=_shown(scope["path"]))
            if scope["type"] == "http" and not started:
                await _apologize(answer, request_id)
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1011})


def _shown(path: str) -> str:
    """For logs and traces: what follows in such a path is a key."""
    return next((f"{start}…" for start in KEYED if path.startswith(start)), path)


def _span(scope: Scope, request_id: str) -> AbstractContextManager[Any]:
    """In the caller's trace, if its headers name one."""
    attributes = {
        "http.request.method": scope["method"],
        "url.path": _shown(scope["path"]),
        "stagepath.request_id": request_id,
    }
    caller = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _PASSED_ON}
    return span(f"{scope['method']} {_shown(scope['path'])}", attributes, caller)


async def _apologize(send: Send, request_id: str) -> None:
    error: dict[str, Any] = {"message": OURS, "extensions": {"code": "INTERNAL", "requestId": request_id}}
    headers = [(b"content-type", f"{JSON}; charset=utf-8".encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps({"errors": [error]})})
