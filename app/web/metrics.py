"""`/metrics`, for Prometheus."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.metrics import exposition
from app.settings import Settings
from app.web.operators import REFUSED, is_open, may_read


def metrics_route(settings: Settings) -> list[Route]:
    """None in production mode, unless a token guards it."""
    if not is_open(settings):
        return []

    async def metrics(request: Request) -> Response:
        if not may_read(request, settings):
            return PlainTextResponse(REFUSED, 401)
        return Response(exposition(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", metrics)]
