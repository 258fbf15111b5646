"""Options of the listening server: the same for `stagepath serve` and for tests."""

import os
from functools import partial
from typing import Any

from app.settings import Settings
from app.web.guards import guards_of
from app.web.websocket_wire import SocketWire
from app.web.wire import HttpWire

STOP_WITHIN_SECONDS = 8


def options(settings: Settings) -> dict[str, Any]:
    """Arguments of `uvicorn.run` beside the application and the address."""
    guards = guards_of(settings)
    return {
        "interface": "asgi3",  # which it doesn't see in an application that returns an awaitable
        "http": partial(HttpWire, guards=guards),
        "ws": partial(SocketWire, guards=guards),
        "ws_per_message_deflate": False,
        "ws_max_size": settings.max_body_bytes,
        "log_config": None,
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,  # the application sees to them: see `trusted_proxies`
        "timeout_graceful_shutdown": STOP_WITHIN_SECONDS,
    }


def trusted_proxies(settings: Settings) -> list[str] | str:
    """As uvicorn takes them; where none is set, those that it trusts by itself."""
    return list(settings.trusted_proxies) or os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
