"""`/healthz`: the process lives. `/readyz`: whether it should be sent requests, and why not."""

import os
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.readiness.report import Report, readiness
from app.settings import Settings
from app.versions import VERSION
from app.web.operators import REFUSED, may_read

_HEADERS = {"Cache-Control": "no-store"}


def health_routes(settings: Settings, *, alive: str, ready: str) -> list[Route]:
    async def live(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> Response:
        verbose, reads = "verbose" in request.query_params, "reads" in request.query_params
        if verbose and not may_read(request, settings):
            return PlainTextResponse(REFUSED, 401)
        report = await readiness().report()
        body = report.body(reads=reads) | (_details(report) if verbose else {})
        return JSONResponse(body, 503 if body["status"] == "unavailable" else 200, _HEADERS)

    return [Route(alive, live), Route(ready, readyz)]


def _details(report: Report) -> dict[str, Any]:
    sampled = None if report.sampled_at is None else round(time.monotonic() - report.sampled_at, 1)
    return {"checks": report.told(), "sampledSecondsAgo": sampled, "version": VERSION, "pid": os.getpid()}
