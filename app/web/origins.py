"""Web pages of other origins: which may call the API, and what they may send and read."""

import re
from collections.abc import Awaitable

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.http.websocket_origin import is_same_origin, normalize_allowed_origins, normalize_origin

from app.settings import Mode, Settings
from app.web.wire import fields_of

LOCAL = r"https?://(?:(?:[a-z0-9-]+\.)*localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?"
"""Pages that the developer's own machine serves."""

EXPOSED = ("x-request-id", "retry-after", "mcp-session-id")


class Origins:
    """Those of the settings, and in development mode those of this machine."""

    def __init__(self, settings: Settings) -> None:
        self.listed = settings.cors_origins
        self.pattern = LOCAL if settings.mode is Mode.DEVELOPMENT else None
        self._normalized = normalize_allowed_origins(settings.cors_origins)
        self._local = re.compile(LOCAL) if self.pattern else None

    def __bool__(self) -> bool:
        return bool(self.listed or self.pattern)

    def may_connect(self, origin: str | None, host: str | None) -> bool:
        """Whether a WebSocket may be opened: browsers let a page of any origin do so, and say which."""
        if origin is None or is_same_origin(origin, host) or "*" in self._normalized:
            return True
        return normalize_origin(origin) in self._normalized or bool(self._local and self._local.fullmatch(origin))


class CrossOrigin:
    """Requests of such pages go through Starlette's middleware, all others past it.

    Any header may be sent (no cookie is ever read, and what a token may do any other client can as well): those of
    tracing, of client libraries, `Last-Event-ID`.
    """

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=origins.listed,
            allow_origin_regex=origins.pattern,
            allow_methods=("GET", "POST"),
            allow_headers=("*",),
            expose_headers=EXPOSED,
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http" and b"origin" in fields_of(scope):
            return self._cors(scope, receive, send)
        return self._app(scope, receive, send)
