"""`/metrics`, for Prometheus."""

import hmac

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.metrics import exposition
from app.settings import Mode, Settings
from app.web.requests import bearer


def metrics_route(settings: Settings) -> list[Route]:
    """None in production mode, unless a token guards it."""
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    if token is None and settings.mode is Mode.PRODUCTION:
        return []

    async def metrics(request: Request) -> Response:
        given = bearer(request.headers.get("authorization")) or ""
        if token is not None and not hmac.compare_digest(given.encode(), token.encode()):
            return PlainTextResponse("Send the token of STAGEPATH_METRICS_TOKEN as a bearer.\n", 401)
        return Response(exposition(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", metrics)]
