"""The outermost layer: every request has an id, and nothing that fails inside gets out."""

from time import perf_counter
from typing import Any

import orjson
import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.answers import JSON
from app.web.requests import request_id_of

log = structlog.get_logger(__name__)

OURS = "Something went wrong on our side. Try again; if it stays, tell us the request id."


class Edge:
    """Names the request in the log and in `X-Request-ID`. What escapes the application is logged here, once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        request_id = request_id_of(HTTPConnection(scope))
        started = False
        began = perf_counter()

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] in ("http.response.start", "websocket.accept"):
                started = True
                status = message.get("status", 101)
                log.debug("answering", path=scope["path"], status=status, seconds=round(perf_counter() - began, 4))
                message.setdefault("headers", [])
                MutableHeaders(scope=message).setdefault("X-Request-ID", request_id)
            await send(message)

        scope.setdefault("state", {})["request_id"] = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, answer)
            except ClientDisconnect:
                log.debug("the client went away")
            except Exception:
                log.exception("request failed", path=scope["path"])
                if scope["type"] == "http" and not started:
                    await _apologize(answer, request_id)
                elif scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": 1011})


async def _apologize(send: Send, request_id: str) -> None:
    error: dict[str, Any] = {"message": OURS, "extensions": {"code": "INTERNAL", "requestId": request_id}}
    headers = [(b"content-type", f"{JSON}; charset=utf-8".encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps({"errors": [error]})})
