"""The ASGI application."""

import gc
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from types import MappingProxyType
from typing import Any, cast

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from strawberry.schema import BaseSchema
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.caches import announce_caches
from app.events.tail import use_tail
from app.identity.tokens import TokenVerifier
from app.jobs import stop_working
from app.logs import configure
from app.mcp.endpoint import McpEndpoint
from app.mcp.routes import METADATA, mcp_routes
from app.metrics import count_observed
from app.portal.pages import Pages
from app.settings import Settings, settings
from app.start import running
from app.tracing import traced
from app.web.calendars import calendar_routes
from app.web.development_mail import development_mail_routes
from app.web.edge import Edge
from app.web.graphql import GraphQLEndpoint, Pace
from app.web.health import health_routes
from app.web.metrics import metrics_route
from app.web.oauth import oauth_routes
from app.web.origins import CrossOrigin, Origins
from app.web.scim import scim_routes
from app.web.server import trusted_proxies
from app.web.stopping import end_with_parent, on_stop_signal
from app.web.unsubscribing import unsubscribe_routes
from app.web.wire import fields_of
from schema import schema

ADDRESSES = {"graphql": "/graphql", "alive": "/healthz", "ready": "/readyz"}


log = structlog.get_logger(__name__)

YOUNG_OBJECTS = 10_000
"""How many more objects there may be before the collector looks for cycles among them; Python 3.11 has 700."""


async def refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail, **ADDRESSES}, error.status_code, error.headers)


_Served = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]


class Application(Starlette):
    """`short`: what is served at a path, past all layers, to requests to which none of them has anything to add.

    `trusted`: the proxies whose word for the client's address counts, as uvicorn takes them. Its layer is for requests
    that came through one: it takes as long as some of our answers.
    """

    short: Mapping[str, Edge] = MappingProxyType({})

    def __init__(self, *, trusted: list[str] | str, **given: Any) -> None:
        super().__init__(**given)
        # uvicorn's types of ASGI are others than Starlette's.
        self._behind_proxy: _Served = cast(Any, ProxyHeadersMiddleware)(self._serve, trusted)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        if scope["type"] != "lifespan":
            fields = fields_of(scope)
            if b"x-forwarded-for" in fields or b"x-forwarded-proto" in fields:
                return self._behind_proxy(scope, receive, send)
        return self._serve(scope, receive, send)

    def _serve(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        if scope["type"] == "http" and b"origin" not in fields_of(scope):
            served = self.short.get(scope["path"])
            if served is not None:
                scope["app"] = self
                return served(scope, receive, send)
        return super().__call__(scope, receive, send)


def create_app(
    chosen: Settings | None = None, *, served: BaseSchema = schema, pace: Pace | None = None, planned: bool = True
) -> Starlette:
    """`planned=False` answers by graphql-core alone, many times slower: the reference in tests and measurements."""
    used = chosen or settings()
    configure(used)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        end_with_parent()
        with traced(used):
            async with running(used) as tail, _open(assistants):
                use_tail(tail)
                try:
                    with on_stop_signal(
                        tail.end_subscriptions,
                        stop_working,
                        drain_seconds=used.drain_seconds,
                        followed=lambda: tail.subscribers,
                    ):
                        yield
                finally:
                    log.info("sockets closed", pid=os.getpid())
                    use_tail(None)
                    count_observed()
        log.info("stopped", pid=os.getpid())

    verifier = TokenVerifier(used)
    pages = Pages(used, ADDRESSES)
    page = pages.graphiql if used.graphiql else None
    graphql = GraphQLEndpoint(served, used, verifier, pace, planned=planned, page=page)
    assistants = McpEndpoint(graphql.engine, used, verifier, METADATA) if used.mcp else None
    announce_caches(verifier, graphql.sessions)
    app = Application(
        trusted=trusted_proxies(used),
        routes=[
            *_routes(used, graphql),
            *(mcp_routes(used, assistants) if assistants else []),
            *metrics_route(used),
            *pages.routes(),
        ],
        middleware=[*_cross_origin(used), Middleware(Edge, direct={ADDRESSES["graphql"]: graphql})],
        exception_handlers={HTTPException: refused},
        lifespan=lifespan,
    )
    app.short = {ADDRESSES["graphql"]: Edge(graphql)}
    app.router.redirect_slashes = False  # which goes by the `Host` that the client names
    return app


def application() -> Starlette:
    """What each server process runs.

    Requests leave next to no cycles, and looking for them in what others still hold took a fortieth of a busy server's
    time: the collector looks less often, and never again at the schema and the modules.
    """
    made = create_app()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
    return made


def _routes(used: Settings, graphql: GraphQLEndpoint) -> list[Route | WebSocketRoute]:
    return [
        *health_routes(used, alive=ADDRESSES["alive"], ready=ADDRESSES["ready"]),
        Route("/graphql", graphql),
        WebSocketRoute("/graphql", graphql),
        *oauth_routes(used),
        *calendar_routes(),
        *scim_routes(used),
        *unsubscribe_routes(),
        *development_mail_routes(used),
    ]


def _open(assistants: McpEndpoint | None) -> AbstractAsyncContextManager[None]:
    return nullcontext() if assistants is None else assistants.open()


def _cross_origin(used: Settings) -> list[Middleware]:
    origins = Origins(used)
    return [Middleware(CrossOrigin, origins=origins)] if origins else []
