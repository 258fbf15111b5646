"""Pages for browsers: `/` says what runs and where to go, `/graphql` is GraphiQL."""

import html
import json
import secrets
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from app.portal.demo_tokens import PATH, demo_routes, gives_tokens
from app.portal.files import BUILT, HERE, Files
from app.portal.policy import page_headers, program_headers
from app.settings import Mode, Settings
from app.versions import VERSION
from app.web.operators import is_open
from app.web.preferences import prefers_html

NONCE, OPTIONS = "{{nonce}}", "{{options}}"
"""Where they go in a built page."""


class Pages:
    def __init__(self, settings: Settings, addresses: dict[str, str], built: Path = BUILT) -> None:
        self._settings = settings
        self._addresses = addresses
        self._graphiql = built / "graphiql.html"
        self._built_at: int | None = None
        self.files = Files(built / "assets")
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )

    async def home(self, request: Request) -> Response:
        if not prefers_html(request.headers.get("accept", "")):
            return JSONResponse({"name": "Stagepath", **self._addresses}, headers={"Vary": "Accept"})
        return self._page("home.html", address=str(request.base_url).rstrip("/"))

    async def graphiql(self, request: Request) -> Response:  # noqa: ARG002
        """As it was built last; or how to build it."""
        try:
            page, built_at = self._graphiql.read_text("utf-8"), self._graphiql.stat().st_mtime_ns
        except FileNotFoundError:
            return self._page("unbuilt.html", 503)
        if built_at != self._built_at:
            self.files.look()
            self._built_at = built_at
        nonce = secrets.token_urlsafe(18)
        options = html.escape(json.dumps(self._options()), quote=True)
        return HTMLResponse(page.replace(NONCE, nonce).replace(OPTIONS, options), headers=program_headers(nonce))

    def routes(self) -> list[Route]:
        return [Route("/", self.home), *self.files.routes(), *demo_routes(self._settings)]

    def _options(self) -> dict[str, str | None]:
        people = PATH if gives_tokens(self._settings) else None
        return {"version": VERSION, "mode": self._settings.mode.value, "people": people}

    def _page(self, name: str, status: int = 200, **values: str) -> Response:
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
