"""The ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

from app.database import database
from app.events.tail import use_tail
from app.identity.tokens import TokenVerifier
from app.logs import configure
from app.settings import Settings, settings
from app.start import answers, running
from app.web.graphql import GraphQLEndpoint
from schema import schema


async def alive(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def ready(_: Request) -> JSONResponse:
    if await answers(database()):
        return JSONResponse({"status": "ready"})
    return JSONResponse({"status": "unavailable", "reason": "the database does not answer"}, 503)


async def welcome(_: Request) -> JSONResponse:
    return JSONResponse({"name": "Stagepath", "graphql": "/graphql", "alive": "/healthz", "ready": "/readyz"})


def create_app(chosen: Settings | None = None) -> Starlette:
    used = chosen or settings()
    configure(used)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with running(used) as tail:
            use_tail(tail)
            try:
                yield
            finally:
                use_tail(None)

    graphql = GraphQLEndpoint(schema, used, TokenVerifier(used))
    cors = Middleware(
        CORSMiddleware,
        allow_origins=list(used.cors_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "x-request-id"],
        expose_headers=["x-request-id"],
    )
    return Starlette(
        routes=[
            Route("/", welcome),
            Route("/healthz", alive),
            Route("/readyz", ready),
            Route("/graphql", graphql),
            WebSocketRoute("/graphql", graphql),
        ],
        middleware=[cors] if used.cors_origins else [],
        lifespan=lifespan,
    )
