"""What settings name, looked at once, before anything is printed or started.

A server process looks again as it starts; but by then the address was told, and of several processes each would be
replaced as soon as it failed.
"""

from strawberry.http.websocket_origin import normalize_allowed_origins

from app import tracing
from app.identity.budgets import Budget
from app.identity.tokens import TokenVerifier
from app.recommendations import model
from app.settings import Settings, SettingsError
from app.web.trusted import TrustedDocuments


def check(settings: Settings) -> None:
    """Raises `SettingsError` for what a server could not start with. Nothing is connected to."""
    TokenVerifier(settings)
    TrustedDocuments(settings)
    model.check(settings)
    tracing.check(settings)
    _budgets(settings)
    _origins(settings)


def _budgets(settings: Settings) -> None:
    shared = settings.limits_url.get_secret_value() if settings.limits_url else None
    try:
        Budget(settings.cost_per_minute, shared=shared)
    except ValueError as wrong:  # of the URL's host or port
        raise SettingsError(f"STAGEPATH_LIMITS_URL: {wrong}") from None


def _origins(settings: Settings) -> None:
    try:
        normalize_allowed_origins(settings.cors_origins)
    except ValueError:
        raise SettingsError(
            "STAGEPATH_CORS_ORIGINS: an origin is `https://portal.example`, a port behind it and no path; `*` is any"
        ) from None
