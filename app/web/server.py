"""How the server listens: the same for `stagepath serve` and for tests."""

from typing import Any

from app.settings import Settings

STOP_WITHIN_SECONDS = 8


def options(settings: Settings) -> dict[str, Any]:
    """Arguments of `uvicorn.run` beside the application and the address."""
    return {
        "http": "app.web.wire:HttpWire",
        "ws": "app.web.wire:Wire",
        "ws_per_message_deflate": False,
        "ws_max_size": settings.max_body_bytes,
        "log_config": None,
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": STOP_WITHIN_SECONDS,
    }
