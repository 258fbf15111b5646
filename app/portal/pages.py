"""Pages for browsers: the portal at every address that nothing else has, and GraphiQL at `/graphql`."""

import html
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from app.portal.demo_tokens import PATH, demo_routes, gives_tokens
from app.portal.files import BUILT, HERE, Files
from app.portal.policy import page_headers, portal_headers, program_headers
from app.portal.sign_in import session_routes
from app.settings import Mode, Settings
from app.versions import VERSION
from app.web.operators import is_open
from app.web.preferences import prefers_html

NONCE, OPTIONS = "{{nonce}}", "{{options}}"
"""Where they go in a built page."""
ASSETS = '"./assets/'
"""How a built page names its files."""


class BuiltPage:
    """A page of `built`, read anew whenever it was built anew."""

    def __init__(self, path: Path, files: Files) -> None:
        self._path, self._files = path, files
        self._built_at: int | None = None

    def text(self) -> str | None:
        """None as long as it isn't built."""
        try:
            text, built_at = self._path.read_text("utf-8"), self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return None
        if built_at != self._built_at:
            self._files.look()
            self._built_at = built_at
        return text


class Pages:
    def __init__(self, settings: Settings, addresses: dict[str, str], built: Path = BUILT) -> None:
        self._settings = settings
        self._addresses = addresses
        self.files = Files(built / "assets")
        self._graphiql = BuiltPage(built / "graphiql.html", self.files)
        self._portal = BuiltPage(built / "portal.html", self.files)
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )

    async def home(self, request: Request) -> Response:
        if not prefers_html(request.headers.get("accept", "")):
            return JSONResponse({"name": "Stagepath", **self._addresses}, headers={"Vary": "Accept"})
        return await self.portal(request) if self._settings.portal else self._home(request)

    async def portal(self, request: Request) -> Response:
        """The same for every address: which page it is, the program in it knows."""
        page = self._portal.text()
        if page is None:
            return self._home(request, unbuilt=True)
        root = "../" * (request.url.path.count("/") - 1) or "./"
        options = {
            **self._options(),
            "root": root,
            "provider": self._settings.portal_client_id is not None,
            **({"explorer": True} if self._settings.graphiql else {}),
        }
        return _filled(page.replace(ASSETS, f'"{root}assets/'), options, portal_headers)

    async def graphiql(self, request: Request) -> Response:  # noqa: ARG002
        """As it was built last; or how to build it."""
        page = self._graphiql.text()
        return self._page("unbuilt.html", 503) if page is None else _filled(page, self._options(), program_headers)

    def routes(self) -> list[BaseRoute]:
        fallback = [PortalRoute(self.portal)] if self._settings.portal else []
        signing_in = [*demo_routes(self._settings), *session_routes(self._settings)]
        return [Route("/", self.home), *self.files.routes(), *signing_in, *fallback]

    def _options(self) -> dict[str, object]:
        people = PATH if gives_tokens(self._settings) else None
        return {"version": VERSION, "mode": self._settings.mode.value, "people": people}

    def _home(self, request: Request, *, unbuilt: bool = False) -> Response:
        return self._page("home.html", address=str(request.base_url).rstrip("/"), unbuilt=unbuilt)

    def _page(self, name: str, status: int = 200, **values: str | bool) -> Response:
        settings = self._settings
        text = self._templates.get_template(name).render(
            files=self.files.addresses,
            version=VERSION,
            mode=settings.mode.value,
            graphiql=settings.graphiql,
            mints=settings.mode is Mode.DEVELOPMENT and settings.jwks_url is None,
            demo=gives_tokens(settings),
            metrics=is_open(settings),
            **values,
        )
        return HTMLResponse(text, status, headers=page_headers())


class PortalRoute(Route):
    """What browsers that navigate get at addresses of pages; of files, and of all other methods, there are none."""

    def __init__(self, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
        super().__init__("/{page:path}", endpoint, methods=["GET"])

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] != "GET" or "." in scope["path"].rsplit("/", 1)[-1]:
            return Match.NONE, {}
        return super().matches(scope) if prefers_html(Headers(scope=scope).get("accept", "")) else (Match.NONE, {})


def _filled(page: str, options: Mapping[str, object], headers: Callable[[str], Mapping[str, str]]) -> Response:
    nonce = secrets.token_urlsafe(18)
    said = html.escape(json.dumps(options), quote=True)
    return HTMLResponse(page.replace(NONCE, nonce).replace(OPTIONS, said), headers=headers(nonce))
