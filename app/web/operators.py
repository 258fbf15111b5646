"""Access of the server's operator: by the token of the settings, or open in development mode."""

import hmac

from starlette.requests import Request

from app.settings import Mode, Settings
from app.web.requests import bearer

REFUSED = "Send the token of STAGEPATH_METRICS_TOKEN as a bearer.\n"


def is_open(settings: Settings) -> bool:
    """Whether there is anybody who may read it."""
    return settings.metrics_token is not None or settings.mode is not Mode.PRODUCTION


def may_read(request: Request, settings: Settings) -> bool:
    if settings.metrics_token is None:
        return is_open(settings)
    given = bearer(request.headers.get("authorization")) or ""
    return hmac.compare_digest(given.encode(), settings.metrics_token.get_secret_value().encode())
