"""Validation of what settings name (keys, files, URLs, origins), before anything is printed or started.

A server process looks again as it starts; but by then the address was told, and of several processes each would be
replaced as soon as it failed.
"""

from urllib.parse import urlsplit

from strawberry.http.websocket_origin import normalize_origin

from app import tracing
from app.deals.money import minor_units
from app.identity.budgets import Budget
from app.identity.tokens import TokenVerifier
from app.notifications import transport
from app.recommendations import model, phrasebooks
from app.settings import Settings, SettingsError
from app.web.trusted import TrustedDocuments


def check(settings: Settings) -> None:
    """Raises `SettingsError` for what a server could not start with. Nothing is connected to."""
    TokenVerifier(settings)
    TrustedDocuments(settings)
    model.check(settings)
    phrasebooks.read(settings)
    tracing.check(settings)
    transport.check(settings)
    _budgets(settings)
    _origins(settings)
    _currency(settings)


def _currency(settings: Settings) -> None:
    code = settings.reporting_currency
    if code is not None and minor_units(code) is None:
        raise SettingsError(f"STAGEPATH_REPORTING_CURRENCY: {code} is not an ISO 4217 currency code, such as EUR.")


def _budgets(settings: Settings) -> None:
    shared = settings.limits_url.get_secret_value() if settings.limits_url else None
    try:
        Budget(settings.cost_per_minute, shared=shared)
    except ValueError as wrong:  # of the URL's host or port
        raise SettingsError(f"STAGEPATH_LIMITS_URL: {wrong}") from None


def _origins(settings: Settings) -> None:
    """They are compared with what browsers send, letter by letter."""
    for origin in settings.cors_origins:
        sent = normalize_origin(origin)
        if origin in ("*", sent) and " " not in origin:
            continue
        meant = "" if sent is None or urlsplit(origin).path not in ("", "/") else f" (here `{sent}`)"
        raise SettingsError(
            f"STAGEPATH_CORS_ORIGINS: `{origin}` is not written as browsers send an origin, `https://portal.example`: "
            "in lower case, with a port only if it isn't the usual one, no path and "
            f"no slash at its end{meant}; `*` is any"
        )
